"""`TagNetwork`: a fitted network tagger."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from jaxtyping import Float, Int32

from .._fitted import FittedNetwork
from .._types import Key, Learning
from ..data import Spelled, Tokens, Vocabulary, spelled
from ..models import Tagger
from ._tag_model import FIRST_TAG, TagModel

if TYPE_CHECKING:
    from ..models import TaggerModel


@dataclass(frozen=True, eq=False)
class TagNetwork(TagModel, FittedNetwork):
    """A fitted network, and the vocabularies of words, of their characters, and of tags."""

    spec: Tagger
    model: Any  # by JAX, or in NumPy where it was loaded to be asked
    words: Vocabulary
    characters: Vocabulary
    tags: Vocabulary
    learning: Learning = field(default_factory=Learning)
    kind: ClassVar[str] = "tags"

    @classmethod
    def outline(cls, fields: Mapping[str, Any], key: Key) -> "TaggerModel":
        """Return an untrained tagger of these vocabularies."""
        words, characters, tags = (len(fields[name]) for name in ("words", "characters", "tags"))
        return fields["spec"].build(words, characters, tags - FIRST_TAG, key)

    def spelled(self, tokens: Tokens) -> Spelled:
        """Return words as model inputs: word numbers and characters."""
        return spelled(tokens, self.words, self.characters, self.spec.lower)

    def numbers(self, tokens: Tokens) -> Int32[np.ndarray, " word"]:
        """Return the numbers of the words, lower-cased if the specification says so."""
        return self.spelled(tokens).words

    def predictions(self, tokens: Tokens) -> tuple[Tokens, Float[np.ndarray, "word tag"]]:
        words = self.spelled(tokens)
        best = np.zeros(len(tokens.ids), np.int32)
        log_probs = np.zeros((len(tokens.ids), len(self.names)))
        arrays = (words.words, words.kinds, words.letters, words.lengths, tokens.offsets)
        for batch, tags, marginals in self.model.predictions(*arrays):
            rows = batch.rows[batch.inside]
            best[rows], log_probs[rows] = tags[batch.inside], marginals[batch.inside]
        return replace(tokens, ids=best + FIRST_TAG, vocabulary=self.tags), log_probs
