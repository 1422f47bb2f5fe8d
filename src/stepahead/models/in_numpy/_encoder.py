"""An encoder in NumPy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from ..sequences import Encoded, Encoder, Pool
from ._layers import NumpyLayer, known_cell


@dataclass(frozen=True, eq=False)
class NumpyEncoder:
    """Layers of one or two directions, and embeddings if the sequences are tokens: the results
    equal those of `EncoderBody` up to rounding."""

    embedding: Float[np.ndarray, "vocab column"] | None
    layers: tuple[tuple[NumpyLayer, ...], ...]
    pool: Pool

    @staticmethod
    def can_run(spec: Any) -> bool:
        """Return True for an encoder with RNN, LSTM or GRU layers."""
        return type(spec) is Encoder and known_cell(spec.body)

    @classmethod
    def of(cls, spec: Encoder, arrays: Mapping[str, np.ndarray], at: str) -> "NumpyEncoder":
        """Return the encoder of these sizes, from its arrays by their paths below `at`."""
        layers = tuple(
            tuple(
                NumpyLayer.of(spec.body, arrays, f"{at}.layers[{number}][{side}]")
                for side in range(2 if spec.bidirectional else 1)
            )
            for number in range(len(spec.body.widths))
        )
        return cls(arrays.get(f"{at}.embedding"), layers, spec.pool)

    @property
    def width(self) -> int:
        """Size of the output vectors."""
        return sum(layer.recurrent.shape[1] for layer in self.layers[-1])

    def __call__(self, inputs: np.ndarray, lengths: Int[np.ndarray, " batch"]) -> Encoded:
        """Encode whole sequences of tokens or rows; inputs after `lengths` are ignored."""
        hidden = inputs if self.embedding is None else self.embedding[inputs]
        hidden = hidden.swapaxes(0, 1)
        last = np.zeros((len(lengths), 0), np.float32)
        for layer in self.layers:
            sides = [
                one.read(hidden, lengths, reverse)
                for one, reverse in zip(layer, (False, True), strict=False)
            ]
            hidden, last = (
                np.concatenate([side[part] for side in sides], axis=-1) for part in (0, 1)
            )
        along = hidden.swapaxes(0, 1)
        return Encoded(along, self.pool(along, last, lengths))
