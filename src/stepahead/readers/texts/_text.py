"""Texts as tokens."""

import codecs
import shlex
from collections.abc import Iterator
from pathlib import Path

from ..._check import Refusal
from ..._files import unpacked
from ...data import Tokenizer, Tokens, Vocabulary


def read_text(
    path: str | Path,
    *,
    tokenizer: Tokenizer | None = None,
    lines: bool = True,
    vocabulary: Vocabulary | None = None,
    min_count: int = 1,
) -> Tokens:
    """Read a text in UTF-8 (or UTF-16 with its byte order mark), gzipped or not: every line that is
    not empty is a sequence, or with `lines=False` the whole file is one running text. Lines end
    with a line feed, a carriage return or both, and with no other character.

    `tokenizer` splits it into tokens (at white space unless given; `data.WordsAndPunctuation()`,
    `data.Characters()`, `data.Subwords`). For test data, give the `vocabulary` of the training
    text: tokens that are not in it become `<unk>`. Without one, the vocabulary contains all tokens
    that occur `min_count` times.
    """
    text = text_of(path)
    texts = [line for line in text.split("\n") if line.strip()] if lines else [text.strip("\n")]
    if not any(texts):
        raise Refusal(f"'{path}' is empty. Give a text with something in it.")
    return Tokens.from_texts(texts, tokenizer, vocabulary=vocabulary, min_count=min_count)


def text_of(path: str | Path) -> str:
    """The text of a file, with `\n` as line ends. A file that is missing, damaged or not a text is
    an error, and the message names the byte. The encoding is UTF-8, unless the file begins with the
    byte order mark of UTF-16 or UTF-32."""
    path = Path(path)
    raw = unpacked(path, "a text file")
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "utf-8-sig")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as wrong:
        line = raw.count(b"\n", 0, wrong.start) + 1
        marked = encoding != "utf-8-sig"
        remedy = "It may be cut off: fetch it again." if marked else _converted(path, "latin1")
        raise Refusal(
            f"'{path}' is not {encoding.upper().removesuffix('-SIG')}: byte {wrong.start} "
            f"(0x{raw[wrong.start]:02x}, line {line}) does not "
            f"fit. {remedy}"
        ) from wrong
    if "\0" in text:
        raise Refusal(
            f"'{path}' holds the character 0 in line "
            f"{text.count(chr(10), 0, text.index(chr(0))) + 1}, which no text has. If it is UTF-16 "
            f"without its mark: {_converted(path, 'utf-16le')}"
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks of encodings other than UTF-8; longer ones first, since they begin like the
shorter ones."""


def _converted(path: Path, encoding: str) -> str:
    return (
        f"Convert it first, for example: iconv -f {encoding} -t utf-8 {shlex.quote(path.name)} >"
        " converted.txt"
    )


def lines_of(path: str | Path) -> Iterator[tuple[int, str]]:
    """Every line with its number, counted from 1."""
    return enumerate(text_of(path).split("\n"), 1)
