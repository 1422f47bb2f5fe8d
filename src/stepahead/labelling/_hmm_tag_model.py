"""`HMMTagModel`: a fitted hidden Markov tagger."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int32

from .._types import Learning
from ..data import Tokens, Vocabulary
from ..models import HMMTagger, TagCounts, WordEnds
from ..ops import best_second_order, second_order_shares
from ._tag_model import FIRST_TAG, TagModel


@dataclass(frozen=True, eq=False)
class HMMTagModel(TagModel):
    """A hidden Markov model whose states are the tags, as counts of tagged text."""

    spec: HMMTagger
    model: TagCounts
    words: Vocabulary
    tags: Vocabulary
    learning: Learning = field(default_factory=Learning)
    kind: ClassVar[str] = "tags by a hidden Markov model"

    @cached_property
    def log_steps(self) -> Float[np.ndarray, "edge edge edge"]:
        """log p(tag | the two previous tags)."""
        return self.spec.log_steps(self.model.steps)

    @cached_property
    def word_ends(self) -> WordEnds:
        """The tags of words by their spelling."""
        return WordEnds(self.spec, self.words.words, self.model.words)

    def numbers(self, tokens: Tokens) -> Int32[np.ndarray, " word"]:
        """Return the numbers of the words as spelled."""
        return self.words.encode_tokens(tokens.vocabulary.words)[tokens.ids]

    def predictions(self, tokens: Tokens) -> tuple[Tokens, Float[np.ndarray, "word tag"]]:
        """Return the best tags by Viterbi, and log marginals by forward-backward."""
        kinds, own = np.unique(tokens.ids, return_inverse=True)
        spelled = [tokens.vocabulary.words[number] for number in kinds]
        scores = self.word_ends.log_scores(spelled)[own]
        best = best_second_order(scores, tokens.offsets, self.log_steps)
        with np.errstate(divide="ignore"):
            shares = np.log(second_order_shares(scores, tokens.offsets, self.log_steps))
        return replace(tokens, ids=best + FIRST_TAG, vocabulary=self.tags), shares
