"""From a path, a frame or a query to a `Table` in the engine."""

import datetime
import glob
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from ..._check import Refusal, counted
from ..files import (
    Column,
    Dialect,
    FileHead,
    Table,
    dialect,
    first_line,
    looks_like_stamp,
    quoted,
    read_workbook,
    readable,
    run,
    sniff,
)

_LABELS = 100
"""Number of labels of an index that are examined."""


def table_of_paths(
    connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], label: str
) -> Table:
    """A table of one file, or of several with the same columns."""
    heads = [sniff(path) for path in paths]
    kinds = {_kind(head) for head in heads}
    if len(kinds) > 1:
        raise Refusal(
            f"{label} names files of several kinds: {', '.join(sorted(kinds))}. Read one kind at a "
            "time."
        )
    listed = "[" + ", ".join(quoted(str(path)) for path in paths) + "]"
    stem = paths[0].name.split(".")[0] if len(paths) == 1 else ""
    if kinds == {"parquet"}:
        return scanned(connection, f"SELECT * FROM read_parquet({listed})", label, stem)
    if kinds == {"workbook"}:
        return _workbook(connection, paths, label, stem)
    if kinds == {"json"}:
        packed = quoted("gzip" if heads[0].compressed else "uncompressed")
        return scanned(
            connection,
            f"SELECT * FROM read_json({listed}, format='auto', compression={packed})",
            label,
            stem,
        )
    dialects = [dialect(head) for head in heads]
    for path, own in zip(paths, dialects, strict=True):
        if own.names != dialects[0].names or own.delimiter != dialects[0].delimiter:
            raise Refusal(
                f"'{path.name}' has other columns than '{paths[0].name}'. Read files with "
                "different columns apart."
            )
    return _csv(connection, heads, dialects, label, stem)


def _workbook(
    connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], label: str, stem: str
) -> Table:
    """A table from a sheet of a workbook."""
    import pandas as pd

    if len(paths) > 1:
        raise Refusal(f"{label} names {counted(len(paths), 'workbook')}. Read one at a time.")
    sheet = read_workbook(paths[0])
    frame = pd.DataFrame(dict(enumerate(sheet.columns)))
    table = table_of_frame(connection, frame.set_axis(sheet.names, axis=1))
    return replace(table, label=label, stem=stem, first_row=sheet.first_row, notes=sheet.notes)


def matching(pattern: str) -> list[Path]:
    """The files of a path or a glob; an error if there are none.

    >>> matching("nowhere/*.csv")
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: There is no file that matches 'nowhere/*.csv'. Check the folder and
    the name.
    """
    if Path(pattern).exists():
        return [Path(pattern)]
    names = glob.glob(pattern, recursive=True) if glob.has_magic(pattern) else []  # noqa: PTH207 - it may begin at the root
    found = [Path(name) for name in sorted(names)]
    if not found:
        near = "" if glob.has_magic(pattern) else _near(Path(pattern))
        raise Refusal(
            f"There is no file that matches '{pattern}'. Check the folder and the name.{near}"
        )
    return found


def _near(path: Path) -> str:
    import difflib

    try:
        close = difflib.get_close_matches(path.name, [p.name for p in path.parent.iterdir()], n=1)
    except OSError:
        return ""
    return f" Did you mean '{path.parent / close[0]}'?" if close else ""


def _kind(head: FileHead) -> str:
    if head.parquet or head.workbook:
        return "parquet" if head.parquet else "workbook"
    return (
        "json"
        if head.text.lstrip("\ufeff \t\r\n")[:2] in ("[{", "[\n", "[\r", "[ ")
        or head.text.lstrip("\ufeff \t\r\n")[:1] == "{"
        else "csv"
    )


def _csv(
    connection: duckdb.DuckDBPyConnection,
    heads: Sequence[FileHead],
    dialects: Sequence[Dialect],
    label: str,
    stem: str,
) -> Table:
    first_dialect = dialects[0]
    folder = Path(run(connection, "SELECT current_setting('temp_directory')").fetchall()[0][0])
    plain = [readable(head, folder) for head in heads]
    columns = tuple(Column(f"c{i}", name) for i, name in enumerate(_distinct(first_dialect.names)))
    types = "{" + ", ".join(f"{quoted(c.key)}: 'VARCHAR'" for c in columns) + "}"
    parts = [
        f"SELECT * FROM read_csv({quoted(str(path))}, auto_detect=false, header=false, "
        f"skip={f.skip}, delim={quoted(f.delimiter)}, "
        "quote='\"', escape='\"', null_padding=true, "
        f"compression={quoted('gzip' if head.compressed and path == head.path else 'none')}, "
        f"columns={types})"
        for path, head, f in zip(plain, heads, dialects, strict=True)
    ]
    run(connection, "CREATE TEMP VIEW raw AS " + " UNION ALL ".join(parts))
    notes = list(dict.fromkeys(note for f in dialects for note in f.notes))
    if first_dialect.delimiter == ";":
        notes.append("columns separated by semicolons")
    if any(head.encoding != "utf-8" for head in heads):
        notes.append(f"text read as {heads[0].encoding}")
    return Table(
        connection,
        columns,
        label,
        first_dialect.skip + 1,
        tuple(notes),
        european=first_dialect.delimiter == ";",
        stem=stem,
    )


def _distinct(names: Sequence[str]) -> list[str]:
    """Column names, with numbers added to repeated ones."""
    seen: dict[str, int] = {}
    named = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        named.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return named


def scanned(
    connection: duckdb.DuckDBPyConnection, query: str, label: str, stem: str = "", note: str = ""
) -> Table:
    """A table of a query's result, whose columns have types of their own. `label` names it in
    messages, `stem` is the file name without its extension, `note` is passed on to the reading."""
    try:
        described = connection.execute(f"DESCRIBE {query}").fetchall()
    except duckdb.Error as error:
        complaint = first_line(error).rstrip(".")
        raise Refusal(
            f"{label} could not be read: {complaint}. Check that it is complete and of the "
            "kind that it seems."
        ) from error
    columns = tuple(
        Column(f"c{i}", str(name), _type(str(kind))) for i, (name, kind, *_) in enumerate(described)
    )
    renamed = ", ".join(c.key for c in columns)
    run(
        connection,
        f"CREATE TEMP VIEW raw AS SELECT {', '.join(_plain(c) for c in columns)} FROM ({query}) AS "
        f"source({renamed})",
    )
    if len(columns) < 2:
        raise Refusal(
            f"{label} has one column only. A table needs a time column and at least one column of "
            "numbers."
        )
    zones = {c.name: "UTC" for c in columns if "TIME ZONE" in c.type}
    return Table(connection, columns, label, notes=(note,) if note else (), zones=zones, stem=stem)


def _type(kind: str) -> str:
    """The engine's type; everything except numbers, timestamps and booleans becomes text."""
    plain = re.match(
        r"(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL|DATE|TIMESTAMP|BOOLEAN)", kind
    )
    return kind if plain and "[" not in kind else "VARCHAR"


def _plain(column: Column) -> str:
    return f"CAST({column.key} AS VARCHAR) AS {column.key}" if column.text else column.key


def table_of_query(connection: duckdb.DuckDBPyConnection, query: str) -> Table:
    """A table of the result of a query."""
    statement = query.strip().rstrip(";")
    if not statement:
        raise Refusal(
            "The query is empty. Write one such as: select store as unique_id, day as ds, sales as "
            "y from 'sales.csv'"
        )
    return scanned(connection, statement, "the query")


def table_of_frame(connection: duckdb.DuckDBPyConnection, frame: Any) -> Table:
    """A table of a pandas, polars or pyarrow frame."""
    import narwhals.stable.v2 as nw
    import pandas as pd

    if isinstance(frame, pd.Series):
        frame = frame.to_frame(frame.name if frame.name is not None else "y")
    if isinstance(frame, pd.DataFrame) and (
        isinstance(frame.index, (pd.DatetimeIndex, pd.PeriodIndex))
        or frame.index.names != [None]
        or _dates_as_text(frame.index)
    ):
        index = (
            frame.index.to_timestamp() if isinstance(frame.index, pd.PeriodIndex) else frame.index
        )
        frame = frame.set_axis(
            index.rename(index.name or "ds") if index.nlevels == 1 else index
        ).reset_index()
    if isinstance(frame, pd.DataFrame) and not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise Refusal(f"The frame has more than one column '{twice}'. Rename one, or leave it out.")
    try:
        native = nw.from_native(frame)
    except TypeError:
        raise Refusal(
            "A source must be a path, a pandas, polars or pyarrow frame, or a NumPy array, but it "
            f"is a {type(frame).__name__}. Convert it: `np.array(...)` for numbers, "
            "`pd.DataFrame(...)` for columns."
        ) from None
    table = native.collect() if isinstance(native, nw.LazyFrame) else native
    if not len(table):
        raise Refusal(
            "The frame has no rows. Give a table with a time column and at least one column of "
            "numbers."
        )
    arrays: dict[str, Any] = {}
    zones: dict[str, str] = {}
    names = []
    for i in range(len(table.columns)):
        series = table[:, i]
        names.append(str(series.name))
        arrays[f"c{i}"], zone = _array(series, nw)
        if zone:
            zones[names[-1]] = zone
    connection.register("frame", pd.DataFrame(arrays, copy=False))
    found = scanned(connection, "SELECT * FROM frame", "the frame")
    columns = tuple(
        Column(c.key, name, c.type) for c, name in zip(found.columns, _distinct(names), strict=True)
    )
    return Table(
        connection, columns, "the frame", kind=str(table.implementation.value), zones=zones
    )


def _dates_as_text(index: Any) -> bool:
    """True for an index without a name whose labels are dates as text, as after
    `read_csv(index_col=0)`."""
    labels = index[:_LABELS].tolist()
    return bool(labels) and all(isinstance(one, str) and looks_like_stamp(one) for one in labels)


def _array(series: Any, nw: Any) -> tuple[Any, str]:
    """A column as an array that the engine reads, and its time zone."""
    kind = series.dtype
    if isinstance(kind, nw.Datetime):
        zone = kind.time_zone or ""
        plain = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if zone else series
        return plain.to_numpy().astype("M8[us]"), zone
    if kind == nw.Date:
        return np.asarray(series.to_numpy(), dtype="M8[D]").astype("M8[us]"), ""
    if kind == nw.Boolean or kind.is_numeric():
        exact = kind.is_integer() and not series.is_null().any()
        return (
            series.cast(
                nw.Int64 if exact and kind not in (nw.UInt64, nw.UInt128, nw.Int128) else nw.Float64
            ).to_numpy(),
            "",
        )
    return _texts(np.asarray(series.to_numpy(), dtype=object)), ""


def _texts(cells: np.ndarray) -> Any:
    """Cells of any type as text, missing ones as None; a categorical column if cells repeat, which
    the engine reads directly.

    >>> list(_texts(np.array(["a", None, "a", float("nan"), "b", "a", "b", "a"], dtype=object)))
    ['a', nan, 'a', nan, 'b', 'a', 'b', 'a']
    >>> _texts(np.array([1, 1.0, True], dtype=object)).tolist()
    ['1', '1.0', 'True']
    """
    import pandas as pd

    kinds = set(map(type, cells)) - {type(None), float}
    if len(kinds) <= 1 and all(
        issubclass(kind, (str, datetime.date)) for kind in kinds
    ):  # else equal cells can have different texts
        codes, distinct = pd.factorize(cells)
        texts = [str(one) for one in distinct]
        if len(texts) * 4 <= len(cells) and len(set(texts)) == len(texts):
            return pd.Categorical.from_codes(codes, texts)
    return np.array([None if c is None or c != c else str(c) for c in cells], dtype=object)
