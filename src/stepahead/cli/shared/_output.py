"""Results of a command: a table on a terminal, CSV in a pipe, a file by its extension. A path that
cannot be written is an error before any work."""

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ..._check import Refusal
from ..._extras import absent, installed
from ...outputs import Table, cells, probe, rows_in, write_csv

TABLES = (".csv", ".parquet", ".json")
PICTURES = (".png", ".svg", ".html")
PAGES = (".html",)
MODEL = (".stepahead",)

Out = Annotated[Path | None, typer.Option(help=f"Write the table here: {', '.join(TABLES)}.")]
HalfPrecision = Annotated[
    bool,
    typer.Option("--half-precision", help="Save weights of networks in 16 bits: half the size."),
]

MOST_ROWS = 24


def check_writable(option: str, path: Path | None, endings: tuple[str, ...] = ()) -> None:
    """Raise an error, before any work, for an extension that is not among `endings` (if there are
    any), for a path that cannot be written, and for a figure if the drawing packages are
    missing."""
    if path is None:
        return
    if endings and path.suffix.lower() not in endings:
        raise Refusal(
            f"`{option}` writes {', '.join(endings)}, but '{path}' ends in '{path.suffix}'. Change "
            "its ending."
        )
    if endings in (PICTURES, PAGES) and not installed("altair"):
        raise absent("altair")
    folder = path.parent
    if not folder.is_dir():
        raise Refusal(
            f"`{option}`: there is no folder '{folder}'. Make it first, or name another one."
        )
    if path.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        raise Refusal(
            f"`{option}`: '{path}' cannot be written. Name another place, or change its "
            "permissions."
        )
    try:
        probe(folder, path.name)
    except OSError as error:
        raise Refusal(
            f"`{option}`: '{path}' cannot be written ({error.strerror or error}). Name another "
            "place, or free some space there."
        ) from None


def check_room(option: str, path: Path | None, needed: int) -> None:
    """Raise an error, before any training, for a path with less free space than about `needed`
    bytes; `check_writable` has tested a small file there.

    >>> check_room("--save", Path("sales.stepahead"), 1 << 60)
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `--save`: 'sales.stepahead' takes about 1,152,921,505 GB, but ... are
    free there. Name another place, ...
    """
    if path is None:
        return
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise Refusal(
            f"`{option}`: '{path}' takes about {_size(needed)}, but {_size(free)} are free there. "
            "Name another place, or free some space."
        )


def _size(count: int) -> str:
    return f"{count / 1e9:,.0f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"


def show_table(table: Table, title: str, *, exact: bool = False) -> None:
    """Print columns on the output stream: their first rows on a terminal, all rows as CSV in a
    pipe.

    On a terminal numbers have five significant digits, or all of theirs if `exact` (because they
    are rounded already).
    """
    if not sys.stdout.isatty():
        write_csv(table, sys.stdout)
        return
    from rich.console import Console

    Console().print(rich_table(table, title, exact=exact, rows=MOST_ROWS))
    more = rows_in(table) - MOST_ROWS
    if more > 0:
        typer.echo(
            f"… and {more:,} more rows: write them all with --out forecast.csv",
            err=True,
        )


def rich_table(table: Table, title: str, *, exact: bool = False, rows: int | None = None) -> Any:
    """Columns as a table for a terminal: the first `rows`, or all."""
    from rich.table import Table as Drawn

    drawn = Drawn(title=title, title_justify="left", title_style="bold", header_style="bold")
    for name in table:
        drawn.add_column(
            str(name),
            justify="left" if name in {"unique_id", "ds", "channel", "model"} else "right",
        )
    shown = [cells(table[name], rows_in(table) if rows is None else rows) for name in table]
    for row in zip(*shown, strict=True):
        drawn.add_row(*(_cell(value, exact) for value in row))
    return drawn


def _cell(value: object, exact: bool) -> str:
    if isinstance(value, float) and exact:
        return f"{value:,}".removesuffix(".0")
    if isinstance(value, float):
        return f"{value:,.5g}" if abs(value) < 1e5 else f"{value:,.0f}"
    text = str(value)
    return text.removesuffix(" 00:00:00")
