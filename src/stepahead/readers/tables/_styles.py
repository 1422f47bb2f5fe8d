"""Styles of numbers: the decimal mark, the thousands separators, and the SQL that reads them."""

from typing import NamedTuple

from ..._check import Refusal
from ..files import LETTERS, lettered

_SPACES = "  \u00a0\u202f"
_CURRENCY = "€$£¥"
_AROUND = f"[{_CURRENCY}{_SPACES}]*"
_GROUPS = (*_SPACES[1:], "’", "''")  # the apostrophe is doubled because this goes into SQL
SHORTENED = r"(?i)^[^0-9]*\d[\d.,]*\s*(?:k|m|mn|mio|mill?|b|bn|mrd|tsd|t)\.?$"
"""Regular expression of a number that is shortened by a letter."""
_BEFORE = rf"(?:[A-Z]{{3}}|Rs\.?|[Kk]r\.?|R\$|zł)[{_SPACES}]*"
_AFTER = rf"[{_SPACES}]*(?:[{LETTERS}][{LETTERS}./²³·-]{{0,15}}|°[{LETTERS}]?)"
"""Units: letters of a currency before a number; any word or a degree sign after it."""


class Style(NamedTuple):
    """A style of numbers: the decimal mark, and the possible separators between groups of three
    digits."""

    decimal: str
    groups: tuple[str, ...]

    def number(self, cell: str) -> str:
        """SQL of the number in a trimmed `cell`, NULL if it is not a number in this style.

        The digits can have a sign or parentheses (accountants' minus), currency signs and a percent
        sign; the percent sign moves the decimal mark by two places, so that 12.3% is exactly 0.123.
        A unit, as in 12 kg or USD 12, is ignored.
        """
        plain = f"replace({cell}, '−', '-')"
        grouped = "|".join(rf"[1-9]\d{{0,2}}(?:[{mark}]\d{{3}})+" for mark in self.groups)
        whole = rf"(?:{grouped}|\d+)" if grouped else r"\d+"
        digits = rf"(?:{whole}(?:[{self.decimal}]\d*)?|[{self.decimal}]\d+)"
        exponent = rf"(?:\d+(?:[{self.decimal}]\d*)?|[{self.decimal}]\d+)[eE][+-]?\d+"
        signed = f"^{_AROUND}[+-]?{_AROUND}(?:{exponent}|{digits}{_AROUND}%?){_AROUND}$"
        enclosed = rf"^{_AROUND}\({_AROUND}{digits}{_AROUND}%?{_AROUND}\){_AROUND}%?$"
        bare = (
            f"replace(regexp_replace({plain}, '[^0-9eE+{self.decimal}-]', '', 'g'),"
            f" '{self.decimal}', '.')"
        )
        value = (
            f"TRY_CAST({bare} || CASE WHEN contains({cell}, '%') THEN 'e-2' ELSE '' END AS DOUBLE)"
        )
        unit = f"^(?:[+-]?{_BEFORE})?[+-]?{digits}(?:{_AFTER})?$"
        amount = (
            f"replace(regexp_replace(regexp_replace({plain}, '{_AFTER}$', ''),"
            f" '^[A-Za-z]+[.]|[^0-9+{self.decimal}-]', '', 'g'), '{self.decimal}', '.')"
        )
        return (
            f"CASE WHEN regexp_matches({plain}, '{signed}') THEN {value} WHEN"
            f" regexp_matches({plain}, '{enclosed}') THEN -({value}) WHEN {lettered(cell)} THEN"
            f" CASE WHEN regexp_matches({plain}, '{unit}') AND NOT regexp_matches({plain},"
            f" '{SHORTENED}') THEN TRY_CAST({amount} AS DOUBLE) END END"
        )


POINT = Style(".", (",", *_GROUPS))
COMMA = Style(",", (".", *_GROUPS))
_NAMES = {",": "a comma", ".": "a point", " ": "a space", "'": "an apostrophe"}


def allowed_styles(decimal: str | None, thousands: str | None) -> tuple[Style, ...]:
    """The styles that agree with the user's options. Other marks, and the same mark for both, are
    errors.

    >>> (
    ...     [style.decimal for style in allowed_styles(None, None)],
    ...     [style.decimal for style in allowed_styles(None, ",")],
    ... )
    (['.', ','], ['.'])
    """
    for name, mark, allowed in (("decimal", decimal, ".,"), ("thousands", thousands, ",. '")):
        if mark is not None and (len(mark) != 1 or mark not in allowed):
            listed = ", ".join(f"{each!r} ({_NAMES[each]})" for each in allowed)
            raise Refusal(
                f"`{name}` is a mark between digits, one of {listed}, but it is {mark!r}."
            )
    if decimal is not None and decimal == thousands:
        raise Refusal(
            f"`decimal` and `thousands` are both {decimal!r}, but one mark cannot be both. Give "
            "two, or one of them."
        )
    open_ = [
        style
        for style in (POINT, COMMA)
        if decimal in (None, style.decimal) and thousands != style.decimal
    ]
    if thousands is None:
        return tuple(open_)
    groups = {" ": (*_SPACES[1:],), "'": ("’", "''")}.get(thousands, (thousands,))
    return tuple(Style(style.decimal, groups) for style in open_)
