"""The recurrent cells: each is one step, given the two matrix products."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

HiddenState = tuple[Array, ...]
"""`(h,)`, or `(h, c)` for the LSTM; each array `[batch, hidden]`."""


class Weights(NamedTuple):
    """The weights of one recurrent layer; `rows` is the number of stacked gates times the hidden
    width.

    Gates are stacked in the order i f g o (LSTM), r z n (GRU). `candidate_bias` is the GRU's second
    bias, inside the reset product; None for the other cells.
    """

    input: Float[Array, "rows channel"]
    recurrent: Float[Array, "rows hidden"]
    bias: Float[Array, " rows"]
    candidate_bias: Float[Array, " hidden"] | None = None


Combine = Callable[[Array, Array, HiddenState], tuple[HiddenState, dict[str, Array]]]


@dataclass(frozen=True)
class Gating:
    """A recurrent cell: its name, how many gates are stacked in its weights, how many arrays its
    state has, one step.

    `combine(projected, recurrent, state)` takes `W x + b` and `U h` (plus `b_n` in the candidate's
    rows of the GRU), both `[batch, rows]`, works element by element and returns the new state,
    whose first array is the output, and the gates.
    """

    name: str
    gates: int
    states: int
    combine: Combine


def _elman(activation: Callable[[Array], Array]) -> Combine:
    def combine(
        projected: Array, recurrent: Array, state: HiddenState
    ) -> tuple[HiddenState, dict[str, Array]]:
        return (activation(projected + recurrent),), {}

    return combine


def _lstm(
    projected: Array, recurrent: Array, state: HiddenState
) -> tuple[HiddenState, dict[str, Array]]:
    i, f, g, o = jnp.split(projected + recurrent, 4, axis=-1)
    i, f, g, o = jax.nn.sigmoid(i), jax.nn.sigmoid(f), jnp.tanh(g), jax.nn.sigmoid(o)
    c = f * state[1] + i * g
    return (o * jnp.tanh(c), c), {"input": i, "forget": f, "candidate": g, "output": o}


def _gru(
    projected: Array, recurrent: Array, state: HiddenState
) -> tuple[HiddenState, dict[str, Array]]:
    width = projected.shape[-1] // 3
    both = jax.nn.sigmoid(projected[..., : 2 * width] + recurrent[..., : 2 * width])
    r, z = both[..., :width], both[..., width:]
    n = jnp.tanh(projected[..., 2 * width :] + r * recurrent[..., 2 * width :])
    return ((1 - z) * n + z * state[0],), {"reset": r, "update": z, "candidate": n}


ELMAN_TANH = Gating("elman_tanh", gates=1, states=1, combine=_elman(jnp.tanh))
"""Elman: h' = tanh(W x + U h + b)."""

ELMAN_RELU = Gating("elman_relu", gates=1, states=1, combine=_elman(jax.nn.relu))
"""Elman with a rectifier: h' = max(0, W x + U h + b)."""

LSTM = Gating("lstm", gates=4, states=2, combine=_lstm)
"""i, f, o = σ(W x + U h + b), g = tanh(W x + U h + b); c' = f⊙c + i⊙g; h' = o⊙tanh(c')."""

GRU = Gating("gru", gates=3, states=1, combine=_gru)
"""r, z = σ(W x + U h + b); n = tanh(W x + b + r⊙(U h + b_n)); h' = (1−z)⊙n + z⊙h.

The reset is applied after the product, and z keeps the old state; some texts define both the other
way round.
"""
