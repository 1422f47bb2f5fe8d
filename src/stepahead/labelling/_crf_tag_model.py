"""`CRFTagModel`: a fitted conditional random field tagger."""

from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int32

from .._types import Learning
from ..data import Tokens, Vocabulary
from ..models import CRFTagger, FeatureWeights
from ..ops import best_first_order, first_order_shares
from ._tag_model import FIRST_TAG, TagModel


@dataclass(frozen=True, eq=False)
class CRFTagModel(TagModel):
    """A conditional random field with features of words in their sentence."""

    spec: CRFTagger
    model: FeatureWeights
    words: Vocabulary
    tags: Vocabulary
    learning: Learning = field(default_factory=Learning)
    kind: ClassVar[str] = "tags by a conditional random field"

    def numbers(self, tokens: Tokens) -> Int32[np.ndarray, " word"]:
        """Return the numbers of the words as spelled."""
        return self.words.encode_tokens(tokens.vocabulary.words)[tokens.ids]

    def predictions(self, tokens: Tokens) -> tuple[Tokens, Float[np.ndarray, "word tag"]]:
        """Return the best tags by Viterbi, and log marginals by forward-backward."""
        scores = self.model.scores(tokens.vocabulary.words, tokens.ids, tokens.offsets)
        scores, steps = scores.astype(np.float64), self.model.steps.astype(np.float64)
        best = best_first_order(scores, tokens.offsets, steps)
        with np.errstate(divide="ignore"):
            log_probs = np.log(first_order_shares(scores, tokens.offsets, steps).tags)
        return replace(tokens, ids=best + FIRST_TAG, vocabulary=self.tags), log_probs
