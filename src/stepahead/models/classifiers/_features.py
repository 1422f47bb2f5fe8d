"""Features of whole sequences: a vector of numbers for each, that a linear classifier reads."""

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from ..._settings import Settings


class SequenceFeatures(ABC):
    """Features that were fitted to training sequences."""

    @abstractmethod
    def matrix(self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]) -> Any:
        """Return the features of every sequence, one row each: an array, or a sparse matrix of
        SciPy."""

    def scores(
        self,
        rows: np.ndarray,
        offsets: Int[np.ndarray, " boundary"],
        weights: Float[np.ndarray, "feature label"],
    ) -> Float[np.ndarray, "sequence label"]:
        """The product of the features and the weights."""
        return np.asarray(self.matrix(rows, offsets), np.float64) @ weights


class Prepared(NamedTuple):
    """Features as input of a regression: (matrix − centre) / spread, and the scale of the weights
    in its penalty (None: 1)."""

    matrix: Any
    centre: Float[np.ndarray, " feature"]
    spread: Float[np.ndarray, " feature"]
    scale: Float[np.ndarray, "feature label"] | None = None


class FeatureMethod(Settings, ABC):
    """A specification of features: sizes only."""

    @abstractmethod
    def learned(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"], seed: int
    ) -> SequenceFeatures:
        """Fit the features to training sequences; random choices depend on `seed` only."""

    def prepared(self, matrix: Any, labels: Int[np.ndarray, " sequence"], count: int) -> Prepared:
        """Return the features as input of a regression: standardised, then divided by the square
        root of their number, so that one penalty suits few features and many. Constant ones become
        0."""
        values = np.asarray(matrix, np.float64)
        centre, deviation = values.mean(axis=0), values.std(axis=0)
        spread = np.where(deviation > 1e-9, deviation, np.inf) * np.sqrt(values.shape[1])
        return Prepared((values - centre) / spread, centre, spread)
