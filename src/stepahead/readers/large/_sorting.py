"""Rows of Parquet files sorted by series and time, by the engine, which spills to the disk."""

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
from ..files import Layout, ReadOptions, Table, engine, first_line, quoted, run
from ..tables import id_cell
from ._moments import Moments, moments_of
from ._source import layout_of, table_of_parquet

MEMORY, THREADS = 128, 8
"""Megabytes that each thread of a sort may use before it spills, and threads, at most: so memory
does not grow with the data, nor with the cores of a large machine."""

LOOKING = "256MB"
"""Memory of a look at the list of series."""

ROWS, SERIES = "rows.parquet", "series.parquet"
"""The files of a sorted folder: rows (series, moment, v0, v1, ...), and the id of every series."""


@dataclass(frozen=True)
class Sorted:
    """The outcome of sorting: label and columns of the source, whether stamps are dates, their
    zone, the names of the channels, and the number of rows."""

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
) -> Sorted:
    """Sort the rows of Parquet files into `folder`, by id and time; `read_rows` reads them again,
    some series at a time.

    Series are numbered in the order of their ids. Refused: rows without an id or a stamp, ids that
    differ by spaces alone.
    """
    threads = min(THREADS, max(2, os.cpu_count() or 1))
    with engine(f"{MEMORY * threads}MB", threads, folder) as connection:
        table = table_of_parquet(connection, source)
        layout = layout_of(table, id, time, target)
        assert layout.time is not None  # or the layout was refused
        moments = moments_of(table, layout.time, options or ReadOptions())
        _number_series(table, layout, moments)
        rows = _write(table, layout, moments, folder)
    columns = (*layout.ids, layout.time, *layout.values)
    names = tuple(column.name for column in layout.values)
    if len(names) == 1:
        names = ("y",) if names[0].lower() == "y" else names
    told = ", ".join(f"'{column.name}'" for column in columns)
    return Sorted(table.label, told, moments.dated, moments.zone, names, rows)


def _number_series(table: Table, layout: Layout, moments: Moments) -> None:
    """Make the engine's tables `observations(id, moment, v0, ...)`, a view, and `series(series, id,
    steps, first, last)`."""
    name = quoted(layout.values[0].name if len(layout.values) == 1 else "series")
    cell = id_cell(layout) if layout.ids else name
    values = ", ".join(
        f"CAST({column.key} AS DOUBLE) AS v{place}" for place, column in enumerate(layout.values)
    )
    blank = " AND ".join(f"{column.key} IS NULL" for column in layout.values)
    run(
        table.connection,
        f"CREATE VIEW observations AS SELECT {cell} AS id, {moments.sql} AS moment, {values} "
        f"FROM raw {moments.join} WHERE NOT ({moments.sql} IS NULL AND {blank})",
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
        "CREATE TEMP TABLE series AS SELECT CAST(row_number() OVER (ORDER BY id) - 1 AS INTEGER) "
        "AS series, id, steps, first, last FROM (SELECT id, count(*) AS steps, min(moment) AS "
        "first, max(moment) AS last FROM observations GROUP BY id)",
    )
    _refuse_alike(table)


def _refuse_alike(table: Table) -> None:
    """Refuse ids that differ by spaces, or by how a number is written."""
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


def _write(table: Table, layout: Layout, moments: Moments, folder: Path) -> int:
    """Write the two files; the number of rows."""
    values = ", ".join(f"v{place}" for place in range(len(layout.values)))
    queries = {
        SERIES: "SELECT * FROM series ORDER BY series",
        ROWS: f"SELECT series, moment, {values} FROM observations JOIN series USING (id) ORDER BY "
        "series, moment",
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
    """The number of rows of every series, and its first and last moment."""

    steps: Int[np.ndarray, " series"]
    first: Int[np.ndarray, " series"]
    last: Int[np.ndarray, " series"]


def spans_of_series(folder: Path) -> Spans:
    """The spans of all series of a sorted folder, in their order."""
    with engine(LOOKING, threads=1) as connection:
        path = quoted(str(folder / SERIES))
        found = run(
            connection, f"SELECT steps, first, last FROM read_parquet({path}) ORDER BY series"
        ).fetchnumpy()
    return Spans(*(np.ma.getdata(found[name]).astype(np.int64) for name in Spans._fields))


def ids_of_series(folder: Path, numbers: np.ndarray) -> np.ndarray:
    """The ids of the series of these numbers, which may come several times."""
    distinct, place = np.unique(numbers, return_inverse=True)
    with engine(LOOKING, threads=1) as connection:
        connection.register("wanted", {"series": distinct})
        path = quoted(str(folder / SERIES))
        found = run(
            connection,
            f"SELECT id FROM read_parquet({path}) JOIN wanted USING (series) ORDER BY series",
        ).fetchall()
    return np.array([name for (name,) in found], dtype=object)[place]
