"""Formats of stamps as people write them: the look of each, and the SQL that reads it."""

import re
from dataclasses import dataclass

from ._months import MONTH as _MONTH
from ._months import in_english

_CLOCK = r"(?:[T ,]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?)?"
_OFFSET = r"(?:\s*(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?"
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%g", " %I:%M %p", " %I:%M:%S %p")


@dataclass(frozen=True)
class DateFormat:
    """A format of stamps: its name in notes (empty: not worth a note), its look, and its SQL for a
    trimmed cell `t`.

    `short` is True where it may give a year by two digits.
    """

    name: str
    look: str
    sql: str
    short: bool = False

    def fits(self, cell: str) -> bool:
        """True if a cell has this format."""
        return re.fullmatch(self.look, cell.strip(), flags=re.IGNORECASE) is not None


def _formats(*days: str) -> str:
    return "[" + ", ".join(f"'{day}{clock}'" for day in days for clock in _TIMES) + "]"


def _replaced(cell: str, *pairs: tuple[str, str]) -> str:
    """SQL that replaces one pattern after another."""
    for pattern, by in pairs:
        cell = f"regexp_replace({cell}, '{pattern}', '{by}', 'g')"
    return cell


_SLASHED = _replaced("replace(t, ',', '')", (r"^(\d{1,2})[./-](\d{1,2})[./-]", r"\1/\2/"))
_SPELLED = "trim(" + _replaced(in_english("t"), (r"[,./’-]+|''", " "), (r"\s+", " ")) + ")"
_SPELLED_LOOKS = (
    rf"\d{{1,2}}[ ./-]{{0,2}}{_MONTH}[ ,./-]*(?:\d{{4}}|\d{{2}})",
    rf"{_MONTH}[ -]\d{{1,2}}, ?\d{{4}}",
    rf"{_MONTH}[ ./,'’-]*\d{{4}}",
    rf"\d{{4}}[ ./-]?{_MONTH}",
)
_SPELLED_DAYS = (
    "%d %b %y",
    "%d %b %Y",
    "%b %Y",
    "%b %d %Y",
    "%Y %b",
    "%a %d %b %Y",
    "%d%b%y",
    "%d%b%Y",
    "%b%Y",
    "%Y%b",
)
_QUARTER = ", ".join(
    f"nullif(regexp_extract(upper(t), '{look}', 1), '')"
    for look in ("^([1-4])Q", "Q([1-4])", "([1-4])Q$")
)
_YEAR_QUARTER = (
    r"TRY_CAST(regexp_extract(t, '\d{4}') AS BIGINT)",
    f"TRY_CAST(coalesce({_QUARTER}) AS BIGINT) * 3 - 2",
)
_WEEK_WORD = r"(?:kalenderwoche|semaine|semana|woche|week|sem|kw|cw|wk|w)\.?"
_WEEK_REST = r"regexp_replace(t, '\d{4}', '')"
_WEEK_KEY = (
    rf"regexp_extract(t, '\d{{4}}') || '-W' || lpad(regexp_extract({_WEEK_REST}, '\d{{1,2}}'), 2,"
    r" '0')"
)


def _of_week(day: str) -> str:
    """SQL of a day of an ISO week; NULL where the year has no such week."""
    monday = f"try_strptime({_WEEK_KEY} || '-1', '%G-W%V-%u')"
    return (
        f"CASE WHEN strftime({monday}, '%G-W%V') = {_WEEK_KEY} THEN {monday} + to_days(CAST({day}"
        " AS INTEGER) - 1) END"
    )


ISO = DateFormat(
    "",
    r"\d{4}-\d{1,2}-\d{1,2}" + _CLOCK + _OFFSET,
    f"TRY_CAST({_replaced('t', ('GMT$', 'UTC'))} AS TIMESTAMP)",
)
YEAR_FIRST = DateFormat(
    "",
    r"\d{4}[./]\d{1,2}[./]\d{1,2}" + _CLOCK,
    "TRY_CAST(" + _replaced("t", (r"^(\d{4})[./](\d{1,2})[./]", r"\1-\2-")) + " AS TIMESTAMP)",
)
DAY_FIRST = DateFormat(
    "dates read day first",
    r"\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})" + _CLOCK,
    f"try_strptime({_SLASHED}, {_formats('%d/%m/%y', '%d/%m/%Y')})",
    short=True,
)
MONTH_FIRST = DateFormat(
    "dates read month first",
    DAY_FIRST.look.replace("[./-]", "[/-]"),
    f"try_strptime({_SLASHED}, {_formats('%m/%d/%y', '%m/%d/%Y')})",
    short=True,
)
SPELLED = DateFormat(
    "",
    rf"(?:[a-z]{{2,9}},? )?(?:{'|'.join(_SPELLED_LOOKS)})" + _CLOCK,
    f"try_strptime({_SPELLED}, {_formats(*_SPELLED_DAYS)})",
    short=True,
)
SHORT_MONTH = DateFormat(
    "", rf"{_MONTH}[ ./,'’-]*\d{{2}}", f"try_strptime({_SPELLED}, ['%b %y', '%b%y'])", short=True
)
"""`Jan 19`: January 2019, or the 19th of January of no year."""
DAY_WITHOUT_YEAR = DateFormat(
    "", SHORT_MONTH.look, f"try_strptime({_SPELLED} || ' 2000', ['%b %d %Y', '%b%d %Y'])"
)
MONTH = DateFormat(
    "",
    r"\d{4}[-/]\d{1,2}|\d{1,2}[-/]\d{4}|\d{4} ?M ?\d{1,2}",
    "TRY_CAST("
    + _replaced(
        "upper(t)",
        (r"^(\d{4}) ?[-/M] ?(\d{1,2})$", r"\1-\2-01"),
        (r"^(\d{1,2})[-/](\d{4})$", r"\2-\1-01"),
    )
    + " AS TIMESTAMP)",
)
_QUARTER_LOOK = r"\d{4}[-/ .:]?(?:Q[1-4]|[1-4]Q)|(?:Q[1-4]|[1-4]Q)[-/ .]?'?\d{4}"
QUARTER = DateFormat("", _QUARTER_LOOK, f"make_timestamp({', '.join(_YEAR_QUARTER)}, 1, 0, 0, 0)")
_WEEK_NAME = "weeks stand for their Monday"
_WEEK_LOOKS = (
    rf"\d{{4}}[-/ _.]?{_WEEK_WORD}[ -]?\d{{1,2}}",
    rf"{_WEEK_WORD}[ -]?\d{{1,2}}[-/ _.,]{{1,2}}\d{{4}}",
    rf"\d{{1,2}}\.? ?{_WEEK_WORD}[-/ ]{{0,2}}\d{{4}}",
)
WEEK = DateFormat(_WEEK_NAME, "|".join(_WEEK_LOOKS), _of_week("1"))
WEEK_DAY = DateFormat("", rf"\d{{4}}-?{_WEEK_WORD}\d{{2}}-[1-7]", _of_week("right(t, 1)"))
BARE_WEEK = DateFormat(_WEEK_NAME, r"\d{4}[-/]\d{1,2}|\d{1,2}[-/]\d{4}", _of_week("1"))
"""`02/2020`: a month unless a number above 12, or the name of the column, says week."""
DATE_FORMATS = (
    ISO,
    YEAR_FIRST,
    DAY_FIRST,
    MONTH_FIRST,
    SPELLED,
    SHORT_MONTH,
    MONTH,
    QUARTER,
    WEEK,
    WEEK_DAY,
    BARE_WEEK,
)
_PLAIN_NUMBER = re.compile(r"[+-]?\d*[.,]?\d+")


def looks_like_stamp(cell: str) -> bool:
    """True for text that is a date by its look and cannot be a plain number.

    >>> (
    ...     looks_like_stamp("31.12.2024"),
    ...     looks_like_stamp("2024Q1"),
    ...     looks_like_stamp("2024"),
    ...     looks_like_stamp("12.5"),
    ... )
    (True, True, False, False)
    """
    return not _PLAIN_NUMBER.fullmatch(cell.strip()) and any(way.fits(cell) for way in DATE_FORMATS)
