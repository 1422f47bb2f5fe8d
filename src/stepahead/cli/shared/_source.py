"""The options for reading data, of all commands that read series."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.models import ArgumentInfo

from ..._check import Refusal
from ._command import with_option_names
from ._console import Console
from ._grouped import grouped

if TYPE_CHECKING:
    from ...readers import Reading


@dataclass(frozen=True, kw_only=True)
class Source:
    """The data and how to read them: each field is an option of the commands that use it
    (`reads_data`), with its help text."""

    file: Annotated[
        str | None,
        typer.Argument(
            help=(
                "The data: CSV, TSV, JSON lines, Parquet or .tsf, one or many series; or a sample,"
                " such as sample:co2."
            ),
            show_default=False,
        ),
    ] = None
    sql: Annotated[
        str | None,
        typer.Option("--sql", help="Instead of FILE: a DuckDB query over files."),
    ] = None
    id: Annotated[
        list[str] | None,
        typer.Option("--id", help="Column with the id of the series; repeat for several columns."),
    ] = None
    time: Annotated[str | None, typer.Option("--time", help="Column of the time stamps.")] = None
    target: Annotated[
        list[str] | None,
        typer.Option("--target", help="Column of the values; repeat for several channels."),
    ] = None
    known: Annotated[
        list[str] | None,
        typer.Option(
            "--known", help="Covariate known in advance, such as a holiday; repeat for more."
        ),
    ] = None
    past: Annotated[
        list[str] | None,
        typer.Option("--past", help="Covariate known only up to now; repeat for more."),
    ] = None
    static: Annotated[
        list[str] | None,
        typer.Option(
            "--static", help="Static covariate: a column with one number for each series."
        ),
    ] = None
    future: Annotated[
        str | None,
        typer.Option(
            "--future",
            metavar="FILE",
            help="File with the future rows of the --known columns.",
        ),
    ] = None
    calendar: Annotated[
        bool,
        typer.Option("--calendar", help="Add hour, weekday and day of the year as covariates."),
    ] = False
    holidays: Annotated[
        str | None,
        typer.Option(
            "--holidays",
            metavar="FILE",
            help="File of dates, one on each line: adds a covariate `holiday`, 1 on these days.",
        ),
    ] = None
    missing: Annotated[
        float | None,
        typer.Option(
            "--missing",
            help="Number that marks a missing value, such as -200.",
            show_default=False,
        ),
    ] = None
    frequency: Annotated[
        str | None,
        typer.Option(
            "--frequency",
            help="Frequency in pandas' notation: D, MS, W-SUN, 15min, ...",
        ),
    ] = None
    zone: Annotated[
        str | None,
        typer.Option("--zone", help="Time zone of the time stamps, such as Europe/Berlin."),
    ] = None
    day_first: Annotated[
        bool | None,
        typer.Option(
            "--day-first/--month-first", help="Order of day and month in dates such as 01/02/2024."
        ),
    ] = None
    decimal: Annotated[
        str | None,
        typer.Option(
            "--decimal", help="Decimal mark of numbers such as 1,234: a comma or a point."
        ),
    ] = None
    thousands: Annotated[
        str | None,
        typer.Option(
            "--thousands",
            help="Thousands separator: a comma, a point, a space or an apostrophe.",
        ),
    ] = None
    fill: Annotated[
        float | None,
        typer.Option(
            "--fill",
            help="Value of time steps without a row, such as 0; by default missing.",
            show_default=False,
        ),
    ] = None
    drop_outliers: Annotated[
        bool,
        typer.Option("--drop-outliers", help="Read outliers as missing; `inspect` lists them."),
    ] = False

    @property
    def given(self) -> bool:
        """True if there are data to read."""
        return self.file is not None or self.sql is not None

    def read(self, console: Console) -> "Reading":
        """Read the file, or the result of the query, with progress if that takes long. It is an
        error to give both or neither."""
        if (self.file is None) == (self.sql is None):
            raise Refusal("Give the data once: a FILE such as sales.csv, or a query with --sql.")
        from ...readers import understand, understand_sql

        apart = ("file", "sql", "calendar", "holidays")
        options: dict[str, Any] = {
            name: value if value != [] else None
            for name, value in vars(self).items()
            if name not in apart
        }
        name = "the result of the query" if self.file is None else _name_and_size(self.file)
        with console.waiting(f"reading {name}"):
            reading = (
                understand_sql(self.sql, **options)
                if self.sql is not None
                else understand(self.file, **options)
            )
        return replace(reading, notes=tuple(with_option_names(note) for note in reading.notes))


SERIES = ("sql", "id", "time", "target", "known", "past", "static")
"""Options for the columns of series and covariates."""

FORMAT = (
    *("frequency", "zone", "day_first", "decimal", "thousands"),
    *("missing", "fill", "drop_outliers"),
)
"""Options for the format of times and numbers."""

NEW_DATA = (
    *("sql", "id", "time", "target", "zone", "day_first"),
    *("decimal", "thousands", "missing", "fill", "drop_outliers", "future", "holidays"),
)
"""Options of data for a saved model, whose frequency and covariates are known."""


def reads_data(
    *names: str, file: ArgumentInfo | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator: in place of the argument `source` of the command, Typer sees FILE and the
    options of these names, in this order.

    `file` replaces the definition of FILE.

    >>> @reads_data("sql", "zone")
    ... def show(*, source: Source, quiet: bool = False) -> None:
    ...     print(source.file, source.zone, quiet)
    >>> show(file="sales.csv", sql=None, zone="Europe/Berlin", quiet=True)
    sales.csv Europe/Berlin True
    """
    annotations = {} if file is None else {"file": Annotated[str | None, file]}
    return grouped("source", Source, ("file", *names), annotations)


def _name_and_size(file: str) -> str:
    """The name of the file, and its size if it exists."""
    path = Path(file)
    return f"{path.name}, {path.stat().st_size / 1e6:,.0f} MB" if path.is_file() else file
