"""`TagModel`: a fitted tagger of words."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Int32

from .._check import Refusal
from .._fitted import Fitted
from .._types import UNKNOWN
from ..data import Tagged, Tokens, Vocabulary
from ._label_score import LabelScore, label_score

FIRST_TAG = 2
"""The number of the first tag in the tag vocabulary, after `<unk>` and `</s>`, which are not
tags."""


@dataclass(frozen=True, eq=False)
class TagScore:
    """Scores of predicted tags: over all words, over words that were not in the training text (None
    if there are none), and the share of sequences with every tag correct."""

    words: LabelScore
    unknown: LabelScore | None
    sequences: float

    @property
    def accuracy(self) -> float:
        """The share of correctly tagged words."""
        return self.words.accuracy


class SaidTags(NamedTuple):
    """Predicted tags by number, the log probabilities of all tags, the true tags, and a mask of
    words that were not in the training text."""

    predicted: Int[np.ndarray, " word"]
    log_probs: Float[np.ndarray, "word tag"]
    true: Int[np.ndarray, " word"]
    unknown: Bool[np.ndarray, " word"]


class TagModel(Fitted):
    """A fitted tagger, and the vocabularies of its words and tags. A subclass defines
    `predictions`."""

    words: Vocabulary
    tags: Vocabulary

    @abstractmethod
    def predictions(self, tokens: Tokens) -> tuple[Tokens, Float[np.ndarray, "word tag"]]:
        """Return the best tags, and log p(tag of a word | all words)."""

    @abstractmethod
    def numbers(self, tokens: Tokens) -> Int32[np.ndarray, " word"]:
        """Return the words as numbers of the model's vocabulary."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the tags."""
        return self.tags.words[FIRST_TAG:]

    def tokens(self, text: Tokens | str | Iterable[str | Sequence[str]]) -> Tokens:
        """Return words with a vocabulary of their own, so that words unknown to the model keep
        their characters. Strings are tokenized as in training; sequences of words are used as they
        are."""
        if isinstance(text, Tokens):
            return text
        tokenizer = self.words.tokenizer
        parts = [
            tokenizer.tokenize(part) if isinstance(part, str) else list(part)
            for part in ([text] if isinstance(text, str) else text)
        ]
        return Tokens.from_sequences(parts, tokenizer)

    def tag(self, text: Tokens | str | Iterable[str | Sequence[str]]) -> Tokens:
        """Return the most probable tags: of each word, or with transition scores of the whole
        sequence (Viterbi).

        Give Tokens with a vocabulary that contains their words: `<unk>` has no spelling.
        """
        tokens = self.tokens(text)
        return self.predictions(tokens)[0]

    def probabilities(
        self, text: Tokens | str | Iterable[str | Sequence[str]]
    ) -> Float[np.ndarray, "word tag"]:
        """Return p(tag of a word | all words of the sequence) for every word, one row each, columns
        in the order of `names`."""
        return np.exp(self.predictions(self.tokens(text))[1])

    def evaluate(self, tagged: Tagged) -> TagScore:
        """Score predictions against true tags; refuse tags that the model does not know."""
        return tag_score(self.said_of(tagged), tagged.inputs.lengths, self.names)

    def said_of(self, tagged: Tagged) -> "SaidTags":
        """Return predicted and true tags of every word; refuse tags that the model does not
        know."""
        true = tag_indices(tagged.tags, self.tags)
        predicted, log_probs = self.predictions(tagged.inputs)
        unknown = self.numbers(tagged.inputs) == UNKNOWN
        return SaidTags(predicted.ids - FIRST_TAG, log_probs, true, unknown)


def tag_score(
    said: "SaidTags", lengths: Int[np.ndarray, " sequence"], names: tuple[str, ...]
) -> TagScore:
    """Return the scores of the tags `said` of consecutive sequences of these lengths; `names` are
    those of the tags."""
    is_predicted = np.arange(len(names)) == said.predicted[:, None]
    chosen = np.where(is_predicted, np.inf, said.log_probs)  # so that argmax is the predicted tag
    on_unknown = None
    if said.unknown.any():
        parts = (chosen[said.unknown], said.log_probs[said.unknown], said.true[said.unknown])
        on_unknown = _score(*parts, names)
    right = whole_right(said.predicted == said.true, lengths)
    return TagScore(
        _score(chosen, said.log_probs, said.true, names), on_unknown, float(right.mean())
    )


def whole_right(
    right: Bool[np.ndarray, " word"], lengths: Int[np.ndarray, " sequence"]
) -> Bool[np.ndarray, " filled"]:
    """Return True for every nonempty sequence whose words all have correct tags.

    >>> whole_right(np.array([True, True, False]), np.array([1, 0, 2])).tolist()
    [True, False]
    """
    filled = lengths[lengths > 0]
    return np.minimum.reduceat(right, np.cumsum(filled) - filled)


def tag_indices(tags: Tokens, vocabulary: Vocabulary) -> Int32[np.ndarray, " word"]:
    """Return the tags as numbers from 0 on; refuse a tag that is not in the vocabulary."""
    ids = tags.with_vocabulary(vocabulary).ids
    unseen = np.flatnonzero(ids < FIRST_TAG)
    if len(unseen):
        name = tags.vocabulary.words[int(tags.ids[unseen[0]])]
        raise Refusal(
            f"The tag '{name}' was not seen in training. The tags are: "
            f"{', '.join(vocabulary.words[FIRST_TAG:])}. Leave its sentences out, or train with "
            "some of them."
        )
    return ids - FIRST_TAG


def _score(
    chosen: np.ndarray, log_probs: np.ndarray, true_tags: np.ndarray, names: tuple[str, ...]
) -> LabelScore:
    """Confusion from the predicted tags, log loss from their probabilities. The two can differ: the
    best sequence need not have the most probable tag of each word."""
    return replace(
        label_score(chosen, true_tags, names),
        log_loss=label_score(log_probs, true_tags, names).log_loss,
        auroc=None,
    )
