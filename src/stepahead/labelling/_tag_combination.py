"""`TagCombination`: the weighted mean of several fitted taggers, calibrated."""

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float, Int32

from .._types import Learning
from ..data import Tokens, Vocabulary
from ._frequent_tag_model import FrequentTagModel
from ._label_combination import mixed
from ._tag_model import FIRST_TAG, TagModel


@dataclass(frozen=True, eq=False)
class TagCombination(TagModel):
    """The weighted mean of the probabilities of the `members` for each word, each at its
    temperature, and then at the last of the `temperatures`. A single member predicts its own best
    sequence.

    `chosen` names the members; `baseline` is the most frequent tag of each word of the training
    text.
    """

    members: tuple[TagModel, ...]
    chosen: tuple[str, ...]
    weights: Float[np.ndarray, " member"]
    temperatures: Float[np.ndarray, " member_and_all"]
    baseline: FrequentTagModel
    words: Vocabulary
    tags: Vocabulary
    learning: Learning = field(default_factory=lambda: Learning(stopped="combined"))
    kind: ClassVar[str] = "combined tags"

    @property
    def spec(self) -> Any:
        """The specifications of the members."""
        return tuple(member.spec for member in self.members)

    def numbers(self, tokens: Tokens) -> Int32[np.ndarray, " word"]:
        """Return the numbers of the words as spelled."""
        return self.words.encode_tokens(tokens.vocabulary.words)[tokens.ids]

    def predictions(self, tokens: Tokens) -> tuple[Tokens, Float[np.ndarray, "word tag"]]:
        """Return the tag of the highest probability of each word, if there are several members, and
        the log probabilities of all tags."""
        said = [member.predictions(tokens) for member in self.members]
        parts = [log_probs for _, log_probs in said]
        log_probs = mixed(parts, self.weights, self.temperatures)
        if len(said) == 1:
            return said[0][0], log_probs
        ids = log_probs.argmax(axis=1).astype(np.int32) + FIRST_TAG
        return replace(tokens, ids=ids, vocabulary=self.tags), log_probs
