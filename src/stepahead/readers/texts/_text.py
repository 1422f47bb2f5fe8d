"""Reading text: a path in, tokens out."""

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
    """Read a text in UTF-8 (or UTF-16 with its byte order mark), gzipped or not: every line that
    holds something a sequence, or with `lines=False` one running text. Lines end with a line feed,
    a carriage return or both, and with nothing else.

    `tokenizer` makes tokens of it (words between white space unless given;
    `data.WordsAndPunctuation()`, `data.Characters()`, `data.Subwords`). Give the `vocabulary` of
    the training text to read other text with it: what is not in it becomes `<unk>`. Without one,
    the vocabulary is made of all tokens that occur `min_count` times.
    """
    text = text_of(path)
    texts = [line for line in text.split("\n") if line.strip()] if lines else [text.strip("\n")]
    if not any(texts):
        raise Refusal(f"'{path}' is empty. Give a text with something in it.")
    return Tokens.from_texts(texts, tokenizer, vocabulary=vocabulary, min_count=min_count)


def text_of(path: str | Path) -> str:
    """The text of a file, line ends as `\\n`; refuse what is missing, damaged or no text, saying
    which byte. UTF-8, unless it begins with the byte order mark of UTF-16 or UTF-32."""
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
"""Byte order marks of encodings other than UTF-8; the longer first, since they begin like the
shorter ones."""


def _converted(path: Path, encoding: str) -> str:
    return (
        f"Convert it first, for example: iconv -f {encoding} -t utf-8 {shlex.quote(path.name)} >"
        " converted.txt"
    )


def lines_of(path: str | Path) -> Iterator[tuple[int, str]]:
    """Every line with its number, from 1 on."""
    return enumerate(text_of(path).split("\n"), 1)
