"""`stepahead inspect`: what is in a file, before anything is trained."""

import typer

from ._output import show_table
from ._source import CELLS, CLOCK, COLUMNS, Source, reads
from ._talk import Talk


@reads(*COLUMNS, *CLOCK, *CELLS)
def inspect(*, source: Source) -> None:
    """Say what is in a file: series, lengths, spans, frequency, gaps, constant ones, outliers."""
    from .. import data
    from ._describe import description, totals

    reading = source.read(Talk(quiet=False))
    found = data.inspect(reading.panel)
    typer.echo(reading.summary, err=True)
    typer.echo(totals(found), err=True)
    show_table(description(found), "Series by series")
