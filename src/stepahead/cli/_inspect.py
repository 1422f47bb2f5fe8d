"""`stepahead inspect`: what is in a file, before anything is trained."""

import typer

from ._output import show_table
from ._source import DayFirst, File, IdColumn, Source, Sql, Step, Targets, TimeColumn, Zone
from ._talk import Talk


def inspect(
    file: File = None,
    sql: Sql = None,
    id_: IdColumn = None,
    time_: TimeColumn = None,
    target: Targets = None,
    frequency: Step = None,
    zone: Zone = None,
    day_first: DayFirst = None,
) -> None:
    """Say what is in a file: series, lengths, spans, frequency, gaps, constant ones, outliers."""
    from .. import data
    from ._describe import description, totals

    reading = Source(file, sql, id_, time_, target, frequency, zone, day_first).read(Talk(quiet=False))
    found = data.inspect(reading.panel)
    typer.echo(reading.summary, err=True)
    typer.echo(totals(found), err=True)
    show_table(description(found), "Series by series")
