"""`stepahead text`: language models at the command line."""

from collections.abc import Callable

import typer

from ._fit import fit
from ._order import order
from ._queries import fill, next_, sample, score, search

text = typer.Typer(
    help="Language models: fit one to a text, then score, sample, search, fill gaps.",
    no_args_is_help=True,
)
"""The commands of `stepahead text`."""

_COMMANDS: dict[str, Callable[..., None]] = {
    "fit": fit,
    "score": score,
    "next": next_,
    "sample": sample,
    "search": search,
    "fill": fill,
    "order": order,
}

for name, command in _COMMANDS.items():
    text.command(name)(command)
