"""`stepahead inspect`: a summary of the series in a file, before any training."""

import typer

from ..shared import FORMAT, Console, Source, reads_data, show_table


@reads_data("sql", "id", "time", "target", *FORMAT)
def inspect(*, source: Source) -> None:
    """Summarise the series of a file: lengths, dates, frequency, gaps, outliers."""
    from ... import data
    from ._describe import description, totals

    reading = source.read(Console(quiet=False))
    found = data.inspect(reading.panel)
    typer.echo(reading.summary, err=True)
    typer.echo(totals(found), err=True)
    show_table(description(found), "Series by series")
