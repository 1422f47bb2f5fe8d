"""A user's step as a recurrent layer, usable wherever an RNN, LSTM or GRU is: language models,
classifiers, taggers."""

from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..._check import Refusal
from ..._types import Channels, Observation
from ..body import Body, Draws, PlainStep, key_of
from ..heads import Vector
from ._cell import Cell, CellState
from ._recurrent import Recurrent


@dataclass(frozen=True)
class Stack(Recurrent):
    """A stack of recurrent layers of a user's step: `of` is its specification, built once for each
    layer.

    A layer is built for `Channels(1, embedded=columns)`, so its input has `channels.width` columns,
    and for a head of `width` numbers, which are its output.
    """

    of: Any = None

    def layer(self, inputs: int, width: int, draws: Draws) -> "StepCell":
        """One layer of the user's step; refuse a step that does not output `width` numbers."""
        try:
            body = self.of.build(Channels(1, embedded=inputs), Vector(width), key_of(draws))
            cell = StepCell(body if isinstance(body, Body) else PlainStep(body), inputs, width)
            jax.eval_shape(lambda: cell.step(cell.initial_state(1), jnp.zeros((1, inputs))))
        except (Refusal, TypeError, ValueError, AttributeError) as wrong:
            raise Refusal(
                f"{self.of!r} cannot be a layer of {width} numbers over {inputs} columns: its step "
                "must take in `channels.width` columns "
                "and put out `head.horizon` × `channels.value` × `head.parameters` numbers "
                f"({wrong}). Give an RNN, LSTM or GRU."
            ) from wrong
        return cell


class StepCell(Cell):
    """A user's step as a cell. State: the output, and the state of the step."""

    body: Body
    columns: int = eqx.field(static=True)
    size: int = eqx.field(static=True)

    @property
    def inputs(self) -> int:
        """Number of input columns."""
        return self.columns

    @property
    def width(self) -> int:
        """Number of outputs."""
        return self.size

    def initial_state(self, batch: int) -> CellState:
        """Zeros, and the initial state of the step."""
        return jnp.zeros((batch, self.size)), self.body.initial_state(batch)

    def step(self, state: CellState, x: Float[Array, "batch column"]) -> CellState:
        """The user's step, with its output flattened."""
        after, out = self.body.step(state[1], Observation(x))
        return out.reshape(len(x), self.size), after
