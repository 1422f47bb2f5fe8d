"""The lines of a text as tokens, with the last ones held out."""

from collections.abc import Callable, Sequence
from pathlib import Path

from ...._check import Refusal, known_name
from ....data import Characters, Tokenizer, Tokens, Words, WordsAndPunctuation
from ....readers import text_of
from ._size import refuse_bomb

MOST_SIGNS = 20_000_000
"""The largest number of characters of a text in the app."""

RUNNING = 5_000
"""A text of few lines is cut at any space for held-out data if it has at least this many
characters."""

TOKENIZERS: dict[str, Callable[[], Tokenizer]] = {
    "words": Words,
    "words-and-punctuation": WordsAndPunctuation,
    "characters": Characters,
}
"""The tokenizers of the page, by name."""


def tokenizer_of(name: str) -> Tokenizer:
    """The tokenizer with that name; an unknown name is an error."""
    return TOKENIZERS[known_name("tokenizer", name, TOKENIZERS)]()


def lines_of(path: str, label: str) -> list[str]:
    """The lines of a text that are not empty. A text without any, or with more characters than the
    limit, is an error."""
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
    """The first nine tenths and the last tenth (empty if the text is too short): whole lines, or
    for a long text of few lines the characters before and after a space.

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
    """Training tokens and held-out tokens, with one vocabulary."""
    first, rest = parted(lines)
    train = Tokens.from_texts(first, tokenizer)
    return train, Tokens.from_texts(rest, vocabulary=train.vocabulary) if rest else None
