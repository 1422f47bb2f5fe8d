"""`TagModel`: what `fit` returns for tagged sequences. It says a tag for every word."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float, Int32

from .._check import Refusal
from .._types import UNKNOWN, Key, Learning
from ..data import Spelled, Tagged, Tokens, Vocabulary, spelled
from ..fitted import Fitted
from ..models import Tagger, TaggerModel, tagged_batches
from ._label_score import LabelScore, label_score

NAMED = 2
"""Tags are numbered from here in their vocabulary: before them come `<unk>` and `</s>`, which are
no tags."""


@dataclass(frozen=True, eq=False)
class TagScore:
    """How well the words were tagged, all of them and those that were not in the training text, and
    the share of sequences in which every tag is right."""

    words: LabelScore
    unknown: LabelScore | None
    sequences: float

    @property
    def accuracy(self) -> float:
        """The share of words that were tagged right."""
        return self.words.accuracy


@dataclass(frozen=True, eq=False)
class TagModel(Fitted):
    """A model of tags, and the vocabularies of words, of the characters in them, and of tags."""

    spec: Tagger
    model: TaggerModel
    words: Vocabulary
    characters: Vocabulary
    tags: Vocabulary
    learning: Learning = field(default_factory=Learning)
    kind: ClassVar[str] = "tags"

    @classmethod
    def outline(cls, fields: Mapping[str, Any], key: Key) -> TaggerModel:
        """An untrained tagger of these vocabularies."""
        words, characters, tags = (len(fields[name]) for name in ("words", "characters", "tags"))
        return fields["spec"].build(words, characters, tags - NAMED, key)

    @property
    def names(self) -> tuple[str, ...]:
        """The tags."""
        return self.tags.words[NAMED:]

    def tokens(self, text: Tokens | str | Iterable[str | Sequence[str]]) -> Tokens:
        """Words with a vocabulary of their own, so that those that the model does not know can be
        spelled. Texts are cut as those of training were; sequences of words are cut already."""
        if isinstance(text, Tokens):
            return text
        cut = self.words.cut
        parts = [
            cut.split(part) if isinstance(part, str) else list(part)
            for part in ([text] if isinstance(text, str) else text)
        ]
        return Tokens.from_sequences(parts, cut)

    def tag(self, text: Tokens | str | Iterable[str | Sequence[str]]) -> Tokens:
        """The most probable tags: of each word, or where neighbours count, of the whole sequence
        (by Viterbi).

        Give Tokens with a vocabulary that holds their words: what is `<unk>` in it cannot be
        spelled.
        """
        tokens = self.tokens(text)
        return self._said(tokens)[0]

    def probabilities(
        self, text: Tokens | str | Iterable[str | Sequence[str]]
    ) -> Float[np.ndarray, "word tag"]:
        """p(tag of a word | all words) for every word of all sequences, one below the other, in the
        order of `names`."""
        return np.exp(self._said(self.tokens(text))[1])

    def evaluate(self, tagged: Tagged) -> TagScore:
        """Judge it by true tags; refuse those that it does not know."""
        said, log_probs = self._said(tagged.inputs)
        truth = tags_under(tagged.tags, self.tags)
        right = said.ids - NAMED == truth
        unknown = self.spelled(tagged.inputs).words == UNKNOWN
        chosen = np.where(
            np.arange(len(self.names)) == said.ids[:, None] - NAMED, np.inf, log_probs
        )
        rare = (
            _score(chosen[unknown], log_probs[unknown], truth[unknown], self.names)
            if unknown.any()
            else None
        )
        filled = tagged.inputs.lengths > 0
        whole = np.minimum.reduceat(right, tagged.inputs.offsets[:-1][filled]).mean()
        return TagScore(_score(chosen, log_probs, truth, self.names), rare, float(whole))

    def spelled(self, tokens: Tokens) -> Spelled:
        """Words as the model is fed them."""
        return spelled(tokens, self.words, self.characters, self.spec.lower)

    def _said(self, tokens: Tokens) -> tuple[Tokens, Float[np.ndarray, "word tag"]]:
        """The best tags, and log p(tag of a word | all words)."""
        of = self.spelled(tokens)
        best, log_probs = (
            np.zeros(len(tokens.ids), np.int32),
            np.zeros((len(tokens.ids), len(self.names))),
        )
        for batch, tags, said in tagged_batches(
            self.model, of.words, of.kinds, of.letters, of.lengths, tokens.offsets
        ):
            rows = batch.rows[batch.inside]
            best[rows], log_probs[rows] = tags[batch.inside], said[batch.inside]
        return replace(tokens, ids=best + NAMED, vocabulary=self.tags), log_probs


def tags_under(tags: Tokens, vocabulary: Vocabulary) -> Int32[np.ndarray, " word"]:
    """The tags as numbers from 0 on; refuse one that is not in the vocabulary."""
    ids = tags.under(vocabulary).ids
    strange = np.flatnonzero(ids < NAMED)
    if len(strange):
        name = tags.vocabulary.words[int(tags.ids[strange[0]])]
        raise Refusal(
            f"The tag '{name}' was not seen in training. The tags are: "
            f"{', '.join(vocabulary.words[NAMED:])}."
        )
    return ids - NAMED


def _score(
    chosen: np.ndarray, log_probs: np.ndarray, truth: np.ndarray, names: tuple[str, ...]
) -> LabelScore:
    """What was said counts for the confusion, how probable the truth was for the log loss."""
    return replace(
        label_score(chosen, truth, names),
        log_loss=label_score(log_probs, truth, names).log_loss,
        auroc=None,
    )
