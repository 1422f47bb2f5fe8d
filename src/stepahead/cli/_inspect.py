"""`stepahead inspect`: what is in a file, before anything is trained."""

from typing import Annotated

import typer

from ._output import show_table


def inspect(
    file: Annotated[str, typer.Argument(help="The data: CSV, TSV, JSON lines, Parquet; one or many series.", show_default=False)],
    id_: Annotated[str | None, typer.Option("--id", help="Column that names the series.")] = None,
    time_: Annotated[str | None, typer.Option("--time", help="Column of the time stamps.")] = None,
    target: Annotated[list[str] | None, typer.Option(help="Column of the values; give it again for several channels.")] = None,
) -> None:
    """Say what is in a file: series, lengths, spans, frequency, gaps, constant ones, outliers."""
    from .. import data
    from ..readers import understand
    from ._describe import description, totals

    reading = understand(file, id=id_, time=time_, target=target)
    found = data.inspect(reading.panel)
    typer.echo(reading.summary, err=True)
    typer.echo(totals(found), err=True)
    show_table(description(found), "Series by series")
