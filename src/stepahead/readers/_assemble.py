"""From a table whose columns have their roles to a `Panel`, and what had to be understood on the way."""

import datetime
import re
import zoneinfo
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from .._check import Refusal
from ..data import Frequency, Panel, infer_frequency
from ..data._frequency import say
from ..data._grids import SECOND, day_of_month, month_number, weekday
from ..data._long import order_of_rows, panel_from_codes
from ..data._zones import to_instants
from ._engine import Column, Table, run
from ._numbers import understand_numbers
from ._roles import Layout
from ._stamps import DAY_FIRST, Stamps, numeric_stamps, understand_text

_MANY = 8
"""Value columns above which cells are understood in one column, for the engine's sake."""


class Wishes(NamedTuple):
    """What the user said about time: the frequency, the zone, and how dates such as 01/02/2024 are meant."""

    frequency: str | Frequency | None = None
    zone: str | None = None
    day_first: bool | None = None


class _Rows(NamedTuple):
    """The rows that hold something: their number in the table, series code, stamp code (-1: none) and values."""

    number: np.ndarray
    series: np.ndarray
    stamp: np.ndarray
    values: np.ndarray


class Assembled(NamedTuple):
    """The panel and the notes of how it came about."""

    panel: Panel
    notes: tuple[str, ...]


def assemble(table: Table, layout: Layout, wishes: Wishes) -> Assembled:
    """Make the panel that `layout` describes."""
    used = dict.fromkeys([*layout.ids, *([layout.time] if layout.time else []), *layout.values])
    run(table.connection, f"CREATE TEMP TABLE used AS SELECT {', '.join(c.key for c in used)} FROM raw")
    values, notes = _numbers(table, layout)
    if layout.shape == "rows":
        return _one_series_a_row(table, layout, wishes, values, notes)
    ids = _series(table, layout)
    readings = _stamps(table, layout, wishes)
    rows = _fetch(table, layout, values)
    if layout.shape == "wide":
        ids, rows = _spread(layout, rows)
    if not len(rows.number):
        raise Refusal(f"{table.label} holds no rows with a value. Fill in the value column, or choose another one as `target`.")
    _refuse_unnamed(table, layout, rows)
    if readings is None:
        times, zone = _counted(rows.series), None
        picked = Stamps(times)
    else:
        picked = _pick(readings, rows, table, layout)
        times, zone, said = _instants(picked, rows, wishes, table, layout)
        notes.extend(said)
    notes.extend(picked.notes)
    order = order_of_rows(rows.series, times)
    if order is not None:
        notes.append("rows were not in the order of time; sorted")
        rows, times = _Rows(*(part[order] for part in rows)), times[order]
    _refuse_twice(table, layout, rows, times, ids)
    names = [c.name for c in layout.values] if layout.shape == "long" else ["y"]
    frequency = _wished_frequency(wishes, rows.series, times, zone)
    panel = panel_from_codes(rows.series, ids, times, rows.values, names, frequency, zone)
    _refuse_empty(panel)
    return Assembled(panel, (*notes, *_skipped_hour(panel)))


def _skipped_hour(panel: Panel) -> tuple[str, ...]:
    """A note when an hourly or finer panel without a zone lacks an hour as the clocks go forward: only the user knows the place."""
    step = getattr(panel.frequency.grid, "step", 0)
    if panel.frequency.zone or not panel.frequency.dated or step > 3600 * SECOND or not panel.missing:
        return ()
    gone = panel.times[np.isnan(panel.values).all(axis=1)]
    day, hour = day_of_month(gone), (gone - gone.astype("M8[D]")).astype("m8[h]").astype(int)
    forward = (weekday(gone) == 6) & (month_number(gone) % 12 == 2) & (hour >= 1) & (hour <= 3) & ((day >= 25) | ((day >= 8) & (day <= 14)))
    if not forward.any():
        return ()
    return (f"{say(gone[forward][0])} looks like the hour that a clock change skips; `zone` would make it no gap",)


def _series(table: Table, layout: Layout) -> np.ndarray:
    """Make the engine's table `series(cell, code)` of distinct ids by first appearance; return the ids."""
    if not layout.ids:
        return np.array([layout.values[0].name if len(layout.values) == 1 else "series"], dtype=object)
    cell = _id_cell(layout)
    run(
        table.connection,
        f"CREATE TEMP TABLE series AS SELECT cell, row_number() OVER (ORDER BY first) - 1 AS code "
        f"FROM (SELECT {cell} AS cell, min(rowid) AS first FROM used GROUP BY 1) WHERE trim(cell) <> ''",
    )
    ids = np.array([c for (c,) in table.rows("SELECT cell FROM series ORDER BY code")], dtype=object)
    seen: dict[str, str] = {}
    for name in ids:
        bare = name.strip()
        other = seen.setdefault(bare.removesuffix(".0") if re.fullmatch(r"\d+\.0", bare) else bare, name)
        if other != name:
            raise Refusal(
                f"The ids {other!r} and {name!r} differ only by spaces or by how a number is written. "
                "Write them one way if they are one series."
            )
    return ids


def _id_cell(layout: Layout) -> str:
    """SQL of a row's id as text; NULL when a part of it is empty."""
    parts = [
        f"CASE WHEN {c.key} = floor({c.key}) THEN CAST(CAST({c.key} AS HUGEINT) AS VARCHAR) ELSE CAST({c.key} AS VARCHAR) END"
        if c.type in ("DOUBLE", "FLOAT")
        else f"CAST({c.key} AS VARCHAR)"
        for c in layout.ids
    ]
    return " || '/' || ".join(f"({part})" for part in parts)


def _stamps(table: Table, layout: Layout, wishes: Wishes) -> list[Stamps] | None:
    """Make the engine's table `stamps(code, cell, t)` of the distinct stamps, trimmed; return the readings that fit them all."""
    column = layout.time
    if column is None:
        return None
    t, held = ("trim(cell)", "trim(cell) <> ''") if column.text else ("cell", "cell IS NOT NULL")
    run(
        table.connection,
        f"CREATE TEMP TABLE stamps AS SELECT cell, {t} AS t, row_number() OVER (ORDER BY first) - 1 AS code "
        f"FROM (SELECT {column.key} AS cell, min(rowid) AS first FROM used GROUP BY 1) WHERE {held}",
    )
    count = table.rows("SELECT count(*) FROM stamps")[0][0]
    if not count:
        raise Refusal(f"The time column '{column.name}' of {table.label} is empty. Fill it in, or choose another column as `time`.")
    if column.text:
        return understand_text(table, column, wishes.day_first)
    if column.type.startswith(("DATE", "TIMESTAMP")):
        zoned = "TIME ZONE" in column.type
        value = "t AT TIME ZONE 'UTC'" if zoned else "t"
        stamps = table.arrays(f"SELECT CAST({value} AS TIMESTAMP) AS s FROM stamps ORDER BY code")["s"]
        if np.isnat(np.ma.getdata(stamps)).any():
            raise Refusal(f"The time column '{column.name}' of {table.label} holds an infinite date. Correct it.")
        wall = np.ma.getdata(stamps).astype("M8[us]")
        zone = table.zones.get(column.name)
        return [Stamps(wall, wall if zone else None, (zone,) if zone else ())]
    numbers = table.arrays("SELECT CAST(t AS DOUBLE) AS s FROM stamps ORDER BY code")["s"]
    return [numeric_stamps(table, column, np.ma.getdata(numbers))]


def _numbers(table: Table, layout: Layout) -> tuple[np.ndarray, list[str]]:
    """The values of every row of `used`, `[row, column]`, NaN where missing; and what is worth saying of how they are written."""
    columns = layout.values
    if len(columns) > _MANY and all(c.text for c in columns):
        places = {c.key: i for i, c in enumerate(table.columns)}
        listed = ", ".join(c.key for c in columns)
        numbered = ", ".join(str(places[c.key]) for c in columns)
        run(
            table.connection,
            "CREATE TEMP TABLE cells AS SELECT * FROM "
            f"(SELECT rowid AS r, unnest([{numbered}]) AS place, unnest([{listed}]) AS v FROM used) WHERE v IS NOT NULL AND v <> ''",
        )
        sql, notes = understand_numbers(table, [Column("v", "place")], "cells", "r")
        got = table.arrays(f"SELECT r, place, {sql['v']} AS v FROM cells")
        values = np.full((table.rows("SELECT count(*) FROM used")[0][0], len(table.columns)), np.nan)
        values[np.ma.getdata(got["r"]), np.ma.getdata(got["place"])] = np.ma.filled(got["v"], np.nan)
        return values[:, [places[c.key] for c in columns]], notes
    sql, notes = understand_numbers(table, columns)
    got = table.arrays(f"SELECT rowid AS r, {', '.join(f'{sql[c.key]} AS v{n}' for n, c in enumerate(columns))} FROM used")
    values = np.empty((len(got["r"]), len(columns)))
    for n in range(len(columns)):
        values[:, n] = np.ma.filled(got[f"v{n}"].astype(np.float64), np.nan)
    rows = np.ma.getdata(got["r"])
    return (values[np.argsort(rows)] if (rows[1:] < rows[:-1]).any() else values), notes


def _fetch(table: Table, layout: Layout, values: np.ndarray) -> _Rows:
    """Every row that holds a stamp or a value, in the order of the source."""
    join_series = f"LEFT JOIN series i ON i.cell = {_id_cell(layout)}" if layout.ids else ""
    join_stamps = f"LEFT JOIN stamps s ON s.cell = u.{layout.time.key}" if layout.time else ""
    got = table.arrays(
        f"SELECT u.rowid AS r, {'coalesce(i.code, -1)' if layout.ids else '0'} AS i, "
        f"{'coalesce(s.code, -1)' if layout.time else '-1'} AS s FROM used u {join_series} {join_stamps}"
    )
    number, series, stamp = (np.ma.getdata(got[part]).astype(np.int64) for part in "ris")
    if (number[1:] < number[:-1]).any():
        order = np.argsort(number)
        number, series, stamp = number[order], series[order], stamp[order]
    rows = _Rows(number, series, stamp, values)
    blank = np.isnan(rows.values).all(axis=1) & (rows.stamp < 0)
    return _Rows(*(part[~blank] for part in rows)) if blank.any() else rows


def _spread(layout: Layout, rows: _Rows) -> tuple[np.ndarray, _Rows]:
    """One column a series becomes one row an observation; a series begins at its first value, and one without any is left out."""
    seen = ~np.isnan(rows.values)
    kept = np.flatnonzero(seen.any(axis=0))
    begun = np.maximum.accumulate(seen[:, kept], axis=0).T
    shape = begun.shape
    ids = np.array([layout.values[i].name for i in kept], dtype=object)
    spread = _Rows(
        np.broadcast_to(rows.number, shape)[begun],
        np.broadcast_to(np.arange(len(kept))[:, None], shape)[begun],
        np.broadcast_to(rows.stamp, shape)[begun],
        rows.values[:, kept].T[begun][:, None],
    )
    return ids, spread


def _counted(series: np.ndarray) -> np.ndarray:
    """0, 1, 2, ... within each series, in the order of the rows."""
    order = np.argsort(series, kind="stable")
    starts = np.concatenate([[0], np.flatnonzero(np.diff(series[order])) + 1]) if len(series) else np.array([0])
    place = np.arange(len(series)) - np.repeat(starts, np.diff(np.append(starts, len(series))))
    times = np.empty(len(series), dtype=np.int64)
    times[order] = place
    return times


def _refuse_unnamed(table: Table, layout: Layout, rows: _Rows) -> None:
    for part, columns, what in ((rows.series, layout.ids, "id"), (rows.stamp, (layout.time,) if layout.time else (), "stamp")):
        if columns and (part < 0).any():
            row = int(rows.number[(part < 0).argmax()]) + table.first_row
            names = ", ".join(f"'{c.name}'" for c in columns if c)
            raise Refusal(f"Row {row} of {table.label} has no {what}: its cell in {names} is empty. Fill it in, or remove the row.")


def _pick(readings: list[Stamps], rows: _Rows, table: Table, layout: Layout) -> Stamps:
    """The one reading, or of several (day first, month first) the one that makes a regular index."""
    if len(readings) == 1 or all((r.wall == readings[0].wall).all() for r in readings):
        return readings[0] if len(readings) == 1 else replace(readings[0], notes=())
    full = [_fullness(rows.series, r.wall[rows.stamp]) for r in readings]
    best = int(np.argmax(full))
    if full[best] > 2 * max(share for place, share in enumerate(full) if place != best):
        return readings[best]
    ascending = [r for r in readings if order_of_rows(rows.series, r.wall[rows.stamp]) is None]
    if len(ascending) == 1:
        return ascending[0]
    if table.european and DAY_FIRST.name in readings[0].notes:
        return readings[0]
    assert layout.time is not None
    example = table.rows("SELECT t FROM stamps ORDER BY code LIMIT 2")[-1][0]
    raise Refusal(
        f"Dates such as {example!r} in column '{layout.time.name}' of {table.label} make sense day first and month first. "
        "Say which: `day_first=True` or `day_first=False`."
    )


def _fullness(series: np.ndarray, times: np.ndarray) -> float:
    """The share of the grid that these stamps fill; 0 where they follow no single frequency."""
    order = np.lexsort((times, series))
    codes, stamps = series[order], times[order]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(codes)) + 1, [len(codes)]])
    try:
        frequency = infer_frequency(stamps, starts)
    except Refusal:
        return 0.0
    steps = frequency.position(stamps[starts[:-1]], stamps[starts[1:] - 1]) + 1
    return float(len(times) / steps.sum())


def _instants(picked: Stamps, rows: _Rows, wishes: Wishes, table: Table, layout: Layout) -> tuple[np.ndarray, str | None, list[str]]:
    """The stamp of every row, its zone, and what is worth saying about it."""
    zone = _checked_zone(wishes.zone)
    if picked.wall.dtype.kind != "M":
        return picked.wall[rows.stamp], None, []
    if picked.instants is not None:
        zone, said = (zone, []) if zone else _zone_of(picked)
        stamps = picked.wall if zone is None else picked.instants
        return stamps[rows.stamp], zone, said
    wall = picked.wall[rows.stamp]
    return (wall, None, []) if zone is None else (_localised(wall, rows.series, zone), zone, [f"stamps read as clock time in {zone}"])


def _checked_zone(zone: str | None) -> str | None:
    if zone is None or re.fullmatch(r"[+-]\d\d:\d\d", zone):
        return zone
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise Refusal(f"`zone` must be a time zone such as 'Europe/Berlin' or '+01:00', but it is {zone!r}.") from None
    return zone


def _zone_of(picked: Stamps) -> tuple[str | None, list[str]]:
    offsets = {"UTC" if o in ("Z", "UTC", "GMT", "+00", "+0000", "+00:00") else o for o in picked.offsets}
    if len(offsets) == 1:
        only = offsets.pop()
        digits = only[1:].replace(":", "") if only[0] in "+-" else ""
        return (f"{only[0]}{digits[:2]}:{digits[2:] or '00'}" if digits else only), []
    clock = picked.wall - picked.wall.astype("M8[D]")
    if (clock == clock[0]).all():
        return None, ["stamps are days of a zone with summer time; kept as its clock shows them"]
    return "UTC", [f"offsets from UTC change ({', '.join(sorted(offsets))}); stamps kept in UTC, `zone` gives them a place"]


def _localised(wall: np.ndarray, series: np.ndarray, zone: str) -> np.ndarray:
    """Clock time to instants; of a stamp that a series holds twice in the repeated hour, the second is an hour later."""
    instants = to_instants(wall, zone)
    order = np.lexsort((wall, series))
    twice = np.zeros(len(wall), dtype=bool)
    twice[order[1:]] = (wall[order[1:]] == wall[order[:-1]]) & (series[order[1:]] == series[order[:-1]])
    if not twice.any():
        return instants
    import pandas as pd

    later = pd.DatetimeIndex(wall[twice]).tz_localize(zone, ambiguous=np.zeros(int(twice.sum()), dtype=bool), nonexistent="shift_forward")
    instants[twice] = later.tz_convert("UTC").tz_localize(None).to_numpy().astype("M8[us]")
    return instants


def _refuse_twice(table: Table, layout: Layout, rows: _Rows, times: np.ndarray, ids: np.ndarray) -> None:
    """Refuse two rows of one series at one stamp, with their rows and the likeliest remedy."""
    twice = (times[1:] == times[:-1]) & (rows.series[1:] == rows.series[:-1])
    if not twice.any():
        return
    at = int(twice.argmax())
    first, second = sorted(int(n) + table.first_row for n in rows.number[at : at + 2])
    where = f"rows {first} and {second} of {table.label}"
    if not layout.ids and twice.sum() > 0.3 * len(times):
        raise Refusal(
            f"Stamps repeat ({say(times[at])} in {where}), so the table holds several series, or its time in two columns. "
            "Say which column names the series: `id='...'`; a query can join two columns to one stamp."
        )
    if times.dtype.kind == "M" and _clock_change(times[1:][twice]):
        raise Refusal(
            f"Series '{ids[rows.series[at]]}' holds {say(times[at])} twice, in {where}: "
            "it looks like the hour that a clock change repeats. Say the time zone, such as `zone='Europe/Berlin'`."
        )
    raise Refusal(
        f"Series '{ids[rows.series[at]]}' has more than one row at {say(times[at])}: {where}. "
        "Keep one row a stamp: remove the copy, or add the rows up first (a query with `sum(...) group by` does it)."
    )


def _clock_change(stamps: np.ndarray) -> bool:
    """True when all these stamps lie in the small hours of Sundays of the months in which clocks go back."""
    days = stamps.astype("M8[D]").astype(datetime.date)
    hours = (stamps - stamps.astype("M8[D]")).astype("m8[h]").astype(int)
    return (
        all(d.weekday() == 6 and d.month in (3, 4, 9, 10, 11) for d in days[:100])
        and bool((hours < 4).all())
        and bool((hours[:1] >= 0).all() and (hours.max() > 0))
    )


def _wished_frequency(wishes: Wishes, series: np.ndarray, times: np.ndarray, zone: str | None) -> Frequency | None:
    """The frequency that the user gave; a calendar one for stamps without dates lends its season only."""
    if wishes.frequency is None:
        return None
    wished = Frequency.parse(wishes.frequency, zone)
    if times.dtype.kind == "M" or not wished.dated:
        return wished
    codes = np.concatenate([[0], np.flatnonzero(np.diff(series)) + 1, [len(times)]])
    step = int(infer_frequency(times, codes).name) if (np.diff(codes) > 1).any() else 1
    return Frequency.integer(step, wished.season)


def _refuse_empty(panel: Panel) -> None:
    seen = np.add.reduceat((~np.isnan(panel.values)).any(axis=1), panel.offsets[:-1], dtype=np.int64)
    if (seen == 0).any():
        listed = [f"'{i}'" for i in panel.ids[seen == 0]]
        more = f" and {len(listed) - 5} more" if len(listed) > 5 else ""
        raise Refusal(f"No value at all in series {', '.join(listed[:5])}{more}. Fill them in, or leave these series out.")


def _one_series_a_row(table: Table, layout: Layout, wishes: Wishes, values: np.ndarray, notes: list[str]) -> Assembled:
    """Each row is a series: leading and trailing blanks are cut, a blank between values is a missing step."""
    names = [row[0] for row in table.rows(f"SELECT {_id_cell(layout)} FROM used ORDER BY rowid")]
    filled = np.array([name is not None for name in names]) | ~np.isnan(values).all(axis=1)
    values, names = values[filled], [name for name, keep in zip(names, filled, strict=True) if keep]
    numbered: dict[str, int] = {}
    for row, name in enumerate(names):
        if name is None:
            raise Refusal(f"Row {row + table.first_row} of {table.label} has no id. Fill it in, or remove the row.")
        if numbered.setdefault(name, row) != row:
            raise Refusal(
                f"Series '{name}' stands in rows {numbered[name] + table.first_row} and {row + table.first_row} of {table.label}. "
                "Name each series once."
            )
    seen = ~np.isnan(values)
    if not names or not seen.any(axis=1).all():
        empty = [f"'{n}'" for n, s in zip(names, seen.any(axis=1), strict=True) if not s][:5]
        raise Refusal(f"No value at all in series {', '.join(empty) or 'of this table'}. Fill them in, or leave these series out.")
    inside = np.maximum.accumulate(seen, axis=1) & np.maximum.accumulate(seen[:, ::-1], axis=1)[:, ::-1]
    series, place = np.nonzero(inside)
    headers = [c.name for c in layout.values]
    times, said = _header_times(table, headers)
    notes.extend(said)
    frequency: Frequency | None
    if times is None:
        stamps = place - np.argmax(inside, axis=1)[series] + 1
        wished = Frequency.parse(wishes.frequency) if wishes.frequency is not None else _named_season(table)
        frequency = Frequency.integer(1, wished.season) if wished else Frequency.integer()
        if wished and wished.season > 1:
            notes.append(f"season {wished.season} {'as given' if wishes.frequency is not None else 'by the name of the file'}")
    else:
        stamps = times[place]
        frequency = _wished_frequency(wishes, series, stamps, None)
    panel = panel_from_codes(series, np.array(names, dtype=object), stamps, values[inside], ["y"], frequency)
    return Assembled(panel, tuple(notes))


def _header_times(table: Table, headers: Sequence[str]) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """The stamps that column names hold, where they are dates or years."""
    if all(re.fullmatch(r"[12]\d{3}", h) for h in headers):
        return np.array([int(h) for h in headers]), ()
    if not all(re.search(r"\d{4}", h) and not re.fullmatch(r"[A-Za-z_ ]*\d+", h) for h in headers):
        return None, ()
    listed = ", ".join(f"({place}, '{name}')" for place, name in enumerate(h.replace("'", "''") for h in headers))
    run(table.connection, f"CREATE TEMP TABLE stamps AS SELECT * FROM (VALUES {listed}) AS stamps(code, t)")
    readings = understand_text(table, table.columns[0], None)
    return readings[0].wall, readings[0].notes


def _named_season(table: Table) -> Frequency | None:
    """Monthly for a file called M3-Monthly-train, and so on."""
    found = re.search(r"(?<![a-z])(yearly|quarterly|monthly|weekly|daily|hourly)(?![a-z])", table.stem.lower())
    return Frequency.parse(found[1]) if found else None
