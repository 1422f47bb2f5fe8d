"""Reading text: a path in, tokens out."""

import gzip
from collections.abc import Iterator
from pathlib import Path

from .._check import Refusal
from ..data import Cut, Tokens, Vocabulary


def read_text(
    path: str | Path, *, cut: Cut | None = None, lines: bool = True, vocabulary: Vocabulary | None = None, min_count: int = 1
) -> Tokens:
    """Read a text in UTF-8, gzipped or not: every line that holds something a sequence, or with `lines=False` one running text.

    `cut` says how it becomes tokens (words between white space unless said; `data.Marks()`, `data.Characters()`, `data.Subwords`).
    Give the `vocabulary` of the training text to read other text with it: what is not in it becomes `<unk>`. Without one, the
    vocabulary is made of all tokens that occur `min_count` times.
    """
    text = text_of(path)
    texts = [line for line in text.splitlines() if line.strip()] if lines else [text.strip("\n")]
    if not any(texts):
        raise Refusal(f"'{path}' is empty. Give a text with something in it.")
    return Tokens.from_texts(texts, cut, vocabulary=vocabulary, min_count=min_count)


def text_of(path: str | Path) -> str:
    """The text of a file, line ends as `\\n`; refuse what is missing or not UTF-8, saying which byte."""
    path = Path(path)
    try:
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (OSError, EOFError) as wrong:
        said = getattr(wrong, "strerror", None) or wrong
        raise Refusal(f"'{path}' cannot be read: {said}. Give the path of a text file.") from wrong
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = raw.count(b"\n", 0, wrong.start) + 1
        raise Refusal(
            f"'{path}' is not UTF-8: byte {wrong.start} (0x{raw[wrong.start]:02x}, line {line}) does not fit. "
            f"Convert it first, for example: iconv -f latin1 -t utf-8 {path.name} > converted.txt"
        ) from wrong
    return text.replace("\r\n", "\n").replace("\r", "\n")


def lines_of(path: str | Path) -> Iterator[tuple[int, str]]:
    """Every line with its number, from 1 on."""
    return enumerate(text_of(path).split("\n"), 1)
