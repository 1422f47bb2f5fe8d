"""The baseline of classification: the shares of the labels, the same for every sequence."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from ._method import LabelledRows, LabelMethod


@dataclass(frozen=True)
class MostFrequent(LabelMethod):
    """The share of each label among the training sequences, one added to every count."""

    def learned(
        self, data: LabelledRows, *, seed: int, on_round: Callable[[], None] = lambda: None
    ) -> "LabelShares":
        """Count the labels.

        >>> data = LabelledRows(np.zeros((3, 1)), np.arange(4), np.array([0, 1, 1]), 2)
        >>> np.exp(MostFrequent().learned(data, seed=0).log_share).tolist()
        [0.4, 0.6]
        """
        counts = np.bincount(data.labels, minlength=data.label_count) + 1.0
        return LabelShares(np.log(counts / counts.sum()))


@dataclass(frozen=True, eq=False)
class LabelShares:
    """The log share of each label. A `SequenceClassifier`."""

    log_share: Float[np.ndarray, " label"]

    def log_probs(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, "sequence label"]:
        """Return the log shares, the same for every sequence."""
        return np.tile(self.log_share, (len(offsets) - 1, 1))

    def encode(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, "sequence label"]:
        """The log shares."""
        return self.log_probs(rows, offsets)
