"""A classifier of sequences in NumPy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from ..sequences import Classifier, check_filled, check_finite_rows, length_batches
from ._encoder import NumpyEncoder
from ._layers import NumpyLinear, log_softmax, quiet


@dataclass(frozen=True, eq=False)
class NumpyClassifier:
    """The network of a classifier in NumPy: the results equal those of `ClassifierModel` up to
    rounding. A `SequenceClassifier`; it cannot be trained."""

    encoder: NumpyEncoder
    readout: NumpyLinear

    @staticmethod
    def can_run(spec: Any) -> bool:
        """Return True for a classifier with RNN, LSTM or GRU layers."""
        return type(spec) is Classifier and NumpyEncoder.can_run(spec.reader)

    @classmethod
    def of(cls, spec: Classifier, arrays: Mapping[str, np.ndarray], at: str) -> "NumpyClassifier":
        """Return the network of these sizes, from its arrays by their paths below `at`."""
        encoder = NumpyEncoder.of(spec.reader, arrays, f"{at}.encoder")
        return cls(encoder, NumpyLinear.of(arrays, f"{at}.readout"))

    @quiet
    def log_probs(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, "sequence label"]:
        """The log probability of every label; refuse values that are not finite."""
        return check_finite_rows(log_softmax(self.readout(self.encode(rows, offsets))))

    @quiet
    def encode(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, "sequence width"]:
        """Return the encoder's vector of each sequence; refuse empty sequences, and vectors that
        are not finite."""
        check_filled(offsets)
        found = np.zeros((len(offsets) - 1, self.encoder.width), np.float32)
        for batch in length_batches(offsets):
            summary = self.encoder(rows[batch.rows], batch.lengths).summary
            found[batch.members] = np.asarray(summary)[: len(batch.members)]
        return check_finite_rows(found)
