"""Tokenizers, which convert text to tokens and back: words, characters, subwords."""

import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Protocol

import numpy as np
from jaxtyping import UInt8

from ..._check import Refusal, whole
from ..._extras import extras_needed


class Tokenizer(Protocol):
    """A reversible tokenizer: `detokenize(tokenize(text))` is the text, up to white space."""

    def tokenize(self, text: str) -> list[str]:
        """The tokens of a text."""
        ...

    def detokenize(self, tokens: Sequence[str]) -> str:
        """The text of tokens."""
        ...


@dataclass(frozen=True)
class Words:
    """Words separated by white space. Punctuation is a separate token only if the text has spaces
    around it.

    >>> Words().tokenize("the cat  sat ."), Words().detokenize(["the", "cat"])
    (['the', 'cat', 'sat', '.'], 'the cat')
    """

    def tokenize(self, text: str) -> list[str]:
        """Return the words between white space."""
        return text.split()

    def detokenize(self, tokens: Sequence[str]) -> str:
        """Return the words with one space between them."""
        return " ".join(tokens)


@dataclass(frozen=True)
class WordsAndPunctuation:
    """Words, and every punctuation mark separately: for plain text.

    >>> WordsAndPunctuation().tokenize("Said he: it's late.")
    ['Said', 'he', ':', "it's", 'late', '.']
    >>> WordsAndPunctuation().detokenize(["Said", "he", ":", "it's", "late", "."])
    "Said he: it's late."
    >>> accented = WordsAndPunctuation().tokenize("cafe\u0301 हिन्दी")
    >>> [len(word) for word in accented]  # accents stay with their letter
    [5, 6]
    """

    def tokenize(self, text: str) -> list[str]:
        """Return runs of letters, digits and apostrophes, with their combining accents and vowel
        signs; every other mark is a separate token."""
        return _pattern().findall(text)

    def detokenize(self, tokens: Sequence[str]) -> str:
        """Return the words with spaces between them, but without a space before closing punctuation
        and after opening brackets."""
        closed = re.sub(r" ([.,;:!?)\]}’])", r"\1", " ".join(tokens))
        return re.sub(r"([(\[{]) ", r"\1", closed)


@lru_cache
def _pattern() -> re.Pattern[str]:
    """The pattern of words and marks, each with its combining characters (Unicode category M), and
    with zero-width joiners within a word."""
    planes = (*range(0x20000), *range(0xE0000, min(0xE1000, sys.maxunicode)))
    combining = (
        "".join(
            re.escape(chr(code)) for code in planes if unicodedata.category(chr(code))[0] == "M"
        )
        + "\u200c\u200d"
    )
    word = rf"\w[\w{combining}]*"
    return re.compile(rf"{word}(?:['’]{word})*|[^\w\s][{combining}]*")


@dataclass(frozen=True)
class Characters:
    """Every character (code point), white space included.

    >>> Characters().tokenize("a b")
    ['a', ' ', 'b']
    """

    def tokenize(self, text: str) -> list[str]:
        """The characters."""
        return list(text)

    def detokenize(self, tokens: Sequence[str]) -> str:
        """The characters, one after the other."""
        return "".join(tokens)


@dataclass(frozen=True, eq=False)
class Subwords:
    """Byte-pair encoding (Sennrich et al. 2016), trained by sentencepiece; `model` is the trained
    model in its format.

    Make one with `Subwords.learned(texts, size)`, on training text only. Text is used as it is
    (without Unicode normalisation), except that runs of spaces become one. `▁` stands for a space
    in the tokens, so a text that contains it is refused.

    >>> subwords = Subwords.learned(["low lower lowest", "new newer newest"] * 20, 20)
    >>> subwords.detokenize(subwords.tokenize("lower newest"))
    'lower newest'
    """

    model: UInt8[np.ndarray, " byte"] = field(repr=False)

    @classmethod
    def learned(cls, texts: Iterable[str], size: int) -> "Subwords":
        """Merge the most frequent pairs until there are `size` distinct tokens. A size that the
        text cannot fill is refused, and so is text with a character that sentencepiece reserves.
        Lines of any length are used."""
        import io

        with extras_needed():
            import sentencepiece

        written, held = io.BytesIO(), [_without(text, "▁▅") for text in texts]
        try:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(held),
                max_sentence_length=max((len(text.encode()) for text in held), default=0) + 1,
                normalization_rule_name="identity",
                model_writer=written,
                vocab_size=whole("size", size, 4),
                model_type="bpe",
                character_coverage=1.0,
                num_threads=1,
                minloglevel=2,
                bos_id=-1,
                eos_id=-1,
            )
        except (RuntimeError, OSError) as wrong:
            said = str(wrong).strip().splitlines()[-1]
            raise Refusal(
                f"No {size} subwords can be learned from this text ({said}). Give more text or "
                "another `size`."
            ) from wrong
        return cls(np.frombuffer(written.getvalue(), np.uint8))

    @cached_property
    def _processor(self) -> Any:
        with extras_needed():
            import sentencepiece

        return sentencepiece.SentencePieceProcessor(model_proto=self.model.tobytes())

    def tokenize(self, text: str) -> list[str]:
        """Return the subwords; `▁` marks the beginning of a word."""
        return self._processor.encode(_without(text, "▁"), out_type=str)

    def detokenize(self, tokens: Sequence[str]) -> str:
        """Return the text of subwords."""
        return "".join(tokens).replace("▁", " ").lstrip(" ")


def _without(text: str, reserved: str) -> str:
    """The text; refuse one with a character that is reserved."""
    found = next((mark for mark in reserved if mark in text), None)
    if found is not None:
        raise Refusal(
            f"The text {text[:40]!r} holds {found!r}, which stands for something else among "
            "subwords. Replace it, by '_' say."
        )
    return text
