"""Options that the commands on texts share."""

from pathlib import Path
from typing import Annotated

import typer

from ._names import TOKENIZERS

TextFile = Annotated[
    Path,
    typer.Argument(
        help="A text in UTF-8, gzipped or not; every line is a sequence.", show_default=False
    ),
]
Tokenizer = Annotated[str, typer.Option(help=f"Kind of tokens: {', '.join(TOKENIZERS)}.")]
Pieces = Annotated[int, typer.Option(help="Subwords: size of the vocabulary.")]
MinCount = Annotated[int, typer.Option(help="Tokens seen less often become <unk>.")]
OneText = Annotated[
    bool, typer.Option("--one-text", help="The lines are one running text, not sequences.")
]
LastHeldOut = Annotated[
    float,
    typer.Option(
        "--held-out", help="Percent of the lines, the last ones, held out for validation."
    ),
]
Saved = Annotated[Path, typer.Argument(help="Model saved by the command fit.", show_default=False)]
TextArguments = Annotated[
    list[str] | None, typer.Argument(help="Texts, each in quotes.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Prompt = Annotated[str, typer.Argument(help="Beginning of the text; empty by default.")]
Seed = Annotated[int, typer.Option(help="Random seed.")]
Temperature = Annotated[
    float,
    typer.Option(
        help="Below 1: closer to the most probable text, which is taken at 0; above 1: more varied."
    ),
]
