"""`FrequentTagModel`: the baseline of taggers."""

from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int32

from .._types import Learning
from ..data import Tokens, Vocabulary
from ..models import MostFrequentTag, TagShares
from ._tag_model import FIRST_TAG, TagModel


@dataclass(frozen=True, eq=False)
class FrequentTagModel(TagModel):
    """The most frequent tag of each word, whatever its context."""

    spec: MostFrequentTag
    model: TagShares
    words: Vocabulary
    tags: Vocabulary
    learning: Learning = field(default_factory=Learning)
    kind: ClassVar[str] = "most frequent tags"

    def numbers(self, tokens: Tokens) -> Int32[np.ndarray, " word"]:
        """Return the numbers of the words as spelled."""
        return self.words.encode_tokens(tokens.vocabulary.words)[tokens.ids]

    def predictions(self, tokens: Tokens) -> tuple[Tokens, Float[np.ndarray, "word tag"]]:
        """Return the most frequent tag of each word, and its log probabilities of all tags."""
        log_probs = self.model.log_shares[self.numbers(tokens)].astype(np.float64)
        ids = log_probs.argmax(axis=1).astype(np.int32) + FIRST_TAG
        return replace(tokens, ids=ids, vocabulary=self.tags), log_probs
