"""`stepahead reproduce`: the textbook experiments."""

from pathlib import Path
from typing import Annotated

import typer


def reproduce(
    name: Annotated[str | None, typer.Argument(help="Which experiment; all of them when left out.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the pictures.")] = Path("reproduced"),
) -> None:
    """Run the textbook experiments and print our numbers beside the book's."""
    from .._check import known_name
    from ..experiments import EXPERIMENTS
    from ._cache import keep_compiled

    names = list(EXPERIMENTS) if name is None else [known_name("experiment", name, EXPERIMENTS)]
    keep_compiled()
    out.mkdir(parents=True, exist_ok=True)
    for chosen in names:
        EXPERIMENTS[chosen](out)
