"""Linear maps from a vector to the initial state, or to the first input, of a recurrent body."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..._types import Observation, State
from ..body import Draws, glorot, zeros
from ..cells import Readout, RecurrentBody


class StateProjection(eqx.Module):
    """For every layer, a map from the vector to each part of its state."""

    maps: tuple[tuple[Readout, ...], ...]

    @property
    def features(self) -> int:
        """Size of the vectors."""
        return self.maps[0][0].weight.shape[1]

    def __call__(self, vector: Float[Array, "batch feature"], body: RecurrentBody) -> State:
        """Return the initial state."""
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


def drawn_map(width: int, features: int, draws: Draws) -> Readout:
    """Return a linear map from `features` numbers to `width`: Glorot uniform, bias 0."""
    return Readout(glorot(draws, width, features), zeros(draws, width))
