"""Tables with one row per year and one column per month (or quarter)."""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from ..._check import Refusal
from ..files import Column, Layout, Table, month_of

_PARTS = {12: "month", 4: "quarter"}
_QUARTER_NAMES = ("quarter", "quartal", "qtr", "trimestre")
_PART_NAMES = ("month", "monat", "mois", "mes", "mnth", *_QUARTER_NAMES)


def year_rows(
    table: Table,
    sample: Sequence[Sequence[object]],
    rest: list[Column],
    kinds: Mapping[str, str],
    given_ids: tuple[str, ...],
) -> Layout | None:
    """The layout of a table in which twelve columns are named after the months, or four after the
    quarters, and one holds years; None for any other table."""
    parts = _parts(rest)
    if not parts:
        return None
    others = [c for c in rest if c not in parts]
    year = next((c for c in others if _years(table, sample, c)), None)
    if year is None:
        return None
    numbers = [part_of_year(c.name)[0] for c in parts]
    if numbers != sorted(numbers):
        raise Refusal(
            f"The columns of {table.label} go from {parts[0].name} to {parts[-1].name}, so a row "
            "may be a year of the calendar or one that "
            f"begins in {parts[0].name}. Put the columns from January on if it is the calendar's, "
            "or give a table with one row a month."
        )
    ids = tuple(table.named(name) for name in given_ids) or tuple(
        c for c in others if kinds[c.name] == "text"
    )
    return Layout("years", ids, year, tuple(parts))


def refuse_time_in_two(
    table: Table, sample: Sequence[Sequence[object]], rest: list[Column], kinds: Mapping[str, str]
) -> None:
    """Raise an error for a table whose time is in two columns, a year and its month or quarter; the
    message says how to join them."""
    year = next((c for c in rest if _years(table, sample, c)), None)
    if year is None or "stamp" in kinds.values():
        return
    for column in rest:
        place = table.places[column.key]
        cells = [
            str(row[place]).strip()
            for row in sample
            if row[place] is not None and str(row[place]).strip()
        ]
        spelled = kinds[column.name] == "text" or column.name.strip().lower() in _PART_NAMES
        if (
            column is not year
            and cells
            and spelled
            and len(set(cells)) > 1
            and all(part_of_year(cell)[1] for cell in cells)
        ):
            quarters = column.name.strip().lower() in _QUARTER_NAMES
            mark = "-Q" if quarters and all(cell.isdigit() for cell in cells) else "-"
            raise Refusal(
                f"The time of {table.label} stands in two columns, '{year.name}' and "
                f"'{column.name}'. Join them in a query, such as: "
                f'select "{year.name}" || \'{mark}\' || "{column.name}" as ds, ...'
            )


def _parts(columns: list[Column]) -> list[Column]:
    """The columns named after all twelve months or all four quarters, once each; empty if there are
    none."""
    for count in _PARTS:
        found = [c for c in columns if part_of_year(c.name)[1] == count]
        if sorted(part_of_year(c.name)[0] for c in found) == list(range(1, count + 1)):
            return found
    return []


def part_of_year(name: str) -> tuple[int, int]:
    """The number of a month or a quarter, and the number of them in a year; (0, 0) for another
    name.

    >>> part_of_year("Feb"), part_of_year("02"), part_of_year("Q3"), part_of_year("Total")
    ((2, 12), (2, 12), (3, 4), (0, 0))
    """
    bare = name.strip()
    quarter = re.fullmatch(r"(?:Q([1-4])|([1-4])Q)", bare, flags=re.IGNORECASE)
    if quarter:
        return int(quarter[1] or quarter[2]), 4
    month = int(bare) if re.fullmatch(r"0?[1-9]|1[0-2]", bare) else month_of(bare)
    return (month, 12) if month else (0, 0)


def _years(table: Table, sample: Sequence[Sequence[object]], column: Column) -> bool:
    place = table.places[column.key]
    cells = [
        str(row[place]).strip().removesuffix(".0")
        for row in sample
        if row[place] is not None and str(row[place]).strip()
    ]
    return bool(cells) and all(re.fullmatch(r"[12]\d{3}", cell) for cell in cells)


def months_of_years(years: np.ndarray, parts: int) -> np.ndarray:
    """The first day of every part of these years, `[year, part]`; `parts` is 12 for months, 4 for
    quarters.

    >>> months_of_years(np.array([2019]), 4).astype("M8[D]").tolist()[0][1]
    datetime.date(2019, 4, 1)
    """
    months = (years[:, None] - 1970) * 12 + np.arange(parts) * (12 // parts)
    return np.asarray(months.astype("M8[M]").astype("M8[us]"))
