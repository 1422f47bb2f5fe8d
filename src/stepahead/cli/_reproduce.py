"""`stepahead reproduce`: the textbook experiments."""

from pathlib import Path
from typing import Annotated

import typer

from .._check import Refusal, known_name
from .shared import Console


def reproduce(
    name: Annotated[
        str | None,
        typer.Argument(help="Name of an experiment; all by default.", show_default=False),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for plots and full tables.")] = Path(
        "reproduced"
    ),
    data: Annotated[
        Path | None,
        typer.Option(
            envvar="STEPAHEAD_DATA",
            help="Folder of data files that are not in the package.",
            show_default=False,
        ),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the experiments.")] = False,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="A trial run with fewer seeds and less data."),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the results.")] = False,
) -> None:
    """Run the textbook experiments and compare our numbers with the book's."""
    from .. import experiments
    from ..outputs import cache_compiled

    names = experiments.names()
    chosen = names if name is None else (known_name("experiment", name, names),)
    if list_:
        for each in chosen:
            typer.echo(f"{each}: {experiments.about(each)}")
        return
    if data is not None and not data.is_dir():
        raise Refusal(
            f"There is no folder '{data}' of data files. Name another one with --data, or none."
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refusal(
            f"The folder '{out}' for the results cannot be made: {error.strerror}. Name another "
            "one with --out."
        ) from None
    console = Console(quiet)
    cache_compiled()
    for each in chosen:
        console.say(f"{each}: {experiments.about(each)}")
        typer.echo(f"## {each}\n\n{experiments.run(each, out, data, console.say, quick=quick)}\n")
    console.say(f"Plots and tables are in {out}.")
