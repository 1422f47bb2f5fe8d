"""Parquet files as a `Table` of the engine (no row is loaded), and the roles of its columns."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from ..._check import Refusal, counted
from ..files import Column, Layout, Table, quoted
from ..tables import assign, matching, scanned
from ._same_columns import refuse_unlike

LOOKED = 1000
"""Number of rows that decide the roles of columns."""


def files_of(source: str | Path) -> list[str]:
    """The Parquet files of a path, a glob, or a folder with its subfolders; an address such as
    s3://sales/*.parquet is passed to the engine unchanged."""
    if "://" in str(source):
        return [str(source)]
    path = Path(source).expanduser()
    found = sorted(path.rglob("*.parquet")) if path.is_dir() else matching(str(path))
    if not found:
        raise Refusal(
            f"'{source}' holds no file that ends in .parquet. Give the folder or the files of the "
            "data."
        )
    for file in found:
        if file.suffix.lower() != ".parquet":
            raise Refusal(
                f"'{file}' is not a Parquet file, and only Parquet is read in chunks. Convert it "
                "(pandas, polars and DuckDB do), or forecast it without an engine."
            )
    return [str(file) for file in found]


def table_of_parquet(connection: duckdb.DuckDBPyConnection, source: str | Path) -> Table:
    """The table of these files; names of folders such as region=north/ are columns too."""
    files = files_of(source)
    listed = ", ".join(map(quoted, files))
    label = Path(files[0]).name if len(files) == 1 else f"{source} ({counted(len(files), 'file')})"
    query = f"SELECT * FROM read_parquet([{listed}], union_by_name = {str(len(files) > 1).lower()})"
    return scanned(connection, query, label)


def layout_of(
    table: Table,
    files: list[str],
    id: str | Sequence[str] | None,  # noqa: A002 - as the column is called
    time: str | None,
    target: str | Sequence[str] | None,
    covariates: Sequence[str] = (),
) -> Layout:
    """The roles of the columns of these files. A table that does not have one row per observation,
    values that are not of a number type, and files with different columns are errors."""
    try:
        cells = table.rows(f"SELECT * FROM raw LIMIT {LOOKED}")
    except Refusal:  # older engines cannot combine files with different columns
        refuse_unlike(table, files, [column.name for column in table.columns])
        raise
    if not cells:
        raise Refusal(f"{table.label} has no rows. Give files with data.")
    layout = assign(table, cells, id, time, target, covariates)
    given = [
        [] if each is None else [each] if isinstance(each, str) else each
        for each in (id, time, target)
    ]
    read = [column.name for column in layout.used]
    refuse_unlike(table, files, read, (name for names in given for name in names))
    if layout.shape != "long" or layout.time is None:
        raise Refusal(
            f"{table.label} does not look like one row an observation, as what is read in chunks "
            "must be. Name the columns, `id`, `time` and `target`, or bring it into that form."
        )
    for column in (*layout.values, *layout.covariates):
        refuse_text(table, column)
    return layout


def refuse_text(table: Table, column: Column) -> None:
    """Raise an error for a column of values that contains text."""
    if column.text:
        raise Refusal(
            f"The column '{column.name}' of {table.label} holds text, and what is read in chunks "
            "must hold numbers. Convert it, or name another one."
        )
