"""Timestamps as text: a column to integers or datetime64[us], in one format that fits every row."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..._check import Refusal
from ...data import Frequency, MonthGrid, format_stamp
from ..files import (
    BARE_WEEK,
    BEGUN,
    DATE_FORMATS,
    DAY_FIRST,
    DAY_WITHOUT_YEAR,
    FISCAL_YEAR,
    ISO,
    MONTH,
    MONTH_FIRST,
    SHORT_MONTH,
    SHORT_YEAR_FIRST,
    Column,
    DateFormat,
    ReadOptions,
    Table,
    quoted,
)
from ._number_stamps import means_weeks, number_stamps
from ._short_years import full_years, share_covered


@dataclass(frozen=True)
class Stamps:
    """The timestamps of every row of `used`, by distinct cells: `known[code]`; and notes.

    `wall` are local times; `instants` are the same in UTC if the cells have an offset.
    """

    wall: np.ndarray
    instants: np.ndarray | None = None
    offsets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def parse_stamps(table: Table, column: Column | None, options: ReadOptions) -> list[Stamps]:
    """The interpretations that fit every distinct cell of a text column, in the table `stamps(code,
    t)`; an error if there is none.

    Without a column, the cells are names of columns.
    """
    cells = [t for (t,) in table.rows("SELECT t FROM stamps ORDER BY code LIMIT 500")]
    if column is not None and sum(
        re.fullmatch(r"[+-]?\d+([.,]\d+)?", c) is not None for c in cells
    ) > 0.5 * len(cells):
        if all(re.fullmatch(r"(0?[1-9]|1[0-2])\.(19|20)\d{2}", c) for c in cells):
            return [_months_of_points(table, column)]
        return [parse_numeric_stamps(table, column, _parsed_numbers(table, column), options)]
    weeks = means_weeks(
        "" if column is None else column.name,
        None if options.frequency is None else Frequency.parse(options.frequency),
    )
    readings, best, most = [], None, -1
    for date_format in _possible_formats(cells, options.day_first, weeks):
        values = table.arrays(
            f"SELECT s + to_days(late) AS s FROM (SELECT {date_format.sql} AS s, late, code FROM"
            f" ({BEGUN})) ORDER BY code"
        )["s"]
        mask = np.ma.getmaskarray(values)
        if (
            date_format is BARE_WEEK
            and not weeks
            and not mask.any()
            and _scattered(np.ma.getdata(values))
        ):
            continue
        if not mask.any():
            readings.append(
                (date_format, _reading(table, date_format, np.ma.getdata(values).astype("M8[us]")))
            )
        elif (~mask).sum() > most:
            best, most = date_format, int((~mask).sum())
    read = [date_format for date_format, _ in readings]
    if not readings:
        raise _unreadable(table, column, best, cells)
    if SHORT_MONTH in read:
        _refuse_days_without_year(table, cells, options)
    if FISCAL_YEAR in read and (
        MONTH not in read or (len(cells) > 1 and options.frequency is None)
    ):
        return [readings[read.index(FISCAL_YEAR)][1]]
    return [
        reading
        for date_format, reading in readings
        if date_format is not BARE_WEEK or weeks or MONTH not in read
    ]


def _scattered(weeks: np.ndarray) -> bool:
    """True for weeks that cover less than half of the time between the first and the last: then
    they are months, and one of them is wrong."""
    return share_covered(weeks.astype("M8[D]").astype(np.int64) // 7) < 0.5


def _possible_formats(
    cells: Iterable[str], day_first: bool | None, weeks: bool
) -> list[DateFormat]:
    """The formats that match some cell, without those that the user or the name of the column rules
    out."""
    other = MONTH_FIRST if day_first else DAY_FIRST
    denied = (() if day_first is None else (other, SHORT_YEAR_FIRST)) + ((MONTH,) if weeks else ())
    return [
        date_format
        for date_format in DATE_FORMATS
        if date_format not in denied and any(date_format.fits(c) for c in cells)
    ]


def _reading(table: Table, date_format: DateFormat, wall: np.ndarray) -> Stamps:
    """Timestamps in one format, with years of two digits completed and offsets from UTC applied."""
    if date_format is FISCAL_YEAR:
        return _fiscal_years(table, wall)
    notes: tuple[str, ...] = (date_format.name,) if date_format.name else ()
    if date_format.short:
        short = table.arrays(
            r"SELECT NOT regexp_matches(regexp_replace(t, '\d{1,2}:.*', ''), '\d{4}') AS s FROM"
            r" stamps ORDER BY code"
        )["s"]
        wall, year_notes = full_years(wall, np.ma.getdata(short).astype(bool))
        notes += year_notes
    return Stamps(wall, *_instants(wall, _offsets(table, date_format)), notes)


def _fiscal_years(table: Table, wall: np.ndarray) -> Stamps:
    """Fiscal years as whole numbers, like plain years; with a note if they cover parts of two
    calendar years."""
    first = table.rows("SELECT t FROM stamps ORDER BY code LIMIT 1")[0][0]
    named = f"years such as {first} read as {wall[0].astype('M8[Y]')}"
    spans = not first[:1].isalpha()
    return Stamps(
        wall.astype("M8[Y]").astype(np.int64) + 1970,
        notes=(named + (", in which they begin" if spans else ""),),
    )


def _refuse_days_without_year(table: Table, cells: list[str], options: ReadOptions) -> None:
    """Raise an error for `Jan 01, Jan 02, ...` if the numbers can be days: without a year they
    cannot be placed."""
    if options.frequency is not None and isinstance(
        Frequency.parse(options.frequency).grid, MonthGrid
    ):
        return
    days = table.arrays(f"SELECT {DAY_WITHOUT_YEAR.sql} AS s FROM stamps ORDER BY code")["s"]
    if np.ma.getmaskarray(days).any() or len(days) < 2:
        return
    months = table.arrays(f"SELECT {SHORT_MONTH.sql} AS s FROM stamps ORDER BY code")["s"]
    wall, _ = full_years(np.ma.getdata(months).astype("M8[us]"), np.ones(len(months), dtype=bool))
    as_months = share_covered(wall.astype("M8[M]").astype(np.int64))
    as_days = share_covered(np.ma.getdata(days).astype("M8[D]").astype(np.int64))
    if as_months > 2 * as_days:
        return
    also = (
        ""
        if as_days > 2 * as_months
        else "could be months of a year or days without one, and if these they "
    )
    raise Refusal(
        f"Dates such as {cells[0]!r} and {cells[1]!r} in {table.label} "
        f"{also or 'are days without a year and '}cannot be placed. "
        "Write days with their year, as 2024-01-31, and months as 2024-01"
        + (", or say that they are months: `frequency='MS'` or `frequency='YS'`." if also else ".")
    )


def _unreadable(
    table: Table, column: Column | None, best: DateFormat | None, cells: list[str]
) -> Refusal:
    """The error for the first cell that is not a date."""
    bad = (
        cells[0]
        if best is None
        else table.rows(
            f"SELECT t FROM (SELECT t, {best.sql} AS s, code FROM stamps) WHERE s IS NULL ORDER BY "
            "code LIMIT 1"
        )[0][0]
    )
    why = (
        "not a date in the format of the others"
        if best is not None
        else "not a date that can be read"
    )
    if column is None:
        return Refusal(
            f"{table.label} has a column called {bad!r} among columns that are called by dates, "
            f"which is {why}. Rename it."
        )
    row = table.rows(
        f"SELECT rowid FROM used WHERE trim({column.key}) = {quoted(bad)} ORDER BY rowid LIMIT 1"
    )
    where = f"Row {row[0][0] + table.first_row} of {table.label}" if row else table.label
    return Refusal(
        f"{where} holds {bad!r} in the time column '{column.name}', which is {why}. "
        "Write dates as 2024-01-31, or choose another column as `time`."
    )


def _parsed_numbers(table: Table, column: Column) -> np.ndarray:
    values = table.arrays(
        "SELECT TRY_CAST(replace(t, ',', '.') AS DOUBLE) AS s FROM stamps ORDER BY code"
    )["s"]
    mask = np.ma.getmaskarray(values)
    if mask.any():
        bad = table.rows(f"SELECT t FROM stamps WHERE code = {int(mask.argmax())}")[0][0]
        row = table.rows(
            f"SELECT rowid FROM used WHERE trim({column.key}) = {quoted(bad)} ORDER BY rowid LIMIT "
            "1"
        )[0][0]
        raise Refusal(
            f"Row {row + table.first_row} of {table.label} holds {bad!r} in the time column "
            f"'{column.name}', "
            "which fits none of the others. Correct it, or choose another column as `time`."
        )
    return np.ma.getdata(values)


def _months_of_points(table: Table, column: Column) -> Stamps:
    """Months such as 01.2019, 02.2019, recognised by the point and the year after it."""
    months = table.arrays("SELECT try_strptime(t, '%m.%Y') AS s FROM stamps ORDER BY code")["s"]
    first = table.rows("SELECT t FROM stamps ORDER BY code LIMIT 1")[0][0]
    return Stamps(
        np.ma.getdata(months).astype("M8[us]"),
        notes=(f"numbers such as {first} in '{column.name}' read as months",),
    )


def parse_numeric_stamps(
    table: Table, column: Column, values: np.ndarray, options: ReadOptions
) -> Stamps:
    """Timestamps from numbers; numbers that cannot be timestamps are an error."""
    found = number_stamps(
        values,
        column.name,
        None if options.frequency is None else Frequency.parse(options.frequency),
    )
    if found is not None:
        return Stamps(found.wall, notes=found.notes)
    if not np.isfinite(values).all() or np.abs(values).max(initial=0) > 2**53:
        raise Refusal(
            f"The time column '{column.name}' of {table.label} holds numbers that are not time "
            "stamps. "
            "Choose another column as `time`."
        )
    ordered = np.unique(values)
    raise Refusal(
        f"The time column '{column.name}' of {table.label} holds fractions that are not evenly "
        "spaced, "
        f"such as {ordered[0]:g} and {ordered[1]:g}. Write dates as 2024-01-31, or whole numbers."
    )


def _offsets(table: Table, date_format: DateFormat) -> list[str]:
    """The distinct UTC offsets in the cells, by code; empty if there are none."""
    if date_format is not ISO:
        return []
    pattern = r":.*?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$"
    return (
        [
            o
            for (o,) in table.rows(
                f"SELECT regexp_extract(t, '{pattern}', 1) FROM stamps ORDER BY code"
            )
        ]
        if _any_offset(table, pattern)
        else []
    )


def _any_offset(table: Table, pattern: str) -> bool:
    return bool(table.rows(f"SELECT 1 FROM stamps WHERE regexp_matches(t, '{pattern}') LIMIT 1"))


def _instants(wall: np.ndarray, offsets: list[str]) -> tuple[np.ndarray | None, tuple[str, ...]]:
    if not offsets:
        return None, ()
    distinct, place = np.unique(np.array(offsets), return_inverse=True)
    if "" in distinct.tolist():
        raise Refusal(
            "Some stamps say how far they are from UTC and some do not, such as "
            f"{format_stamp(wall[offsets.index('')])}. Write all of them one way."
        )
    minutes = np.array([_minutes(o) for o in distinct.tolist()])
    return wall - minutes[place].astype("m8[m]"), tuple(distinct.tolist())


def _minutes(offset: str) -> int:
    """The minutes of a UTC offset, positive east of Greenwich.

    >>> _minutes("+05:30"), _minutes("-03"), _minutes("Z")
    (330, -180, 0)
    """
    if not offset or offset[0] not in "+-":
        return 0
    digits = offset[1:].replace(":", "")
    return (1 if offset[0] == "+" else -1) * (int(digits[:2]) * 60 + int(digits[2:] or 0))
