"""`Vocabulary`: numbers for tokens."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

import numpy as np
from jaxtyping import Int32

from ..._check import Refusal, whole
from ..._types import END, UNKNOWN
from ._tokenizers import Tokenizer, Words

SPECIAL = ("<unk>", "</s>")
"""The first two words of every vocabulary."""


@dataclass(frozen=True)
class Vocabulary:
    """The distinct tokens, each with its number, and the tokenizer of texts. `words[0]` is `<unk>`,
    `words[1]` is `</s>`.

    >>> vocabulary = Vocabulary.of([["a", "b", "a"]])
    >>> vocabulary.words, vocabulary.encode("b c").tolist(), vocabulary.decode([3, 2, 1])
    (('<unk>', '</s>', 'a', 'b'), [3, 0], 'b a')
    """

    words: tuple[str, ...] = field(repr=False)
    tokenizer: Tokenizer = field(default_factory=Words)

    def __post_init__(self) -> None:
        if self.words[:2] != SPECIAL or len(self.numbers) != len(self.words):
            raise Refusal(
                "A vocabulary begins with '<unk>' and '</s>' and holds every word once. Make it "
                "with `Vocabulary.of(sequences)`."
            )

    @classmethod
    def of(
        cls,
        sequences: Iterable[Sequence[str]],
        tokenizer: Tokenizer | None = None,
        min_count: int = 1,
    ) -> "Vocabulary":
        """Return the vocabulary of all tokens that occur at least `min_count` times in `sequences`,
        most frequent first (of equally frequent ones, the first seen). `tokenizer` is by default
        `Words()`."""
        counts = Counter(chain.from_iterable(sequences))
        kept = [
            word
            for word, count in counts.most_common()
            if count >= whole("min_count", min_count) and word not in SPECIAL
        ]
        return cls((*SPECIAL, *kept), Words() if tokenizer is None else tokenizer)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of every word."""
        return {word: number for number, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, text: str) -> Int32[np.ndarray, " token"]:
        """Return the numbers of a text's tokens, with `<unk>` for tokens that are not in the
        vocabulary, without an end token."""
        return self.encode_tokens(self.tokenize(text))

    def tokenize(self, text: str) -> list[str]:
        """Return the tokens of a text; `<unk>` in the text is one token, whatever the tokenizer.

        >>> from stepahead.data import Characters
        >>> Vocabulary.of([["a"]], Characters()).tokenize("a<unk>a")
        ['a', '<unk>', 'a']
        """
        first, *rest = text.split(SPECIAL[UNKNOWN])
        return [
            *self.tokenizer.tokenize(first),
            *(
                token
                for part in rest
                for token in (SPECIAL[UNKNOWN], *self.tokenizer.tokenize(part))
            ),
        ]

    def encode_tokens(self, tokens: Sequence[str]) -> Int32[np.ndarray, " token"]:
        """Return the numbers of tokens, with `<unk>` for those that are not in the vocabulary."""
        numbers = self.numbers
        return np.fromiter((numbers.get(token, UNKNOWN) for token in tokens), np.int32, len(tokens))

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of numbers, without end tokens."""
        return self.tokenizer.detokenize([self.words[number] for number in ids if number != END])
