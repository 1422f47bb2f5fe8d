"""Where data come from: the options that reading commands share, and the call that obeys them."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.models import ArgumentInfo

from ..._check import Refusal, counted
from ._command import in_options
from ._console import Console

if TYPE_CHECKING:
    from ...readers import Reading


@dataclass(frozen=True, kw_only=True)
class Source:
    """What the user said about the data: each field is an option of the commands that take it
    (`reads`), and its help text."""

    file: Annotated[
        str | None,
        typer.Argument(
            help=(
                "The data: CSV, TSV, JSON lines, Parquet, .tsf; one or many series. Or sample:co2."
            ),
            show_default=False,
        ),
    ] = None
    sql: Annotated[
        str | None,
        typer.Option("--sql", help="Instead of FILE: a query over files, in the SQL of DuckDB."),
    ] = None
    id: Annotated[
        list[str] | None,
        typer.Option(
            "--id", help="Column that names the series; give it again for several together."
        ),
    ] = None
    time: Annotated[str | None, typer.Option("--time", help="Column of the time stamps.")] = None
    target: Annotated[
        list[str] | None,
        typer.Option("--target", help="Column of the values; give it again for several channels."),
    ] = None
    known: Annotated[
        list[str] | None,
        typer.Option(
            "--known", help="Column that is known beforehand, such as a holiday; again for more."
        ),
    ] = None
    past: Annotated[
        list[str] | None,
        typer.Option("--past", help="Column that is seen together with the value, and not before."),
    ] = None
    static: Annotated[
        list[str] | None, typer.Option("--static", help="Column with one number a series.")
    ] = None
    future: Annotated[
        str | None,
        typer.Option(
            "--future",
            metavar="FILE",
            help="Rows of the --known columns after the end of the series.",
        ),
    ] = None
    calendar: Annotated[
        bool, typer.Option("--calendar", help="Let models see hour, weekday and day of the year.")
    ] = False
    missing: Annotated[
        float | None,
        typer.Option(
            "--missing",
            help="A number that stands for a missing value, such as -200.",
            show_default=False,
        ),
    ] = None
    frequency: Annotated[
        str | None,
        typer.Option(
            "--frequency",
            help="The step between stamps, as pandas writes it: D, MS, W-SUN, 15min, ...",
        ),
    ] = None
    zone: Annotated[
        str | None,
        typer.Option("--zone", help="Where the clock of the stamps hangs: Europe/Berlin."),
    ] = None
    day_first: Annotated[
        bool | None,
        typer.Option("--day-first/--month-first", help="How dates such as 01/02/2024 are meant."),
    ] = None
    decimal: Annotated[
        str | None,
        typer.Option(
            "--decimal", help="The decimal mark of numbers such as 1,234: a comma or a point."
        ),
    ] = None
    thousands: Annotated[
        str | None,
        typer.Option(
            "--thousands",
            help="The mark between thousands: a comma, a point, a space or an apostrophe.",
        ),
    ] = None
    fill: Annotated[
        float | None,
        typer.Option(
            "--fill",
            help="What a step without a row holds: 0 where no row means zero.",
            show_default=False,
        ),
    ] = None

    @property
    def given(self) -> bool:
        """Whether there is anything to read."""
        return self.file is not None or self.sql is not None

    def read(self, console: Console) -> "Reading":
        """Read the file, or what the query selects, with a word on it where that takes long; refuse
        both and neither."""
        if (self.file is None) == (self.sql is None):
            raise Refusal("Give the data once: a FILE such as sales.csv, or a query with --sql.")
        from ...readers import understand, understand_sql

        ours = ("file", "sql", "missing", "calendar")
        told: dict[str, Any] = {
            name: value if value != [] else None
            for name, value in vars(self).items()
            if name not in ours
        }
        with console.waiting(
            f"reading {'what the query selects' if self.file is None else _named(self.file)}"
        ):
            reading = (
                understand_sql(self.sql, **told)
                if self.sql is not None
                else understand(self.file, **told)
            )
        reading = reading if self.missing is None else _without(reading, self.missing)
        return replace(reading, notes=tuple(in_options(note) for note in reading.notes))


COLUMNS = ("sql", "id", "time", "target")
BESIDE = ("known", "past", "static")
CLOCK = ("frequency", "zone", "day_first")
CELLS = ("decimal", "thousands", "fill")
LATER = (*COLUMNS, "zone", "day_first", *CELLS, "future")
"""What a saved model has to be told: it knows its frequency and its covariates."""


def reads(
    *names: str, file: ArgumentInfo | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator: where the command has one argument `source`, Typer sees FILE and the options of
    these names, in this order.

    `file` says otherwise what the FILE is.

    >>> @reads("sql", "zone")
    ... def show(*, source: Source, quiet: bool = False) -> None:
    ...     print(source.file, source.zone, quiet)
    >>> list(signature(show).parameters)
    ['file', 'sql', 'zone', 'quiet']
    >>> show(file="sales.csv", sql=None, zone="Europe/Berlin", quiet=True)
    sales.csv Europe/Berlin True
    """
    offered = {
        each.name: Parameter(
            each.name, Parameter.KEYWORD_ONLY, default=each.default, annotation=each.type
        )
        for each in fields(Source)
    }
    if file is not None:
        offered["file"] = offered["file"].replace(annotation=Annotated[str | None, file])
    taken = ("file", *names)

    def around(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def reading(**given: Any) -> None:
            command(source=Source(**{name: given.pop(name) for name in taken}), **given)

        own = signature(command).parameters
        shown = [
            each
            for name in own
            for each in ([offered[name] for name in taken] if name == "source" else [own[name]])
        ]
        reading.__signature__ = Signature(shown)  # type: ignore[attr-defined]
        return reading

    return around


def _without(reading: "Reading", number: float) -> "Reading":
    """The reading with this number taken for a missing value."""
    import numpy as np

    values = reading.panel.values
    count = int((values == number).sum())
    panel = reading.panel.with_values(np.where(values == number, np.nan, values))
    return replace(
        reading,
        panel=panel,
        notes=(*reading.notes, f"{counted(count, 'value')} of {number:g} taken as missing"),
    )


def _named(file: str) -> str:
    """The file, and how large it is where there is one of that name."""
    path = Path(file)
    return f"{path.name}, {path.stat().st_size / 1e6:,.0f} MB" if path.is_file() else file
