"""Where data come from: the options that all reading commands share, and the call that obeys them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .._check import Refusal
from ._command import in_options
from ._talk import Talk

if TYPE_CHECKING:
    from ..readers import Reading

File = Annotated[
    str | None,
    typer.Argument(help="The data: CSV, TSV, JSON lines, Parquet, .tsf; one or many series. Or sample:co2.", show_default=False),
]
Sql = Annotated[str | None, typer.Option("--sql", help="Instead of FILE: a query over files, in the SQL of DuckDB.")]
IdColumn = Annotated[list[str] | None, typer.Option("--id", help="Column that names the series; give it again for several together.")]
TimeColumn = Annotated[str | None, typer.Option("--time", help="Column of the time stamps.")]
Targets = Annotated[list[str] | None, typer.Option("--target", help="Column of the values; give it again for several channels.")]
Known = Annotated[list[str] | None, typer.Option("--known", help="Column that is known beforehand, such as a holiday; again for more.")]
Past = Annotated[list[str] | None, typer.Option("--past", help="Column that is seen together with the value, and not before.")]
Static = Annotated[list[str] | None, typer.Option("--static", help="Column with one number a series.")]
Future = Annotated[str | None, typer.Option("--future", metavar="FILE", help="Rows of the --known columns after the end of the series.")]
Calendar = Annotated[bool, typer.Option("--calendar", help="Let models see hour, weekday and day of the year.")]
Missing = Annotated[
    float | None, typer.Option("--missing", help="A number that stands for a missing value, such as -200.", show_default=False)
]
Step = Annotated[str | None, typer.Option("--frequency", help="The step between stamps, as pandas writes it: D, MS, W-SUN, 15min, ...")]
Zone = Annotated[str | None, typer.Option("--zone", help="Where the clock of the stamps hangs: Europe/Berlin.")]
DayFirst = Annotated[bool | None, typer.Option("--day-first/--month-first", help="How dates such as 01/02/2024 are meant.")]


@dataclass(frozen=True)
class Source:
    """What the user said about the data."""

    file: str | None
    sql: str | None = None
    id: list[str] | None = None
    time: str | None = None
    target: list[str] | None = None
    frequency: str | None = None
    zone: str | None = None
    day_first: bool | None = None
    known: list[str] | None = None
    past: list[str] | None = None
    static: list[str] | None = None
    future: str | None = None
    missing: float | None = None

    def read(self, talk: Talk) -> "Reading":
        """Read the file, or what the query selects, with a word on it where that takes long; refuse both and neither."""
        if (self.file is None) == (self.sql is None):
            raise Refusal("Give the data once: a FILE such as sales.csv, or a query with --sql.")
        from ..readers import understand, understand_sql

        told: dict[str, Any] = {
            "id": self.id or None,
            "time": self.time,
            "target": self.target or None,
            "frequency": self.frequency,
            "zone": self.zone,
            "day_first": self.day_first,
            "known": self.known,
            "past": self.past,
            "static": self.static,
            "future": self.future,
        }
        with talk.waiting(f"reading {'what the query selects' if self.file is None else _named(self.file)}"):
            reading = understand_sql(self.sql, **told) if self.sql is not None else understand(self.file, **told)
        reading = reading if self.missing is None else _without(reading, self.missing)
        return replace(reading, notes=tuple(in_options(note) for note in reading.notes))


def _without(reading: "Reading", number: float) -> "Reading":
    """The reading with this number taken for a missing value."""
    import numpy as np

    values = reading.panel.values
    count = int((values == number).sum())
    panel = reading.panel.with_values(np.where(values == number, np.nan, values))
    return replace(reading, panel=panel, notes=(*reading.notes, f"{count:,} values of {number:g} taken as missing"))


def _named(file: str) -> str:
    """The file, and how large it is where there is one of that name."""
    path = Path(file)
    return f"{path.name}, {path.stat().st_size / 1e6:,.0f} MB" if path.is_file() else file
