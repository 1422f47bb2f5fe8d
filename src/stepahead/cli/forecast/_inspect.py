"""`stepahead inspect`: what is in a file, before anything is trained."""

import typer

from ..shared import CELLS, CLOCK, COLUMNS, Console, Source, reads, show_table


@reads(*COLUMNS, *CLOCK, *CELLS)
def inspect(*, source: Source) -> None:
    """Say what is in a file: series, lengths, spans, frequency, gaps, constant ones, outliers."""
    from ... import data
    from ..shared._describe import description, totals

    reading = source.read(Console(quiet=False))
    found = data.inspect(reading.panel)
    typer.echo(reading.summary, err=True)
    typer.echo(totals(found), err=True)
    show_table(description(found), "Series by series")
