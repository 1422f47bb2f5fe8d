"""A decoder of tokens from a vector, in NumPy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from ..._types import END
from ..sequences import Decoder
from ..steps import FirstState
from ._layers import LayerState, NumpyLinear, log_total, quiet
from ._token_model import NumpyTokenModel

Maps = tuple[tuple[NumpyLinear, ...], ...]
"""For every layer, a map from the vector to each part of its state."""


@dataclass(frozen=True, eq=False)
class NumpyTokenDecoder:
    """A token model and the maps from a vector to its initial state (`maps`), or to its first
    input, in NumPy: the results equal those of `TokenDecoder` up to rounding."""

    net: NumpyTokenModel
    maps: Maps | NumpyLinear

    @staticmethod
    def can_run(spec: Any) -> bool:
        """Return True for a decoder with RNN, LSTM or GRU layers."""
        return type(spec) is Decoder and NumpyTokenModel.can_run(spec.embedded)

    @classmethod
    def of(cls, spec: Decoder, arrays: Mapping[str, np.ndarray], at: str) -> "NumpyTokenDecoder":
        """Return the decoder of these sizes, from its arrays by their paths below `at`."""
        net = NumpyTokenModel.of(spec.embedded, arrays, f"{at}.net")
        if not isinstance(spec.feed, FirstState):
            return cls(net, NumpyLinear.of(arrays, f"{at}.feed.map"))
        places = [[f"{at}.feed.maps[{i}][{j}]" for j in range(2)] for i in range(len(net.layers))]
        maps = tuple(
            tuple(NumpyLinear.of(arrays, one) for one in of if f"{one}.weight" in arrays)
            for of in places
        )
        return cls(net, maps)

    def first(self, given: Float[np.ndarray, "batch feature"]) -> tuple[LayerState, ...]:
        """The state of every layer before the end token that begins a sequence."""
        if isinstance(self.maps, NumpyLinear):
            state = tuple(layer.initial_state(len(given)) for layer in self.net.layers)
            return self.net.fed(state, self.maps(given)[None])[1]
        return tuple(tuple(np.tanh(part(given)) for part in layer) for layer in self.maps)

    @quiet
    def start(
        self, given: Float[np.ndarray, "batch feature"]
    ) -> tuple[tuple[LayerState, ...], Float[np.ndarray, "batch vocab"]]:
        """The state before the first token, and the log probabilities of the first token."""
        return self.net.step(self.first(given), np.full(len(given), END, np.int32))

    def step(
        self, state: tuple[LayerState, ...], token: Int[np.ndarray, " batch"]
    ) -> tuple[tuple[LayerState, ...], Float[np.ndarray, "batch vocab"]]:
        """Process one token; return the state and the log probability of every next token."""
        return self.net.step(state, token)

    def hidden(
        self, given: Float[np.ndarray, "batch feature"], target: Int[np.ndarray, "batch time"]
    ) -> Float[np.ndarray, "batch time state"]:
        """Return the inputs of the output layer at every step of known sequences."""
        fed = np.concatenate([np.full((len(target), 1), END), target[:, :-1]], axis=1)
        return self.net.unrolled(self.first(given), fed.T)[0].swapaxes(0, 1)

    @quiet
    def log_probs_of(
        self,
        given: Float[np.ndarray, "batch feature"],
        target: Int[np.ndarray, "batch time"],
        lengths: Int[np.ndarray, " batch"],
    ) -> Float[np.ndarray, "batch time"]:
        """Return the log probability of every token of known sequences; those after `lengths` have
        no meaning."""
        return chosen_log_probs(self.net.logits(self.hidden(given, target)), target)


def chosen_log_probs(
    logits: Float[np.ndarray, "batch time vocab"], target: Int[np.ndarray, "batch time"]
) -> Float[np.ndarray, "batch time"]:
    """Return the log probabilities of the targets."""
    return np.take_along_axis(logits, target[..., None], axis=-1)[..., 0] - log_total(logits)
