"""Options that the commands on texts share."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..._check import Refusal, counted
from ._names import TOKENIZERS, tokenizer_of

if TYPE_CHECKING:
    from ...data import Tokens

TextFile = Annotated[
    Path,
    typer.Argument(
        help="A text in UTF-8, gzipped or not; every line is a sequence.", show_default=False
    ),
]
Tokenizer = Annotated[str, typer.Option(help=f"Kind of tokens: {', '.join(TOKENIZERS)}.")]
MinCount = Annotated[int, typer.Option(help="Tokens seen less often become <unk>.")]
LastHeldOut = Annotated[
    float,
    typer.Option(
        "--held-out", help="Percent of the lines, the last ones, held out for validation."
    ),
]


@dataclass(frozen=True, kw_only=True)
class TextOptions:
    """Options of the commands that read a text: its tokens, and the part that is held out."""

    tokenizer: Tokenizer = "words"
    pieces: Annotated[int, typer.Option(help="Subwords: size of the vocabulary.")] = 2000
    min_count: MinCount = 1
    one_text: Annotated[
        bool, typer.Option("--one-text", help="The lines are one running text, not sequences.")
    ] = False
    held_out: LastHeldOut = 10

    def split(self, file: Path, validation: Path | None = None) -> "tuple[Tokens, Tokens | None]":
        """Training text, and validation text: the last lines, or another file. Tokenizer and
        vocabulary are those of the training text."""
        from ...data import Tokens
        from ...readers import text_of

        if not 0 <= self.held_out <= 90:
            raise Refusal(
                f"`--held-out` is in percent, from 0 to 90, but it is {self.held_out:g}. Give 10."
            )
        lines = _lines(text_of(file), file)
        last = 0 if validation else round(len(lines) * self.held_out / 100)
        first = len(lines) - last
        rest = _lines(text_of(validation), validation) if validation else lines[first:]
        if not first:
            raise Refusal(
                f"'{file}' has {counted(len(lines), 'line')}, and all of them would be held out. "
                "Give `--held-out 0`, or a longer text."
            )
        splitter = tokenizer_of(self.tokenizer, lines[:first], self.pieces)
        train = Tokens.from_texts(lines[:first], splitter, min_count=self.min_count)
        heldout = Tokens.from_texts(rest, vocabulary=train.vocabulary) if rest else None
        if self.one_text:
            return train.concatenated(), None if heldout is None else heldout.concatenated()
        return train, heldout


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


def _lines(text: str, file: Path) -> list[str]:
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        raise Refusal(f"'{file}' is empty. Give a text with something in it.")
    return lines
