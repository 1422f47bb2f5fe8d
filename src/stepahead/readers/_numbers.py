"""Numbers as people write them: decimal commas, thousands marks, currency and percent signs, words for a missing value."""

from collections.abc import Sequence
from typing import NamedTuple

from .._check import Refusal
from ._engine import Column, Table, quoted
from ._sight import MISSING

_SPACES = " ''’\u00a0\u202f"  # the apostrophe is doubled because this goes into SQL
_SIGNS = "€$£¥%"


class Style(NamedTuple):
    """A way to write numbers: what to call it, and its SQL for a trimmed cell (NULL where the cell is no number in this style)."""

    name: str
    decimal: str
    thousands: str

    def number(self, cell: str) -> str:
        """SQL of the number in `cell`."""
        if not self.decimal:
            return f"TRY_CAST({cell} AS DOUBLE)"
        bare = f"replace(regexp_replace({cell}, '^[{_SIGNS}{_SPACES}]+|[{_SIGNS}{_SPACES}]+$', '', 'g'), '−', '-')"
        marks = f"[{self.thousands}{_SPACES}]"
        whole = rf"(\d{{1,3}}({marks}\d{{3}})+|\d*)"
        pattern = rf"^[+-]?{whole}([{self.decimal}]\d*)?([eE][+-]?\d+)?$"
        plain = f"replace(regexp_replace({bare}, '{marks}', '', 'g'), '{self.decimal}', '.')"
        return f"CASE WHEN regexp_matches({bare}, '{pattern}') THEN TRY_CAST({plain} AS DOUBLE) END"


PLAIN = Style("", "", "")
COMMA = Style("decimal commas", ",", ".")
THOUSANDS = Style("thousands marks", ".", ",")
_WORDS = ", ".join(quoted(word) for word in MISSING)


def cell(key: str) -> str:
    """SQL of a trimmed cell, NULL where it is empty or holds a word for a missing value."""
    return f"CASE WHEN lower(trim({key})) IN ({_WORDS}) THEN NULL ELSE trim({key}) END"


def understand_numbers(
    table: Table, columns: Sequence[Column], relation: str = "used", row: str = "rowid"
) -> tuple[dict[str, str], list[str]]:
    """SQL of the number in each column (by key) of a relation, and what is worth saying; refuse the first cell that is no number.

    The style is one for all columns: the one that reads most cells. Where a comma can be both, it is a decimal comma in a file
    that separates its columns by semicolons and a thousands mark elsewhere.
    """
    texts = [c for c in columns if c.text]
    sql = {c.key: f"TRY_CAST({c.key} AS DOUBLE)" for c in columns}
    if not texts:
        return sql, []
    style = PLAIN
    if _wrong(table, texts, PLAIN, relation):
        order = (PLAIN, COMMA, THOUSANDS) if table.european else (PLAIN, THOUSANDS, COMMA)
        wrong = {s: _wrong(table, texts, s, relation) for s in order}
        style = min(order, key=wrong.__getitem__)
        if wrong[style]:
            _refuse_text(table, texts, style, relation, row)
    sql |= {c.key: style.number(c.key if style is PLAIN else f"({cell(c.key)})") for c in texts}
    if style is PLAIN and table.european and _thousands_by_look(table, texts, relation):
        return sql, ["points read as decimal points, though all have three digits behind them"]
    return sql, [style.name] if style.name else []


def _thousands_by_look(table: Table, columns: Sequence[Column], relation: str) -> bool:
    """True where every point has three digits behind it, as a thousands mark would."""
    pointed = " + ".join(f"count(*) FILTER (contains({c.key}, '.'))" for c in columns)
    three = " + ".join(f"count(*) FILTER (regexp_matches(trim({c.key}), '^-?[1-9]\\d{{0,2}}[.]\\d{{3}}$'))" for c in columns)
    with_point, like_thousands = table.rows(f"SELECT {pointed}, {three} FROM {relation}")[0]
    return bool(0 < with_point == like_thousands)


def _wrong(table: Table, columns: Sequence[Column], style: Style, relation: str) -> int:
    """How many cells are neither missing nor a number."""
    if style is PLAIN and not sum(
        table.rows(f"SELECT {', '.join(f'count({c.key}) - count(TRY_CAST({c.key} AS DOUBLE))' for c in columns)} FROM {relation}")[0]
    ):
        return 0
    counts = ", ".join(f"count({cell(c.key)}) - count({style.number(f'({cell(c.key)})')})" for c in columns)
    return int(sum(table.rows(f"SELECT {counts} FROM {relation}")[0]))


def _refuse_text(table: Table, columns: Sequence[Column], style: Style, relation: str, row: str) -> None:
    for column in columns:
        found = table.rows(
            f"SELECT {row}, {column.key}, {column.name if relation == 'cells' else 0} FROM {relation} "
            f"WHERE {cell(column.key)} IS NOT NULL AND {style.number(f'({cell(column.key)})')} IS NULL ORDER BY 1, 3 LIMIT 1"
        )
        if found:
            at, value, place = found[0]
            name = table.columns[int(place)].name if relation == "cells" else column.name
            raise Refusal(
                f"Row {at + table.first_row} of {table.label} holds {value!r} in column '{name}', which is no number. "
                "Correct it, leave the cell empty to mark it as missing, or choose another column as `target`."
            )
