"""The timestamp of every row as a whole number, in SQL: microseconds since 1970, or the number
itself."""

import numpy as np

from ..._check import Refusal
from ..dates import Stamps, instants_of, parse_numeric_stamps, parse_stamps
from ..files import Column, ReadOptions, Table, run

MOST = 20_000_000
"""The largest number of distinct timestamps that are not of a date type; they are parsed in
memory."""


class Moments:
    """SQL of the timestamp of a row of `raw` (NULL if there is none), whether it is a date, and the
    time zone; `join` follows FROM."""

    def __init__(self, sql: str, dated: bool, zone: str | None = None, join: str = "") -> None:
        self.sql, self.dated, self.zone, self.join = sql, dated, zone, join


def moments_of(table: Table, column: Column, options: ReadOptions) -> Moments:
    """The timestamps of a column: unchanged if of a date type; numbers and text in the format that
    fits all distinct ones."""
    if column.type.startswith(("DATE", "TIMESTAMP")):
        zone = table.zones.get(column.name)
        value = f"{column.key} AT TIME ZONE 'UTC'" if zone else column.key
        sql = f"epoch_us(CAST({value} AS TIMESTAMP))"
        return Moments(f"CASE WHEN isfinite({column.key}) THEN {sql} END", True, zone)
    reading = _reading(table, column, options)
    codes = np.arange(len(reading.wall))
    times, zone, _ = instants_of(reading, codes, codes, options)
    dated = times.dtype.kind == "M"
    numbers = times.astype("M8[us]").astype(np.int64) if dated else times.astype(np.int64)
    table.connection.register("numbered", {"code": codes, "moment": numbers})
    run(
        table.connection,
        "CREATE TEMP TABLE moments AS SELECT cell, moment FROM stamps JOIN numbered USING (code)",
    )
    return Moments("moment", dated, zone, f"LEFT JOIN moments ON cell = {column.key}")


def _reading(table: Table, column: Column, options: ReadOptions) -> Stamps:
    """The format of the distinct timestamps, in the table `stamps(code, cell, t)`."""
    t, held = ("trim(cell)", "trim(cell) <> ''") if column.text else ("cell", "cell IS NOT NULL")
    for statement in (
        "CREATE TEMP VIEW used AS SELECT *, row_number() OVER () - 1 AS rowid FROM raw",
        f"CREATE TEMP TABLE stamps AS SELECT cell, {t} AS t, row_number() OVER (ORDER BY cell) - 1 "
        f"AS code FROM (SELECT DISTINCT {column.key} AS cell FROM raw LIMIT {MOST}) WHERE {held}",
    ):
        run(table.connection, statement)
    count = table.rows("SELECT count(*) FROM stamps")[0][0]
    if not 0 < count < MOST:
        held_there = "is empty" if not count else f"holds {MOST:,} distinct texts or more"
        raise Refusal(
            f"The time column '{column.name}' of {table.label} {held_there}. Convert it to dates."
        )
    if not column.text:
        numbers = table.arrays("SELECT CAST(t AS DOUBLE) AS s FROM stamps ORDER BY code")["s"]
        return parse_numeric_stamps(table, column, np.ma.getdata(numbers), options)
    readings = parse_stamps(table, column, options)
    if any((each.wall != readings[0].wall).any() for each in readings[1:]):
        example = table.rows("SELECT t FROM stamps ORDER BY code LIMIT 2")[-1][0]
        raise Refusal(
            f"Dates such as {example!r} in column '{column.name}' of {table.label} make sense in "
            "several ways. Say which: `day_first=True` or `day_first=False`, or convert them."
        )
    return readings[0]
