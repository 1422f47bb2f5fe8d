"""Counts of decimal marks, signs and sizes in the cells of columns; they decide how numbers are
read."""

from collections.abc import Sequence
from typing import NamedTuple

from ._engine import Column, Table, quoted
from ._sniffing import MISSING

_WORDS = ", ".join(quoted(word) for word in MISSING)
_BARE = "regexp_replace({0}, '^[^0-9.,]+|[^0-9]+$', '', 'g')"
"""SQL of a cell without everything before and after its digits and decimal marks."""


def lettered(text: str) -> str:
    """SQL that is true for a text with a letter or another character that is not ASCII: a fast
    test, as most numbers have none."""
    return f"(lower({text}) <> upper({text}) OR strlen({text}) <> length({text}))"


LETTERS = r"A-Za-z\x{AA}\x{B5}\x{BA}\x{C0}-\x{1FFF}\x{2100}-\x{214F}\x{2C00}-\x{D7FF}"
r"""Letters, for a class of a regular expression: the Unicode blocks that contain them.

`\p{L}` would expand to 600 ranges, and make each query 3 ms slower to prepare.
"""

UNIT = (
    rf"CASE WHEN {lettered('held')} THEN CASE WHEN regexp_matches(held, '[0-9]')"
    r" AND NOT regexp_matches(held, '[0-9][eE][+-]?[0-9]')"
    rf" THEN nullif(trim(regexp_replace(held, '[^{LETTERS}°²³/]+', ' ', 'g')), '') END END"
)
"""SQL of the unit of the number in a cell `held`, as it is written (mW is not MW), NULL if there is
none."""


class Cells(NamedTuple):
    """Columns of text in a relation with a column of row numbers. `place` is the position of a
    cell's column, for relations in which one column contains the cells of many."""

    table: Table
    columns: Sequence[Column]
    relation: str
    row: str
    place: str | None = None


class CellCounts(NamedTuple):
    """Counts over the cells of one column.

    `commas` and `points` count numbers such as 1,002 whose single mark can be a decimal mark or a
    thousands separator; `comma` and `point` are the smallest of them, with the mark as a thousands
    separator. `whole` is the largest number without a mark.
    """

    commas: int
    comma: float | None
    points: int
    point: float | None
    whole: float | None
    with_comma: int
    with_point: int
    percents: int
    no_percents: int
    enclosed: int
    currencies: str
    units: str
    no_units: int

    def thousands(self, mark: str) -> bool:
        """True if the column has numbers just below a thousand and numbers just above it that have
        this mark, and no number with the other mark."""
        count, least, other = (
            (self.commas, self.comma, self.points)
            if mark == ","
            else (self.points, self.point, self.commas)
        )
        return bool(
            count
            and not other
            and least is not None
            and self.whole is not None
            and least / 10 <= self.whole < 1000
        )


def ambiguous_number(text: str, mark: str) -> str:
    """SQL that is true for a number with one mark that can be a decimal mark or a thousands
    separator."""
    return rf"regexp_matches({_BARE.format(text)}, '^[1-9]\d{{0,2}}[{mark}]\d{{3}}$')"


def cell(key: str) -> str:
    """SQL of a trimmed cell, NULL if it is empty or has a word for a missing value."""
    return f"CASE WHEN lower(trim({key})) IN ({_WORDS}) THEN NULL ELSE trim({key}) END"


_COUNTED = {
    "commas": "count(*) FILTER (commas)",
    "comma": "min(TRY_CAST(replace(bare, ',', '') AS DOUBLE)) FILTER (commas)",
    "points": "count(*) FILTER (points)",
    "point": "min(TRY_CAST(replace(bare, '.', '') AS DOUBLE)) FILTER (points)",
    "whole": r"max(TRY_CAST(bare AS DOUBLE)) FILTER (regexp_matches(bare, '^\d+$'))",
    "with_comma": "count(*) FILTER (contains(bare, ','))",
    "with_point": "count(*) FILTER (contains(bare, '.'))",
    "percents": "count(*) FILTER (contains(held, '%'))",
    "no_percents": "count(*) FILTER (NOT contains(held, '%') AND more)",
    "enclosed": "count(*) FILTER (contains(held, '('))",
    "units": "coalesce(string_agg(DISTINCT unit, '|'), '')",
    "no_units": "count(*) FILTER (unit IS NULL AND more)",
    "currencies": "coalesce(string_agg(DISTINCT regexp_extract(held, '[€$£¥]'), ''), '')",
}


def count_cells(cells: Cells) -> list[tuple[Column, CellCounts]]:
    """The counts of every column that is not empty."""
    counted = ", ".join(_COUNTED[field] for field in CellCounts._fields)
    found = []
    for column in cells.columns:
        held = (
            f"SELECT {cell(column.key)} AS held, {cells.place or 0} AS place FROM {cells.relation}"
        )
        bare = (
            f"SELECT *, {_BARE.format('held')} AS bare, {ambiguous_number('held', ',')} AS commas,"
            f" {ambiguous_number('held', '.')} AS points, {UNIT} AS unit,"
            f" regexp_matches(held, '[1-9]') AS more FROM ({held})"
        )
        for place, *counts in cells.table.rows(
            f"SELECT place, {counted} FROM ({bare}) WHERE held IS NOT NULL GROUP BY place"
        ):
            found.append(
                (cells.table.columns[int(place)] if cells.place else column, CellCounts(*counts))
            )
    return found
