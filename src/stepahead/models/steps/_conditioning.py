"""Conditioning of a recurrent body on a vector: by its first state or by its first input."""

from dataclasses import dataclass

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..._types import Observation, State
from ..body import Draws, glorot, zeros
from ..cells import Readout, RecurrentBody


@dataclass(frozen=True)
class FirstState:
    """The first state of every layer is tanh(W v + b), with separate weights for each part of the
    state (for the LSTM, h and c)."""

    def build(self, features: int, body: RecurrentBody, draws: Draws) -> "StateProjection":
        """Draw the weights for vectors of `features` numbers."""
        states = [body_layer.initial_state(1) for body_layer in body.layers]
        return StateProjection(
            tuple(tuple(_map(part.shape[1], features, draws) for part in state) for state in states)
        )


@dataclass(frozen=True)
class FirstInput:
    """The body reads W v + b as its first input, from a state of zeros (Vinyals et al. 2015)."""

    def build(self, features: int, body: RecurrentBody, draws: Draws) -> "InputProjection":
        """Draw the weights for vectors of `features` numbers."""
        return InputProjection(_map(body.layers[0].inputs, features, draws))


Feed = FirstState | FirstInput
"""A way to condition on a vector."""


class StateProjection(eqx.Module):
    """For every layer, a map from the vector to each part of its state."""

    maps: tuple[tuple[Readout, ...], ...]

    @property
    def features(self) -> int:
        """Size of the vectors."""
        return self.maps[0][0].weight.shape[1]

    def __call__(self, vector: Float[Array, "batch feature"], body: RecurrentBody) -> State:
        """The first state."""
        return tuple(tuple(jnp.tanh(part(vector)) for part in layer) for layer in self.maps)


class InputProjection(eqx.Module):
    """A map from the vector to the first input."""

    map: Readout

    @property
    def features(self) -> int:
        """Size of the vectors."""
        return self.map.weight.shape[1]

    def __call__(self, vector: Float[Array, "batch feature"], body: RecurrentBody) -> State:
        """The state after the vector was read."""
        return body.step(body.initial_state(len(vector)), Observation(self.map(vector)))[0]


def _map(width: int, features: int, draws: Draws) -> Readout:
    return Readout(glorot(draws, width, features), zeros(draws, width))
