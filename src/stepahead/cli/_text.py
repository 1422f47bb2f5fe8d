"""`stepahead text`: language models at the shell."""

import typer

from ._text_fit import fit
from ._text_order import order
from ._text_verbs import fill, next_, sample, score, search

text = typer.Typer(help="Language models: fit one to a text, score, continue, search, fill gaps.", no_args_is_help=True)
"""The commands of `stepahead text`."""

for name, command in {"fit": fit, "score": score, "next": next_, "sample": sample, "search": search, "fill": fill, "order": order}.items():
    text.command(name)(command)
