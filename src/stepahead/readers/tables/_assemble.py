"""From a table with the roles of its columns to a `Panel`, with notes on how it was read."""

from typing import NamedTuple

import numpy as np

from ..._check import Refusal
from ...data import AbsentRows, Panel, format_stamp, order_of_rows, panel_from_codes
from ..dates import (
    Stamps,
    clock_change,
    instants_of,
    months_of_years,
    parse_numeric_stamps,
    parse_stamps,
    skipped_hour,
)
from ..files import (
    Column,
    Layout,
    ReadOptions,
    Table,
    as_covariate_columns,
    checked_fill,
    flag,
    is_flag,
    requested_frequency,
    run,
)
from ._ids import id_cell, series_of
from ._last_rows import future_note, future_rows, refuse_total
from ._notes import absent_rows_note
from ._numbers import parse_numbers
from ._readings import choose_reading
from ._wide_rows import one_series_a_row

_MANY = 8
"""With more value columns than this, their cells are parsed in one long column, which is faster in
the engine."""


class _Rows(NamedTuple):
    """The rows that are not blank: their number in the table, series code, code of the timestamp
    (-1: none) and values."""

    number: np.ndarray
    series: np.ndarray
    stamp: np.ndarray
    values: np.ndarray


def assemble(table: Table, layout: Layout, options: ReadOptions) -> tuple[Panel, tuple[str, ...]]:
    """Make the panel that `layout` describes."""
    _select(table, layout, options)
    values, notes = _numbers(table, layout, options)
    if layout.shape == "rows":
        return one_series_a_row(table, layout, options, values, notes)
    ids = series_of(table, layout)
    try:
        readings = _stamps(table, layout, options)
    except Refusal:
        refuse_total(table, layout, values)
        raise
    rows = _fetch(table, layout, values)
    if layout.shape == "wide":
        ids, rows = _spread(layout, rows)
    if not len(rows.number):
        raise Refusal(
            f"{table.label} holds no rows with a value. Fill in the value column, or choose "
            "another one as `target`."
        )
    _refuse_unnamed(table, layout, rows, values)
    times, zone, time_notes = _times(table, layout, rows, readings, options)
    notes.extend(time_notes)
    if layout.shape == "years":
        rows, times = _by_part_of_year(table, layout, rows, times)
    order = order_of_rows(rows.series, times)
    if order is not None:
        notes.append("rows were not in the order of time; sorted")
        rows, times = _Rows(*(part[order] for part in rows)), times[order]
    _refuse_twice(table, layout, rows, times, ids)
    targets = len(layout.values) if layout.shape == "long" else 1
    seen = ~np.isnan(rows.values[:, :targets]).all(axis=1)
    future = np.zeros_like(seen)
    if not options.covariates.known and not options.covariates.continues:
        future, spare = future_rows(table, layout, rows.series, rows.number, seen)
    rows, times, last = (
        _Rows(*(part[~future] for part in rows)),
        times[~future],
        times[seen if seen.any() else ~seen].max(),
    )
    names = [
        *([c.name for c in layout.values] if layout.shape == "long" else ["y"]),
        *(c.name for c in layout.covariates),
    ]
    frequency = requested_frequency(options, rows.series, times, zone)
    absent = None
    if options.fill is not None:
        filled = np.where(np.arange(len(names)) < targets, checked_fill(options.fill), np.nan)
        absent = AbsentRows(filled, last)
    panel = panel_from_codes(rows.series, ids, times, rows.values, names, frequency, zone, absent)
    notes.extend(absent_rows_note(panel, targets, len(rows.number), options.fill))
    panel = as_covariate_columns(panel, options.covariates)
    _refuse_empty(panel)
    if future.any():
        notes.append(future_note(panel, int(future.sum()), spare))
    return panel, (*notes, *skipped_hour(panel))


def _select(table: Table, layout: Layout, options: ReadOptions) -> None:
    """Create the engine's table `used` of the columns that have a role; yes/no columns are 0 and 1
    in it."""
    used = dict.fromkeys(
        [*layout.ids, *([layout.time] if layout.time else []), *layout.values, *layout.covariates]
    )
    flags = {
        c: flag(c)
        for c in (layout.values if options.covariates.continues else layout.covariates)
        if is_flag(table, c)
    }
    listed = ", ".join(f"{flags[c]} AS {c.key}" if c in flags else c.key for c in used)
    run(table.connection, f"CREATE TEMP TABLE used AS SELECT {listed} FROM raw")


def _times(
    table: Table,
    layout: Layout,
    rows: "_Rows",
    readings: list[Stamps] | None,
    options: ReadOptions,
) -> tuple[np.ndarray, str | None, tuple[str, ...]]:
    """The time of every row and its zone, with notes; without a time column, rows are counted."""
    if readings is None:
        times = _counted(rows.series)
        return times, None, tuple(Stamps(times).notes)
    place = f" in column '{layout.time.name}'" if layout.time else ""
    reading = choose_reading(readings, rows.series, rows.stamp, table, place)
    times, zone, notes = instants_of(reading, rows.stamp, rows.series, options)
    return times, zone, (*notes, *reading.notes)


def _stamps(table: Table, layout: Layout, options: ReadOptions) -> list[Stamps] | None:
    """Create the engine's table `stamps(code, cell, t)` of the distinct timestamps, trimmed; return
    the formats that fit them all."""
    column = layout.time
    if column is None:
        return None
    t, held = ("trim(cell)", "trim(cell) <> ''") if column.text else ("cell", "cell IS NOT NULL")
    run(
        table.connection,
        f"CREATE TEMP TABLE stamps AS SELECT cell, {t} AS t, row_number() OVER (ORDER BY first) - "
        "1 AS code "
        f"FROM (SELECT {column.key} AS cell, min(rowid) AS first FROM used GROUP BY 1) WHERE "
        f"{held}",
    )
    count = table.rows("SELECT count(*) FROM stamps")[0][0]
    if not count:
        raise Refusal(
            f"The time column '{column.name}' of {table.label} is empty. Fill it in, or choose "
            "another column as `time`."
        )
    if column.text:
        return parse_stamps(table, column, options)
    if column.type.startswith(("DATE", "TIMESTAMP")):
        zoned = "TIME ZONE" in column.type
        value = "t AT TIME ZONE 'UTC'" if zoned else "t"
        stamps = table.arrays(f"SELECT CAST({value} AS TIMESTAMP) AS s FROM stamps ORDER BY code")[
            "s"
        ]
        if np.isnat(np.ma.getdata(stamps)).any():
            raise Refusal(
                f"The time column '{column.name}' of {table.label} holds an infinite date. Correct "
                "it."
            )
        wall = np.ma.getdata(stamps).astype("M8[us]")
        zone = table.zones.get(column.name)
        return [Stamps(wall, wall if zone else None, (zone,) if zone else ())]
    numbers = table.arrays("SELECT CAST(t AS DOUBLE) AS s FROM stamps ORDER BY code")["s"]
    return [parse_numeric_stamps(table, column, np.ma.getdata(numbers), options)]


def _numbers(table: Table, layout: Layout, options: ReadOptions) -> tuple[np.ndarray, list[str]]:
    """The values of every row of `used`, `[row, column]`, NaN where missing; and notes on their
    format."""
    columns = (*layout.values, *layout.covariates)
    pointed = table.european or _dotted(table, layout)
    if len(columns) > _MANY and all(c.text for c in columns):
        places = {c.key: i for i, c in enumerate(table.columns)}
        listed = ", ".join(c.key for c in columns)
        numbered = ", ".join(str(places[c.key]) for c in columns)
        run(
            table.connection,
            "CREATE TEMP TABLE cells AS SELECT * FROM "
            f"(SELECT rowid AS r, unnest([{numbered}]) AS place, unnest([{listed}]) AS v FROM "
            "used) WHERE v IS NOT NULL AND v <> ''",
        )
        sql, notes = parse_numbers(
            table, [Column("v", "place")], options, pointed=pointed, relation="cells", row="r"
        )
        got = table.arrays(f"SELECT r, place, {sql['v']} AS v FROM cells")
        values = np.full(
            (table.rows("SELECT count(*) FROM used")[0][0], len(table.columns)), np.nan
        )
        values[np.ma.getdata(got["r"]), np.ma.getdata(got["place"])] = np.ma.filled(
            got["v"], np.nan
        )
        return values[:, [places[c.key] for c in columns]], notes
    sql, notes = parse_numbers(table, columns, options, pointed=pointed)
    got = table.arrays(
        f"SELECT rowid AS r, {', '.join(f'{sql[c.key]} AS v{n}' for n, c in enumerate(columns))} "
        "FROM used"
    )
    values = np.empty((len(got["r"]), len(columns)))
    for n in range(len(columns)):
        values[:, n] = np.ma.filled(got[f"v{n}"].astype(np.float64), np.nan)
    rows = np.ma.getdata(got["r"])
    return (values[np.argsort(rows)] if (rows[1:] < rows[:-1]).any() else values), notes


def _dotted(table: Table, layout: Layout) -> bool:
    """True for a table with dates such as 31.12.2024, which suggest that points are thousands
    separators."""
    column = layout.time
    if column is None or not column.text:
        return False
    look = rf"regexp_matches(trim({column.key}), '^\d{{1,2}}[.]\d{{1,2}}[.]\d{{2,4}}')"
    return bool(
        table.rows(f"SELECT bool_or({look}) FROM (SELECT {column.key} FROM used LIMIT 100)")[0][0]
    )


def _fetch(table: Table, layout: Layout, values: np.ndarray) -> _Rows:
    """Every row that has a timestamp or a value, in the order of the source."""
    join_series = f"LEFT JOIN series i ON i.cell = {id_cell(layout)}" if layout.ids else ""
    join_stamps = f"LEFT JOIN stamps s ON s.cell = u.{layout.time.key}" if layout.time else ""
    got = table.arrays(
        f"SELECT u.rowid AS r, {'coalesce(i.code, -1)' if layout.ids else '0'} AS i, "
        f"{'coalesce(s.code, -1)' if layout.time else '-1'} AS s FROM used u {join_series} "
        f"{join_stamps}"
    )
    number, series, stamp = (np.ma.getdata(got[part]).astype(np.int64) for part in "ris")
    if (number[1:] < number[:-1]).any():
        order = np.argsort(number)
        number, series, stamp = number[order], series[order], stamp[order]
    rows = _Rows(number, series, stamp, values)
    blank = np.isnan(rows.values).all(axis=1) & (rows.stamp < 0)
    return _Rows(*(part[~blank] for part in rows)) if blank.any() else rows


def _spread(layout: Layout, rows: _Rows) -> tuple[np.ndarray, _Rows]:
    """One column per series becomes one row per observation; a series begins at its first value,
    and a series without values is left out."""
    values, beside = np.split(rows.values, [len(layout.values)], axis=1)
    seen = ~np.isnan(values)
    kept = np.flatnonzero(seen.any(axis=0))
    begun = np.maximum.accumulate(seen[:, kept], axis=0).T
    shape = begun.shape
    ids = np.array([layout.values[i].name for i in kept], dtype=object)
    spread = _Rows(
        np.broadcast_to(rows.number, shape)[begun],
        np.broadcast_to(np.arange(len(kept))[:, None], shape)[begun],
        np.broadcast_to(rows.stamp, shape)[begun],
        np.column_stack(
            [
                values[:, kept].T[begun],
                *(np.broadcast_to(column, shape)[begun] for column in beside.T),
            ]
        ),
    )
    return ids, spread


def _by_part_of_year(
    table: Table, layout: Layout, rows: _Rows, years: np.ndarray
) -> tuple[_Rows, np.ndarray]:
    """One row per year becomes one row per month (or quarter), from the first value of each series
    to the last."""
    wrong = (years < 1000) | (years > 2999)
    if wrong.any():
        row = int(rows.number[wrong.argmax()]) + table.first_row
        raise Refusal(
            f"Row {row} of {table.label} holds {years[wrong.argmax()]} as its year. Correct it: "
            "years have four digits."
        )
    times, parts = months_of_years(years, len(layout.values)), len(layout.values)
    number, series, stamp = (np.repeat(each, parts) for each in rows[:3])
    flat = _Rows(number, series, stamp, rows.values.reshape(-1, 1))
    stamps, seen = times.ravel(), ~np.isnan(rows.values.ravel())
    first, last = np.full((2, int(rows.series.max()) + 1), stamps.min())
    first[:] = stamps.max()
    np.minimum.at(first, flat.series[seen], stamps[seen])
    np.maximum.at(last, flat.series[seen], stamps[seen])
    inside = (stamps >= first[flat.series]) & (stamps <= last[flat.series])
    return _Rows(*(each[inside] for each in flat)), stamps[inside]


def _counted(series: np.ndarray) -> np.ndarray:
    """0, 1, 2, ... within each series, in the order of the rows."""
    order = np.argsort(series, kind="stable")
    starts = (
        np.concatenate([[0], np.flatnonzero(np.diff(series[order])) + 1])
        if len(series)
        else np.array([0])
    )
    place = np.arange(len(series)) - np.repeat(starts, np.diff(np.append(starts, len(series))))
    times = np.empty(len(series), dtype=np.int64)
    times[order] = place
    return times


def _refuse_unnamed(table: Table, layout: Layout, rows: _Rows, values: np.ndarray) -> None:
    for part, columns, what in (
        (rows.series, layout.ids, "id"),
        (rows.stamp, (layout.time,) if layout.time else (), "stamp"),
    ):
        if columns and (part < 0).any():
            refuse_total(table, layout, values)
            row = int(rows.number[(part < 0).argmax()]) + table.first_row
            names = ", ".join(f"'{c.name}'" for c in columns if c)
            raise Refusal(
                f"Row {row} of {table.label} has no {what}: its cell in {names} is empty. Fill it "
                "in, or remove the row."
            )


def _refuse_twice(
    table: Table, layout: Layout, rows: _Rows, times: np.ndarray, ids: np.ndarray
) -> None:
    """Raise an error for two rows of one series at the same time; the message has their row numbers
    and the most likely remedy."""
    twice = (times[1:] == times[:-1]) & (rows.series[1:] == rows.series[:-1])
    if not twice.any():
        return
    at = int(twice.argmax())
    first, second = sorted(int(n) + table.first_row for n in rows.number[at : at + 2])
    where = f"rows {first} and {second} of {table.label}"
    if not layout.ids and twice.sum() > 0.3 * len(times):
        raise Refusal(
            f"Stamps repeat ({format_stamp(times[at])} in {where}), so the table holds several "
            "series, or its time in two columns. "
            "Say which column names the series: `id='...'`; a query can join two columns to one "
            "stamp."
        )
    if times.dtype.kind == "M" and clock_change(times[1:][twice]):
        raise Refusal(
            f"Series '{ids[rows.series[at]]}' holds {format_stamp(times[at])} twice, in {where}: "
            "it looks like the hour that a clock change repeats. Say the time zone, such as "
            "`zone='Europe/Berlin'`."
        )
    stamp = format_stamp(times[at])
    said = f"Series '{ids[rows.series[at]]}' has more than one row at {stamp}: {where}"
    beside = _more_ids(table, layout) if layout.shape == "long" and layout.time else None
    if beside is not None:
        names = " and ".join(f"'{column.name}'" for column in (*layout.ids, beside))
        raise Refusal(
            f"{said}, which differ in '{beside.name}'. If {names} name a series together, give both"
            " as `id`; else add the rows up first (a query with `sum(...) group by` does it)."
        )
    raise Refusal(
        f"{said}. "
        "Keep one row a stamp: remove the copy, or add the rows up first (a query with `sum(...) "
        "group by` does it)."
    )


def _more_ids(table: Table, layout: Layout) -> Column | None:
    """A column of text with few distinct cells that would make every row unique, together with
    series and time; None if there is none."""
    assert layout.time is not None
    keys = [*(column.key for column in layout.ids), layout.time.key]
    for column in layout.unused(table.columns):
        if not column.text:
            continue
        together = ", ".join([*keys, column.key])
        rows, cells = table.rows(f"SELECT count(*), count(DISTINCT {column.key}) FROM raw")[0]
        alike = f"SELECT 1 FROM raw GROUP BY {together} HAVING count(*) > 1 LIMIT 1"
        if 1 < cells <= rows / 3 and not table.rows(alike):
            return column
    return None


def _refuse_empty(panel: Panel) -> None:
    seen = np.add.reduceat(
        (~np.isnan(panel.values)).any(axis=1), panel.offsets[:-1], dtype=np.int64
    )
    if (seen == 0).any():
        listed = [f"'{i}'" for i in panel.ids[seen == 0]]
        more = f" and {len(listed) - 5} more" if len(listed) > 5 else ""
        raise Refusal(
            f"No value at all in series {', '.join(listed[:5])}{more}. Fill them in, or leave "
            "these series out."
        )
