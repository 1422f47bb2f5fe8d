"""Naive Bayes: n-gram counts for each label, and Bayes' rule."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from ..._check import Refusal
from ..._settings import Settings
from ..._types import END
from ..counts import NGram, NGramModel


@dataclass(frozen=True)
class Bayes(Settings):
    """Naive Bayes with n-grams: an n-gram model for each label, and log p(label | x) = log p(x |
    label) + log p(label) − log p(x).

    p(label) is its share of the training sequences. Fitted by `training.count_labels`, or `sa.fit`.

    >>> Bayes(NGram(3))
    Bayes(counts=NGram(order=3, smoothing=KneserNey()))
    """

    counts: NGram


@dataclass(frozen=True, eq=False)
class BayesModel:
    """An n-gram model for each label, and the log prior of each label. A `SequenceClassifier`."""

    models: tuple[NGramModel, ...]
    log_prior: Float[np.ndarray, " label"]

    def log_probs(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, "sequence label"]:
        """The log probability of every label; refuse a sequence of probability 0 under all
        labels."""
        joint = self.encode(rows, offsets) + self.log_prior
        never = np.flatnonzero(np.isneginf(joint).all(axis=1))
        if len(never):
            raise Refusal(
                f"Sequence {never[0] + 1} has the probability 0 under the counts of every label, "
                "so none can be said of it. Use counts "
                "that are smoothed, such as Bayes(NGram(order, KneserNey()))."
            )
        return joint - np.logaddexp.reduce(joint, axis=1, keepdims=True)

    def encode(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, "sequence label"]:
        """log p(x | label), its end counted, for every label."""
        ended, starts = np.insert(rows, offsets[1:], END), offsets + np.arange(len(offsets))
        return np.stack(
            [np.add.reduceat(model.log_probs(ended, starts), starts[:-1]) for model in self.models],
            axis=1,
        )
