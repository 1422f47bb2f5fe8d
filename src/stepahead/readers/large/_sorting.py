"""Rows of Parquet files sorted by series and time; the engine (DuckDB) spills to the disk."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
from jaxtyping import Int

from ..._check import Refusal
from ..._files import written_whole
from ..files import CovariateColumns, Layout, ReadOptions, Table, engine, first_line, quoted, run
from ..tables import holds, id_cell, spare_columns
from ._moments import Moments, moments_of
from ._source import files_of, layout_of, table_of_parquet

MEMORY, THREADS = 128, 8
"""Megabytes that each thread of a sort uses before it spills, and the largest number of threads. So
memory grows neither with the data nor with the number of cores."""

LOOKING = "256MB"
"""Memory for queries over the list of series."""

ROWS, SERIES = "rows.parquet", "series.parquet"
"""The files of the folder of sorted rows: rows (series, moment, v0, v1, ...), and the id of every
series."""


@dataclass(frozen=True)
class Sorted:
    """The result of sorting: label and columns of the source, whether the times are dates, their
    zone, the names of the channels (columns of covariates come after them), and the number of
    rows."""

    label: str
    columns: str
    dated: bool
    zone: str | None
    names: tuple[str, ...]
    rows: int


def sort_series(
    source: str | Path,
    folder: Path,
    id: str | Sequence[str] | None = None,  # noqa: A002 - as the column is called
    time: str | None = None,
    target: str | Sequence[str] | None = None,
    options: ReadOptions | None = None,
    covariates: CovariateColumns | None = None,
) -> Sorted:
    """Sort the rows of Parquet files (`source`) into `folder`, by id and time; `read_rows` then
    reads some series at a time. The columns and `options` are as in `read`.

    Series are numbered in the order of their ids. Rows without an id or a time are errors, as are
    ids that differ only by spaces.
    """
    threads = min(THREADS, max(2, os.cpu_count() or 1))
    with engine(f"{MEMORY * threads}MB", threads, folder) as connection:
        table = table_of_parquet(connection, source)
        beside = covariates or CovariateColumns()
        layout = layout_of(table, files_of(source), id, time, target, beside.names)
        assert layout.time is not None  # else the layout was an error
        moments = moments_of(table, layout.time, options or ReadOptions())
        left_out = _number_series(table, layout, moments, beside)
        rows = _write(table, layout, folder, "WHERE moment <= last" if left_out else "")
    columns = (*layout.ids, layout.time, *layout.values, *layout.covariates)
    names = tuple(column.name for column in layout.values)
    if len(names) == 1:
        names = ("y",) if names[0].lower() == "y" else names
    told = ", ".join(f"'{column.name}'" for column in columns)
    return Sorted(table.label, told, moments.dated, moments.zone, names, rows)


def _number_series(
    table: Table, layout: Layout, moments: Moments, beside: CovariateColumns
) -> bool:
    """Create the view `observations(id, moment, v0, ...)` and the table `series(series, id, steps,
    first, last)` in the engine. Rows of the future, with a known covariate and no value, come after
    the last value. So do rows whose only content is in a column without a role; these are left out,
    and the result is True if there are any."""
    name = quoted(layout.values[0].name if len(layout.values) == 1 else "series")
    cell = id_cell(layout) if layout.ids else name
    kept = (*layout.values, *layout.covariates)
    values = ", ".join(
        f"CAST({column.key} AS DOUBLE) AS v{place}" for place, column in enumerate(kept)
    )
    blank = " AND ".join(f"{column.key} IS NULL" for column in kept)
    spare = [] if beside.known else spare_columns(table, layout)
    more = " OR ".join(map(holds, spare)) or "false"
    run(
        table.connection,
        f"CREATE TEMP VIEW observations AS SELECT {cell} AS id, {moments.sql} AS moment, {values}, "
        f"{more} AS spare FROM raw {moments.join} WHERE NOT ({moments.sql} IS NULL AND {blank})",
    )
    unnamed, undated = table.rows(
        "SELECT count(*) FILTER (id IS NULL OR trim(id) = ''), count(*) FILTER (moment IS NULL) "
        "FROM observations"
    )[0]
    for count, what, columns in (
        (unnamed, "id", layout.ids),
        (undated, "stamp", (layout.time,)),
    ):
        if count:
            names = ", ".join(f"'{column.name}'" for column in columns if column)
            raise Refusal(
                f"{count:,} rows of {table.label} have no {what}: their cell in {names} is empty. "
                "Fill it in, or leave these rows out."
            )
    run(
        table.connection,
        "CREATE TEMP TABLE spans AS SELECT id, count(*) AS steps, min(moment) AS first, "
        f"max(moment) AS last, {_shown(layout, beside)} AS shown FROM observations GROUP BY id",
    )
    ends = "shown" if beside.known else "last"
    if spare and table.rows("SELECT count(*) FROM spans WHERE shown < last")[0][0]:
        run(
            table.connection,
            "CREATE TEMP TABLE ahead AS SELECT id FROM observations JOIN spans USING (id) WHERE "
            "moment > shown GROUP BY id HAVING 2 * count(*) FILTER (spare) > count(*)",
        )
        ends = "CASE WHEN id IN (SELECT id FROM ahead) THEN shown ELSE last END"
    run(
        table.connection,
        "CREATE TEMP TABLE series AS SELECT CAST(row_number() OVER (ORDER BY id) - 1 AS INTEGER) "
        f"AS series, id, steps, first, {ends} AS last FROM spans",
    )
    _refuse_alike(table)
    return not beside.known and ends != "last"


def _shown(layout: Layout, beside: CovariateColumns) -> str:
    """SQL of the last time at which a series has a value, or has none of the known covariates."""
    names = [column.name for column in (*layout.values, *layout.covariates)]
    known = " AND ".join(f"v{names.index(name)} IS NULL" for name in beside.known) or "false"
    seen = " OR ".join(f"v{place} IS NOT NULL" for place in range(len(layout.values)))
    past = f"max(moment) FILTER ({seen} OR ({known}))"
    return f"coalesce({past}, {'min' if beside.known else 'max'}(moment))"


def _refuse_alike(table: Table) -> None:
    """Raise an error for ids that differ by spaces, or by the notation of a number."""
    bare = r"CASE WHEN regexp_matches(trim(id), '^\d+\.0$') THEN trim(id)[:-3] ELSE trim(id) END"
    twice = table.rows(
        f"SELECT min(id), max(id) FROM series GROUP BY {bare} HAVING count(*) > 1 LIMIT 1"
    )
    if twice:
        one, other = twice[0]
        raise Refusal(
            f"The ids {one!r} and {other!r} differ only by spaces or by how a number is written. "
            "Write them one way if they are one series."
        )


def _write(table: Table, layout: Layout, folder: Path, which: str) -> int:
    """Write the two files; return the number of rows."""
    count = len(layout.values) + len(layout.covariates)
    values = ", ".join(f"v{place}" for place in range(count))
    queries = {
        SERIES: "SELECT * FROM series ORDER BY series",
        ROWS: f"SELECT series, moment, {values} FROM observations JOIN series USING (id) {which} "
        "ORDER BY series, moment",
    }
    for name, query in queries.items():
        with written_whole(folder / name) as beside:
            _copy(table.connection, query, beside)
    return int(table.rows("SELECT sum(steps) FROM series")[0][0])


def _copy(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    try:
        connection.execute(f"COPY ({query}) TO {quoted(str(path))} (FORMAT parquet)")
    except duckdb.Error as error:
        raise Refusal(
            f"The rows could not be sorted into '{path.parent}': {first_line(error).rstrip('.')}. "
            "Free some space there, check the files, or name another folder."
        ) from error


class Spans(NamedTuple):
    """The number of rows of every series, and its first and last time."""

    steps: Int[np.ndarray, " series"]
    first: Int[np.ndarray, " series"]
    last: Int[np.ndarray, " series"]


def spans_of_series(folder: Path) -> Spans:
    """The spans of all series of a folder of sorted rows, in their order."""
    with engine(LOOKING, threads=1) as connection:
        path = quoted(str(folder / SERIES))
        found = run(
            connection, f"SELECT steps, first, last FROM read_parquet({path}) ORDER BY series"
        ).fetchnumpy()
    return Spans(*(np.ma.getdata(found[name]).astype(np.int64) for name in Spans._fields))


def ids_of_series(folder: Path, numbers: np.ndarray) -> np.ndarray:
    """The ids of the series with these numbers, which can be repeated."""
    distinct, place = np.unique(numbers, return_inverse=True)
    with engine(LOOKING, threads=1) as connection:
        connection.register("wanted", {"series": distinct})
        path = quoted(str(folder / SERIES))
        found = run(
            connection,
            f"SELECT id FROM read_parquet({path}) JOIN wanted USING (series) ORDER BY series",
        ).fetchall()
    return np.array([name for (name,) in found], dtype=object)[place]
