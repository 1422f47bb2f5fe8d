"""Numbers as text: decimal commas, thousands separators, currency and percent signs, words for a
missing value."""

import re
from collections.abc import Sequence

from ..._check import Refusal
from ..files import (
    UNIT,
    CellCounts,
    Cells,
    Column,
    ReadOptions,
    Table,
    ambiguous_number,
    cell,
    count_cells,
    quoted,
)
from ._styles import COMMA, POINT, Style, allowed_styles

_SHORT = re.compile(
    r"[^0-9]*(\d+(?:[.,]\d+)?)\s*(k|m|mn|mio|mill?|b|bn|mrd|tsd|t)\.?", re.IGNORECASE
)
_WITH_UNIT = re.compile(
    r"(?:[A-Z]{3}|Rs\.?|[Kk]r\.?|R\$|zł)?\s*[+−-]?(?:\d[\d.,'’\s]*|[.,]\d+)"
    r"(?:[^\W\d_][^\W\d_./²³·-]{0,15}|[^\W\d_][\w./²³·-]{0,15}|°[^\W\d_]?)?"
)
_CORRECT = (
    "Correct it, leave the cell empty to mark it as missing, or choose another column as `target`."
)


def is_short(text: str) -> bool:
    """True for a number that is shortened by letters.

    >>> is_short("1.2k"), is_short("3 Mio"), is_short("1.2"), is_short("north")
    (True, True, False, False)
    """
    return _SHORT.fullmatch(text.strip()) is not None


def has_unit(text: str) -> bool:
    """True for a number with a unit.

    >>> has_unit("12 kg"), has_unit("USD 1,200.50"), has_unit("21.5°C"), has_unit("n/a")
    (True, True, True, False)
    """
    return _WITH_UNIT.fullmatch(text.strip()) is not None


def parse_numbers(
    table: Table,
    columns: Sequence[Column],
    options: ReadOptions,
    *,
    pointed: bool,
    relation: str = "used",
    row: str = "rowid",
) -> tuple[dict[str, str], list[str]]:
    """SQL of the number in each column (by key) of a relation, and notes. The first cell that is
    not a number is an error.

    All columns have one style: the given one, else the one in which every cell is a number. If both
    are, marks such as that of 1,002 are thousands separators if their column also has numbers just
    below a thousand. A point is a decimal point, as in files that programs write, unless the file
    is `pointed`: from a country where points separate thousands. Anything else is ambiguous, and an
    error.
    """
    texts = [c for c in columns if c.text]
    sql = {c.key: f"TRY_CAST({c.key} AS DOUBLE)" for c in columns}
    styles = allowed_styles(options.decimal, options.thousands)
    cells = Cells(table, texts, relation, row, "place" if relation == "cells" else None)
    if not texts or (POINT in styles and _plain(cells, sure=COMMA not in styles)):
        return sql, []
    wrong = {style: _wrong(cells, style) for style in styles}
    fitting = [style for style in styles if not wrong[style]]
    if not fitting:
        _refuse_text(cells, min(styles, key=wrong.__getitem__))
    counts_by_column = count_cells(cells)
    _refuse_mixed(cells, counts_by_column)
    style = fitting[0] if len(fitting) == 1 else _decided(cells, counts_by_column, pointed)
    return sql | {c.key: style.number(f"({cell(c.key)})") for c in texts}, _notes(
        style, [counts for _, counts in counts_by_column]
    )


def _plain(cells: Cells, *, sure: bool) -> bool:
    """True if every cell is a number as programs write it, and (unless `sure`) some point can only
    be a decimal point."""
    keys = [c.key for c in cells.columns]
    wrong = " + ".join(
        f"count({k}) - count(TRY_CAST({k} AS DOUBLE)) + count(*) FILTER (contains({k}, '_'))"
        for k in keys
    )
    pointed = ", ".join(f"coalesce(bool_or(contains({k}, '.')), false)" for k in keys)
    bad, *points = cells.table.rows(f"SELECT {wrong}, {pointed} FROM {cells.relation}")[0]
    if bad or sure or not any(points):
        return not bad
    only = " OR ".join(
        f"(contains({k}, '.') AND NOT {ambiguous_number(k, '.')})"
        for k, found in zip(keys, points, strict=True)
        if found
    )
    return bool(cells.table.rows(f"SELECT 1 FROM {cells.relation} WHERE {only} LIMIT 1"))


def _wrong(cells: Cells, style: Style) -> int:
    """The number of cells that are neither missing nor a number in this style."""
    held = ", ".join(f"{cell(c.key)} AS {c.key}" for c in cells.columns)
    counts = " + ".join(f"count({c.key}) - count({style.number(c.key)})" for c in cells.columns)
    return int(
        cells.table.rows(f"SELECT {counts} FROM (SELECT {held} FROM {cells.relation})")[0][0]
    )


def _decided(
    cells: Cells, counts_by_column: Sequence[tuple[Column, CellCounts]], pointed: bool
) -> Style:
    """The style if every cell can be read in both; numbers that do not decide it are an error."""
    commas = sum(counts.commas for _, counts in counts_by_column)
    points = sum(counts.points for _, counts in counts_by_column)
    thousands = {mark for mark in ",." for _, counts in counts_by_column if counts.thousands(mark)}
    if not commas and not points:
        return POINT
    if thousands == {","}:
        return POINT
    if thousands == {"."} and pointed:
        return COMMA
    if not commas and not thousands and not pointed:
        return POINT
    mark = "," if commas else "."
    at, value, name = _first(cells, ambiguous_number("held", mark))
    bare = re.sub(r"[^0-9.,]", "", value)
    raise Refusal(
        f"Row {at} of {cells.table.label} holds {value!r} in column '{name}', which can be "
        f"{bare.replace(mark, '')} as well as "
        f"{bare.replace(mark, '.')}. Say which: `thousands={mark!r}` or `decimal={mark!r}`."
    )


def _notes(style: Style, counts_by_column: Sequence[CellCounts]) -> list[str]:
    """Notes on how numbers were read."""
    commas, points = (
        any(counts.with_comma for counts in counts_by_column),
        any(counts.with_point for counts in counts_by_column),
    )
    notes = {
        "decimal commas": style.decimal == "," and commas,
        "points read as thousands marks": style.decimal == "," and points,
        "commas read as thousands marks": style.decimal == "." and commas,
        "percents read as fractions: 12% is 0.12": any(
            counts.percents for counts in counts_by_column
        ),
        "numbers in parentheses read as negative": any(
            counts.enclosed for counts in counts_by_column
        ),
        "currency signs left out": any(counts.currencies for counts in counts_by_column),
    }
    units = dict.fromkeys(counts.units for counts in counts_by_column if counts.units)
    left_out = [f"units left out: {', '.join(units)}"] if units else []
    return [*(note for note, holds in notes.items() if holds), *left_out]


def _refuse_mixed(cells: Cells, counts_by_column: Sequence[tuple[Column, CellCounts]]) -> None:
    """Raise an error for a column with percentages and other numbers, or with amounts in several
    currencies."""
    for column, counts in counts_by_column:
        one, other, why = "", "", ""
        if counts.percents and counts.no_percents:
            one, other = (
                "contains(held, '%')",
                "NOT contains(held, '%') AND regexp_matches(held, '[1-9]')",
            )
            why = "percents beside other numbers. Write all of them one way, as 12% or as 0.12."
        elif len(counts.currencies) > 1:
            one, other = (f"contains(held, '{sign}')" for sign in counts.currencies[:2])
            why = "two currencies. Convert them to one, or give each a column of its own."
        elif counts.units and counts.no_units:
            one, other = f"{UNIT} IS NOT NULL", f"{UNIT} IS NULL AND regexp_matches(held, '[1-9]')"
            why = "a unit beside numbers without one. Write all of them one way."
        elif "|" in counts.units:
            one, other = (f"{UNIT} = {quoted(unit)}" for unit in counts.units.split("|")[:2])
            why = "two units. Convert them to one, or give each a column of its own."
        if why:
            (first, value, name), (second, beside, _) = sorted(
                _first(cells, each, column) for each in (one, other)
            )
            raise Refusal(
                f"Column '{name}' of {cells.table.label} holds {value!r} in row {first} and "
                f"{beside!r} in row {second}: {why}"
            )


def _refuse_text(cells: Cells, style: Style) -> None:
    """Raise an error for the first cell that is not a number in this style."""
    at, value, name = _first(cells, f"{style.number('held')} IS NULL")
    short, other = _SHORT.fullmatch(value), COMMA if style.decimal == "." else POINT
    where = f"Row {at} of {cells.table.label} holds {value!r} in column '{name}', which"
    if short:
        written = " (1.2k is 1200)" if short[2].lower() == "k" else ""
        raise Refusal(
            f"{where} is a number shortened by a letter. Write it out{written}, or choose another "
            "column as `target`."
        )
    if cells.table.rows(f"SELECT {other.number(quoted(value))} IS NOT NULL")[0][0]:
        mark = {".": "points", ",": "commas"}
        raise Refusal(
            f"{where} is not a number, because {mark[style.decimal]} are decimal marks, as "
            "elsewhere in "
            "this table. Write all numbers one way."
        )
    if value.strip() == name:
        raise Refusal(
            f"{where} is the header again, as in files that were joined. Remove this row."
        )
    raise Refusal(f"{where} is not a number. {_CORRECT}")


def _first(cells: Cells, condition: str, only: Column | None = None) -> tuple[int, str, str]:
    """Row, text and column of the first cell `held` for which a condition in SQL is true."""
    for column in cells.columns:
        if only is not None and not cells.place and column != only:
            continue
        here = (
            f" AND place = {cells.table.places[only.key]}"
            if cells.place and only is not None
            else ""
        )
        found = cells.table.rows(
            f"SELECT * FROM (SELECT {cells.row} AS number, {cell(column.key)} AS held, "
            f"{cells.place or 0} AS place FROM {cells.relation}) "
            f"WHERE held IS NOT NULL AND {condition}{here} ORDER BY number, place LIMIT 1"
        )
        if found:
            number, value, place = found[0]
            return (
                number + cells.table.first_row,
                value,
                cells.table.columns[int(place)].name if cells.place else column.name,
            )
    raise AssertionError(f"no cell with {condition}")
