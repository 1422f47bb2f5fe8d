"""Texts that were given: their lines, cut into tokens, the last of them held out."""

from collections.abc import Callable, Sequence
from pathlib import Path

from ...._check import Refusal, known_name
from ....data import Characters, Tokenizer, Tokens, Words, WordsAndPunctuation
from ....readers import text_of
from ._size import refuse_bomb

MOST_SIGNS = 20_000_000
"""Signs of a text that the app takes."""

RUNNING = 5_000
"""Signs of a text of few lines from which on its end is held out, wherever that falls."""

TOKENIZERS: dict[str, Callable[[], Tokenizer]] = {
    "words": Words,
    "words-and-punctuation": WordsAndPunctuation,
    "characters": Characters,
}
"""The tokenizers of the page, by name."""


def tokenizer_of(name: str) -> Tokenizer:
    """The tokenizer of that name; an unknown one is refused."""
    return TOKENIZERS[known_name("tokenizer", name, TOKENIZERS)]()


def lines_of(path: str, label: str) -> list[str]:
    """The lines of a text that are not empty; refuse none, and more signs than the app takes."""
    try:
        refuse_bomb(Path(path), label)
        text = text_of(path)
    except Refusal as refusal:
        raise Refusal(str(refusal).replace(path, label)) from refusal
    if len(text) > MOST_SIGNS:
        raise Refusal(
            f"The text has {len(text):,} characters, and the app takes at most {MOST_SIGNS:,}. "
            "Use the command "
            "line: stepahead text fit."
        )
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        raise Refusal("The text is empty. Paste or drop one.")
    return lines


def parted(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """The first nine tenths and the last one, which is empty where there is too little: whole
    lines, or of a long text of few lines the signs from a space on.

    >>> parted(["a", "b"] * 5), parted(["a b"])
    ((['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b', 'a'], ['b']), (['a b'], []))
    >>> [len(part[0]) for part in parted(["ab " * 2000])]
    [5399, 600]
    """
    first = len(lines) - round(len(lines) / 10)
    if first < len(lines):
        return list(lines[:first]), list(lines[first:])
    text = "\n".join(lines)
    cut = text.rfind(" ", 0, len(text) * 9 // 10) if len(text) >= RUNNING else -1
    return (list(lines), []) if cut < 0 else ([text[:cut]], [text[cut + 1 :]])


def held_out(lines: Sequence[str], tokenizer: Tokenizer) -> tuple[Tokens, Tokens | None]:
    """The tokens to learn from, and those held out, of one vocabulary."""
    first, rest = parted(lines)
    train = Tokens.from_texts(first, tokenizer)
    return train, Tokens.from_texts(rest, vocabulary=train.vocabulary) if rest else None
