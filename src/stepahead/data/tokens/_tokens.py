"""`Vocabulary` and `Tokens`: sequences of tokens, each of its own length, as numbers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain

import numpy as np
from jaxtyping import Float64, Int, Int32, Int64

from ..._check import Refusal, whole
from ..._types import END, UNKNOWN
from ._tokenizers import Tokenizer, Words

SPECIAL = ("<unk>", "</s>")
"""The first two words of every vocabulary."""


@dataclass(frozen=True)
class Vocabulary:
    """The kinds of tokens, each with its number, and the tokenizer of texts. `words[0]` is `<unk>`,
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
        """All tokens that occur at least `min_count` times, the most frequent first (of equally
        frequent ones, the first seen)."""
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
        """The numbers of a text's tokens; `<unk>` for what is not in the vocabulary. No end token
        is added."""
        return self.encode_tokens(self.tokenize(text))

    def tokenize(self, text: str) -> list[str]:
        """The tokens of a text; `<unk>` in it is one, whatever the tokenizer.

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
        """The numbers of tokens; `<unk>` for those that are not in the vocabulary."""
        numbers = self.numbers
        return np.fromiter((numbers.get(token, UNKNOWN) for token in tokens), np.int32, len(tokens))

    def decode(self, ids: Iterable[int]) -> str:
        """The text of numbers, end tokens left out."""
        return self.tokenizer.detokenize([self.words[number] for number in ids if number != END])


@dataclass(frozen=True, eq=False)
class Tokens:
    """Sequences of tokens: one flat array of numbers, and where each sequence begins and ends. End
    tokens are not stored.

    >>> tokens = Tokens.from_texts(["the cat sat", "the dog"])
    >>> len(tokens), tokens[1].tolist(), tokens.texts()
    (2, [2, 5], ('the cat sat', 'the dog'))
    >>> tokens.reversed().texts()
    ('sat cat the', 'dog the')
    """

    ids: Int32[np.ndarray, " token"]
    offsets: Int64[np.ndarray, " boundary"]
    vocabulary: Vocabulary

    @classmethod
    def from_texts(
        cls,
        texts: Iterable[str],
        tokenizer: Tokenizer | None = None,
        *,
        vocabulary: Vocabulary | None = None,
        min_count: int = 1,
    ) -> "Tokens":
        """Tokenize texts, one sequence each, with a vocabulary that is given or made of them."""
        if isinstance(texts, str):
            raise Refusal(
                "`texts` must be several texts, such as lines, but it is one. Give `[text]` for "
                "one sequence."
            )
        if tokenizer is None:
            tokenizer = Words() if vocabulary is None else vocabulary.tokenizer
        # The same with and without a vocabulary, so that training and other text are cut alike.
        tokenize = Vocabulary(SPECIAL, tokenizer).tokenize
        return cls.from_sequences(
            [tokenize(text) for text in texts],
            tokenizer,
            vocabulary=vocabulary,
            min_count=min_count,
        )

    @classmethod
    def from_sequences(
        cls,
        sequences: Sequence[Sequence[str]],
        tokenizer: Tokenizer | None = None,
        *,
        vocabulary: Vocabulary | None = None,
        min_count: int = 1,
    ) -> "Tokens":
        """Sequences of tokens, with a vocabulary that is given or made of them; one may
        be empty, but not all that it is made of."""
        given = vocabulary is not None
        vocabulary = (
            Vocabulary.of(sequences, tokenizer, min_count) if vocabulary is None else vocabulary
        )
        ids = vocabulary.encode_tokens(list(chain.from_iterable(sequences)))
        offsets = np.cumsum([0, *map(len, sequences)], dtype=np.int64)
        if not len(sequences) or not (given or len(ids)):
            raise Refusal("There is not one token in this text. Give a text with something in it.")
        if (ids == END).any():
            at = int(np.searchsorted(offsets, np.flatnonzero(ids == END)[0], side="right"))
            raise Refusal(
                f"Sequence {at} holds '</s>', which stands for the end of a sequence. Take it out: "
                "ends are added where they count."
            )
        return cls(ids, offsets, vocabulary)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __iter__(self) -> Iterator[Int32[np.ndarray, " token"]]:
        return (self[place] for place in range(len(self)))

    def __getitem__(self, place: int) -> Int32[np.ndarray, " token"]:
        """The numbers of one sequence."""
        if not -len(self) <= place < len(self):
            raise IndexError(
                f"There is no sequence {place}; there are {len(self)}, counted from 0."
            )
        place %= len(self)
        return self.ids[self.offsets[place] : self.offsets[place + 1]]

    @property
    def lengths(self) -> Int64[np.ndarray, " sequence"]:
        """Tokens in every sequence, its end not counted."""
        return np.diff(self.offsets)

    def texts(self) -> tuple[str, ...]:
        """Every sequence as text."""
        return tuple(self.vocabulary.decode(ids.tolist()) for ids in self)

    def take(self, places: Int[np.ndarray, " chosen"]) -> "Tokens":
        """Some of the sequences, in the order given."""
        lengths = self.lengths[places]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        rows = np.arange(offsets[-1]) + np.repeat(self.offsets[:-1][places] - offsets[:-1], lengths)
        return replace(self, ids=self.ids[rows], offsets=offsets)

    def reversed(self) -> "Tokens":
        """Every sequence from its last token to its first."""
        rows = np.repeat(self.offsets[:-1] + self.offsets[1:] - 1, self.lengths) - np.arange(
            len(self.ids)
        )
        return replace(self, ids=self.ids[rows])

    def with_ends(self) -> "Tokens":
        """Every sequence with the end token behind it."""
        return replace(
            self,
            ids=np.insert(self.ids, self.offsets[1:], END),
            offsets=self.offsets + np.arange(len(self.offsets)),
        )

    def concatenated(self) -> "Tokens":
        """One sequence: all of them in order, an end token after each but the last, whose end is
        the end of all."""
        ids = self.with_ends().ids[:-1]
        return replace(self, ids=ids, offsets=np.array([0, len(ids)], np.int64))

    def with_vocabulary(self, vocabulary: Vocabulary) -> "Tokens":
        """The same tokens with the numbers of another vocabulary."""
        numbers = vocabulary.encode_tokens(self.vocabulary.words)
        return replace(self, ids=numbers[self.ids], vocabulary=vocabulary)

    def occurring(self, min_count: int = 1) -> Vocabulary:
        """The vocabulary of what occurs here at least `min_count` times: for a part of a text that
        was read as a whole.

        >>> Tokens.from_texts(["a b", "c a"]).take(np.array([0])).occurring().words
        ('<unk>', '</s>', 'a', 'b')
        """
        counts = np.bincount(self.ids, minlength=len(self.vocabulary))
        kept = [
            word
            for word, count in zip(self.vocabulary.words, counts, strict=True)
            if count >= min_count and word not in SPECIAL
        ]
        return Vocabulary((*SPECIAL, *kept), self.vocabulary.tokenizer)

    def log_frequencies(self) -> Float64[np.ndarray, " vocab"]:
        """The log share of every token of the vocabulary, ends counted, one added to each count:
        the initial bias of an output layer."""
        counts = 1.0 + np.bincount(self.with_ends().ids, minlength=len(self.vocabulary))
        return np.log(counts / counts.sum())

    def padded(
        self, width: int | None = None
    ) -> tuple[Int32[np.ndarray, "sequence time"], Int32[np.ndarray, " sequence"]]:
        """All sequences side by side, filled with END behind, and their lengths: for a batch."""
        lengths = self.lengths.astype(np.int32)
        held = np.full(
            (len(self), int(lengths.max(initial=0)) if width is None else width), END, np.int32
        )
        held[np.arange(held.shape[1]) < lengths[:, None]] = self.ids
        return held, lengths
