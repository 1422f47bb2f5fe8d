"""`Linear`: logistic regression on features of whole sequences."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from ...ops import logistic_path
from ._features import FeatureMethod, SequenceFeatures
from ._method import LabelledRows, LabelMethod, log_softmax


@dataclass(frozen=True)
class Linear(LabelMethod):
    """Multinomial logistic regression on `features`, with a ridge `penalty` (see
    `ops.logistic_path`).

    >>> from stepahead.models import Intervals
    >>> Linear(Intervals())
    Linear(features=Intervals(depth=3), penalty=0.1)
    """

    features: FeatureMethod
    penalty: float = 0.1

    def learned(
        self, data: LabelledRows, *, seed: int, on_round: Callable[[], None] = lambda: None
    ) -> "LinearModel":
        """Fit the features, then the weights."""
        return next(self.path((self.penalty,), data, seed=seed, on_round=on_round))[1]

    def path(
        self,
        strengths: Sequence[float],
        data: LabelledRows,
        *,
        seed: int,
        on_round: Callable[[], None] = lambda: None,
    ) -> "Iterator[tuple[Linear, LinearModel]]":
        """Yield a classifier for each penalty, largest first; the features are computed once."""
        features = self.features.learned(data.rows, data.offsets, seed)
        on_round()
        matrix = features.matrix(data.rows, data.offsets)
        on_round()
        read, centre, spread, scale = self.features.prepared(matrix, data.labels, data.label_count)
        found = logistic_path(
            read, data.labels, data.label_count, strengths, scale=scale, on_round=on_round
        )
        for penalty, (weights, bias) in zip(strengths, found, strict=True):
            unscaled = weights / spread[:, None]
            model = LinearModel(features, unscaled, bias - centre @ unscaled)
            yield replace(self, penalty=penalty), model

    def log_probs_of(
        self,
        models: Sequence[Any],
        rows: np.ndarray,
        offsets: Int[np.ndarray, " boundary"],
    ) -> list[Float[np.ndarray, "sequence label"]]:
        """Return the log probabilities of several classifiers of one path, which share their
        features."""
        together = np.concatenate([model.weights for model in models], axis=1)
        scores = models[0].features.scores(rows, offsets, together)
        parts = np.split(scores, len(models), axis=1)
        return [log_softmax(part + one.bias) for part, one in zip(parts, models, strict=True)]


@dataclass(frozen=True, eq=False)
class LinearModel:
    """Fitted features, and weights and an intercept for each label. A `SequenceClassifier`."""

    features: SequenceFeatures
    weights: Float[np.ndarray, "feature label"]
    bias: Float[np.ndarray, " label"]

    def log_probs(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, "sequence label"]:
        """The log probability of every label."""
        return log_softmax(self.encode(rows, offsets))

    def encode(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, "sequence label"]:
        """The score of every label."""
        return self.features.scores(rows, offsets, self.weights) + self.bias
