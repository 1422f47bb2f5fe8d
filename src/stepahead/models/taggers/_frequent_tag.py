"""The baseline of tagging: the most frequent tag of each word."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int

from ..._settings import Settings
from ..._types import UNKNOWN


@dataclass(frozen=True)
class MostFrequentTag(Settings):
    """The most frequent tag of each word in the training text; for other words, that of all words
    that occur once."""


@dataclass(frozen=True, eq=False)
class TagShares:
    """log p(tag | word); the first row is for unknown words.

    >>> words, tags = np.array([2, 2, 3]), np.array([0, 0, 1])
    >>> found = TagShares.counted(words, tags, vocabulary=4, tag_count=2)
    >>> found.log_shares.argmax(axis=1).tolist()
    [1, 1, 0, 1]
    """

    log_shares: Float32[np.ndarray, "vocab tag"]

    @classmethod
    def counted(
        cls,
        words: Int[np.ndarray, " word"],
        tags: Int[np.ndarray, " word"],
        *,
        vocabulary: int,
        tag_count: int,
    ) -> "TagShares":
        """Count words with their tags. Words that occur once represent unknown words, and count as
        one more observation of every word."""
        counts = np.zeros((vocabulary, tag_count))
        np.add.at(counts, (words, tags), 1)
        once = counts[counts.sum(axis=1) == 1].sum(axis=0)
        once = (once if once.sum() else counts.sum(axis=0)) + 1 / tag_count
        counts += once / once.sum()
        counts[UNKNOWN] = once
        return cls(np.log(counts / counts.sum(axis=1, keepdims=True)).astype(np.float32))
