"""The embedded engine (DuckDB) that reads every source, and its table: columns by position, rows in
the order of the file."""

import atexit
import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from ..._check import Refusal

_MEMORY = "2GB"
"""Memory that the engine uses before it moves intermediate results to a temporary folder."""


@dataclass(frozen=True)
class Column:
    """One column: its `key` in the engine (c0, c1, ...), its `name` in the source, and its type in
    the engine."""

    key: str
    name: str
    type: str = "VARCHAR"

    @property
    def text(self) -> bool:
        """True if the cells are text that has yet to be parsed."""
        return self.type == "VARCHAR"


@dataclass(frozen=True)
class Table:
    """A view `raw` in the engine, and its origin.

    `first_row` is the number of the view's first row in the source (a header is row 1), `zones` the
    time zones of columns whose type has one, `european` is True if semicolons separate the columns.
    """

    connection: duckdb.DuckDBPyConnection
    columns: tuple[Column, ...]
    label: str
    first_row: int = 1
    notes: tuple[str, ...] = ()
    kind: str = "pandas"
    zones: Mapping[str, str] = field(default_factory=dict)
    european: bool = False
    stem: str = ""

    @cached_property
    def places(self) -> dict[str, int]:
        """The position of each column, by its key."""
        return {column.key: place for place, column in enumerate(self.columns)}

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return run(self.connection, query).fetchall()

    def arrays(self, query: str) -> dict[str, np.ndarray]:
        """The columns of a query as NumPy arrays; masked where a cell is empty."""
        return run(self.connection, query).fetchnumpy()

    def named(self, name: str) -> Column:
        """The column with this name."""
        return next(column for column in self.columns if column.name == name)


def run(connection: duckdb.DuckDBPyConnection, query: str) -> duckdb.DuckDBPyConnection:
    """Run a query; errors of the engine become `Refusal`."""
    try:
        return connection.execute(query)
    except duckdb.Error as error:
        raise Refusal(_sentence(str(error))) from error


def _sentence(complaint: str) -> str:
    """The engine's error as a sentence with a remedy."""
    line = re.search(r"CSV Error on Line: (\d+)", complaint)
    cells = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", complaint)
    if line and cells:
        return (
            f"Line {line[1]} has {cells[2]} cells where the header has {cells[1]}. Correct that "
            "line; if its numbers are written with "
            "decimal commas, put them in quotes or separate the columns by semicolons."
        )
    if line:
        return (
            f"Line {line[1]} cannot be read as a row of this table; a quotation mark may be"
            " missing. Correct that line."
        )
    told = first_line(complaint).rstrip(".")
    return f"The data engine could not read this: {told}. Check the source."


def first_line(error: object) -> str:
    """The first line of an engine error, without advice about the engine's own settings."""
    return str(error).strip().split("\n", 1)[0]


@contextlib.contextmanager
def engine(
    memory: str = _MEMORY, threads: int | None = None, place: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine in memory with a limit on its memory, which spills to a temporary folder (inside
    `place`, if given). At the end, tables and views are dropped and the folder is emptied."""
    plain = (memory, threads, place, _ONLY.get()) == (_MEMORY, None, None, None)
    held = _borrowed() if plain else None
    if held is None:
        held = _opened(memory, threads, place)
    connection = held.whole.cursor()
    try:
        if (files := _ONLY.get()) is not None:
            _confine(connection, files, str(held.folder))
        yield connection
    finally:
        connection.close()
        if plain and not _idle and held.emptied():
            _idle.append(held)
        else:
            held.close()


@dataclass(frozen=True)
class _Engine:
    """An open engine, the folder that it spills to, and the process that opened it."""

    whole: duckdb.DuckDBPyConnection
    folder: Path
    process: int

    def emptied(self) -> bool:
        """Remove what was written to the folder; False if the engine can no longer be used."""
        try:
            self.whole.execute("SELECT 1")
            for path in self.folder.iterdir():
                path.unlink()
        except (duckdb.Error, OSError):
            return False
        return True

    def close(self) -> None:
        """Close the engine, and remove its folder."""
        self.whole.close()
        shutil.rmtree(self.folder, ignore_errors=True)


_idle: list[_Engine] = []
"""At most one idle engine, kept for the next table: opening one takes 18 ms of processor time,
which is most of the reading of a small file."""


def _borrowed() -> _Engine | None:
    """Take the idle engine, if there is one. Threads do not survive a fork, so a child process does
    not use the engine of its parent."""
    with contextlib.suppress(IndexError):  # another thread may have taken it
        held = _idle.pop()
        if held.process == os.getpid() and held.folder.is_dir():
            return held
    return None


def _opened(memory: str, threads: int | None, place: Path | None) -> _Engine:
    folder = Path(tempfile.mkdtemp(prefix="stepahead-", dir=place))
    bounds: dict[str, Any] = {} if threads is None else {"threads": threads}
    config = {
        "memory_limit": memory,
        "temp_directory": str(folder),
        "preserve_insertion_order": "true",
        "enable_external_file_cache": "false",  # a file may change between two tables
        **bounds,
    }
    return _Engine(duckdb.connect(config=config), folder, os.getpid())


@atexit.register
def _end() -> None:
    if (held := _borrowed()) is not None:
        held.close()


_ONLY: ContextVar[tuple[str, ...] | None] = ContextVar("_ONLY", default=None)


@contextlib.contextmanager
def confined(*paths: str | Path) -> Iterator[None]:
    """Context manager for untrusted files: in the block, engines open only these files and load no
    extension, and no SQL statement can change that."""
    token = _ONLY.set(tuple(map(str, paths)))
    try:
        yield
    finally:
        _ONLY.reset(token)


def _confine(connection: duckdb.DuckDBPyConnection, files: tuple[str, ...], folder: str) -> None:
    for statement in (
        f"SET allowed_paths = [{', '.join(map(quoted, files))}]",
        f"SET allowed_directories = [{quoted(folder)}]",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        run(connection, statement)


def quoted(text: str) -> str:
    """A text as an SQL literal.

    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"
