"""`Tokens`: sequences of tokens of unequal length, as numbers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from jaxtyping import Float64, Int, Int32, Int64

from ..._check import Refusal
from ..._types import END
from ..codecs import SPECIAL, Tokenizer, Vocabulary, Words


@dataclass(frozen=True, eq=False)
class Tokens:
    """Sequences of tokens: one array of numbers, and where each sequence begins and ends. End
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
        """Return the tokens of texts, one sequence each. The vocabulary is the given one, or has
        all tokens that occur at least `min_count` times. `tokenizer` splits the texts (default:
        that of the vocabulary, or `Words()`)."""
        if isinstance(texts, str):
            raise Refusal(
                "`texts` must be several texts, such as lines, but it is one. Give `[text]` for "
                "one sequence."
            )
        if tokenizer is None:
            tokenizer = Words() if vocabulary is None else vocabulary.tokenizer
        # The same with and without a vocabulary, so that all text is split in the same way.
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
        """Return sequences of tokens. The vocabulary is the given one, or has all tokens that occur
        at least `min_count` times, with this `tokenizer`. Single sequences may be empty, but not
        all those from which a vocabulary is made."""
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
        """Return the numbers of one sequence."""
        if not -len(self) <= place < len(self):
            raise IndexError(
                f"There is no sequence {place}; there are {len(self)}, counted from 0."
            )
        place %= len(self)
        return self.ids[self.offsets[place] : self.offsets[place + 1]]

    @property
    def lengths(self) -> Int64[np.ndarray, " sequence"]:
        """The number of tokens in every sequence, without its end."""
        return np.diff(self.offsets)

    def texts(self) -> tuple[str, ...]:
        """Return every sequence as text."""
        return tuple(self.vocabulary.decode(ids.tolist()) for ids in self)

    def take(self, places: Int[np.ndarray, " chosen"]) -> "Tokens":
        """Return the sequences at these places, in this order."""
        lengths = self.lengths[places]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        rows = np.arange(offsets[-1]) + np.repeat(self.offsets[:-1][places] - offsets[:-1], lengths)
        return replace(self, ids=self.ids[rows], offsets=offsets)

    def reversed(self) -> "Tokens":
        """Return every sequence in reverse order."""
        rows = np.repeat(self.offsets[:-1] + self.offsets[1:] - 1, self.lengths) - np.arange(
            len(self.ids)
        )
        return replace(self, ids=self.ids[rows])

    def with_ends(self) -> "Tokens":
        """Return every sequence followed by the end token."""
        return replace(
            self,
            ids=np.insert(self.ids, self.offsets[1:], END),
            offsets=self.offsets + np.arange(len(self.offsets)),
        )

    def concatenated(self) -> "Tokens":
        """Return all sequences as one, separated by end tokens; the last one has no end token."""
        ids = self.with_ends().ids[:-1]
        return replace(self, ids=ids, offsets=np.array([0, len(ids)], np.int64))

    def with_vocabulary(self, vocabulary: Vocabulary) -> "Tokens":
        """Return the same tokens with the numbers of another vocabulary."""
        numbers = vocabulary.encode_tokens(self.vocabulary.words)
        return replace(self, ids=numbers[self.ids], vocabulary=vocabulary)

    def occurring(self, min_count: int = 1) -> Vocabulary:
        """Return the vocabulary of the tokens that occur here at least `min_count` times: for a
        part of a text that was read as a whole.

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
        """Return the log share of every token of the vocabulary, with ends, and with one added to
        each count: the initial bias of an output layer."""
        counts = 1.0 + np.bincount(self.with_ends().ids, minlength=len(self.vocabulary))
        return np.log(counts / counts.sum())

    def padded(
        self, width: int | None = None
    ) -> tuple[Int32[np.ndarray, "sequence time"], Int32[np.ndarray, " sequence"]]:
        """Return all sequences as one array, padded with END, and their lengths."""
        lengths = self.lengths.astype(np.int32)
        held = np.full(
            (len(self), int(lengths.max(initial=0)) if width is None else width), END, np.int32
        )
        held[np.arange(held.shape[1]) < lengths[:, None]] = self.ids
        return held, lengths
