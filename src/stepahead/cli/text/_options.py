"""Options of the commands on texts."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from ..._check import Refusal, counted
from ._names import TOKENIZERS, tokenizer_of

if TYPE_CHECKING:
    from ...data import Tokens

TextFile = Annotated[
    Path,
    typer.Argument(
        help="A text in UTF-8, gzipped or not: lines, or one running text.", show_default=False
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


OneText = Annotated[
    bool | None,
    typer.Option(
        "--one-text/--lines",
        help="The lines are one running text, as in a novel, or independent of each other; by "
        "default detected.",
        show_default=False,
    ),
]


class Lines(NamedTuple):
    """The lines of a file that are not blank, the number of each in the file, the number of blank
    lines, and whether they are one running text (inferred from the lines unless `given`)."""

    texts: list[str]
    numbers: list[int]
    blank: int
    running: bool
    given: bool

    @property
    def kind(self) -> str:
        """The kind of text in words; if it was inferred, with the option for the other kind."""
        blank = f", {counted(self.blank, 'blank one')} left out" if self.blank else ""
        if self.running:
            how = "" if self.given else " (detected from their words; else --lines)"
            return f"one running text of {counted(len(self.texts), 'line')}{how}{blank}"
        how = (
            ""
            if self.given
            else ", independent of each other (detected from their words; else --one-text)"
        )
        return f"{counted(len(self.texts), 'line')}{how}{blank}"


def read_lines(file: Path, one_text: bool | None) -> Lines:
    """The lines of a text. Unless `one_text` is given, it is inferred whether they continue each
    other."""
    from ...readers import runs_on, text_of

    every = text_of(file).removesuffix("\n").split("\n")
    numbers = [number for number, line in enumerate(every, 1) if line.strip()]
    texts = [every[number - 1] for number in numbers]
    if not texts:
        raise Refusal(f"'{file}' is empty. Give a text with something in it.")
    running = runs_on(texts) if one_text is None else one_text
    return Lines(texts, numbers, len(every) - len(texts), running, one_text is not None)


class Split(NamedTuple):
    """Text for training and for validation (or None), the number of characters of the latter
    including ends of lines, and the kind of text in words."""

    train: "Tokens"
    heldout: "Tokens | None"
    characters: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class TextOptions:
    """Options of the commands that read a text: its tokens, and the part that is held out."""

    tokenizer: Tokenizer = "words"
    pieces: Annotated[int, typer.Option(help="Subwords: size of the vocabulary.")] = 2000
    min_count: MinCount = 1
    one_text: OneText = None
    held_out: LastHeldOut = 10

    def split(self, file: Path, validation: Path | None = None) -> Split:
        """Training text, and validation text: the last lines, or another file. Tokenizer and
        vocabulary are made from the training text."""
        from ...data import Tokens

        if not 0 <= self.held_out <= 90:
            raise Refusal(
                f"`--held-out` is in percent, from 0 to 90, but it is {self.held_out:g}. Give 10."
            )
        lines = read_lines(file, self.one_text)
        texts = lines.texts
        last = 0 if validation else round(len(texts) * self.held_out / 100)
        first = len(texts) - last
        rest = read_lines(validation, lines.running).texts if validation else texts[first:]
        if not first:
            raise Refusal(
                f"'{file}' has {counted(len(texts), 'line')}, and all of them would be held out. "
                "Give `--held-out 0`, or a longer text."
            )
        splitter = tokenizer_of(self.tokenizer, texts[:first], self.pieces)
        train = Tokens.from_texts(texts[:first], splitter, min_count=self.min_count)
        heldout = Tokens.from_texts(rest, vocabulary=train.vocabulary) if rest else None
        if lines.running:
            train, heldout = train.concatenated(), heldout and heldout.concatenated()
        characters = sum(len(line) + 1 for line in rest)
        return Split(train, heldout, characters, lines.kind)


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
        help="Below 1: closer to the most probable text (0 takes it); above 1: more varied."
    ),
]
