"""Conditioning of a recurrent body on a vector: by its first state or by its first input."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..._settings import Settings

if TYPE_CHECKING:
    from ..body import Draws
    from ..cells import RecurrentBody
    from ._projections import InputProjection, StateProjection


@dataclass(frozen=True)
class FirstState(Settings):
    """The first state of every layer is tanh(W v + b), with separate weights for each part of the
    state (for the LSTM, h and c)."""

    def build(self, features: int, body: "RecurrentBody", draws: "Draws") -> "StateProjection":
        """Draw the weights for vectors of `features` numbers."""
        from ._projections import StateProjection, drawn_map

        states = [body_layer.initial_state(1) for body_layer in body.layers]
        return StateProjection(
            tuple(
                tuple(drawn_map(part.shape[1], features, draws) for part in state)
                for state in states
            )
        )


@dataclass(frozen=True)
class FirstInput(Settings):
    """The body reads W v + b as its first input, from a state of zeros (Vinyals et al. 2015)."""

    def build(self, features: int, body: "RecurrentBody", draws: "Draws") -> "InputProjection":
        """Draw the weights for vectors of `features` numbers."""
        from ._projections import InputProjection, drawn_map

        return InputProjection(drawn_map(body.layers[0].inputs, features, draws))


Feed = FirstState | FirstInput
"""A way to condition on a vector."""
