"""Latent autoregression: stacks of Elman RNN, LSTM and GRU layers."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..._check import Refusal, between, whole
from ..._types import Channels, Key, Observation
from ...ops import ELMAN_RELU, ELMAN_TANH
from ...ops import GRU as GRU_GATES
from ...ops import LSTM as LSTM_GATES
from ..body import Body, Draws, draws_of, glorot, seen_columns, zeros
from ..heads import Outputs
from ._cell import Cell, draw_gated


@dataclass(frozen=True)
class Recurrent(ABC):
    """Sizes of a stack of recurrent layers of any cell; a subclass defines `layer`.

    `width` is the size of the hidden state of all `layers` layers, or a tuple with one width for
    each layer. `dropout` acts between layers, in training only. With `readout=False` there is no
    output layer: the last hidden state is the output, so its width must be that of the head
    (horizon × channels × parameters).
    """

    width: int | tuple[int, ...]
    layers: int = 1
    dropout: float = 0.0
    readout: bool = True

    def __post_init__(self) -> None:
        whole("layers", self.layers)
        between("dropout", self.dropout, 0, 1)
        for width in self.widths:
            whole("width", width)

    @property
    def widths(self) -> tuple[int, ...]:
        """Width of every layer, the one next to the input first."""
        return tuple(self.width) if isinstance(self.width, tuple) else (self.width,) * self.layers

    @abstractmethod
    def layer(self, inputs: int, width: int, draws: Draws) -> Cell:
        """Draw one layer with `inputs` input columns and `width` outputs."""

    def build(self, channels: Channels, head: Outputs, key: Key) -> "RecurrentBody":
        """Draw every layer, then the output layer (Glorot uniform, bias 0)."""
        draws = draws_of(key)
        inputs = (channels.width, *self.widths[:-1])
        layers = tuple(self.layer(i, h, draws) for i, h in zip(inputs, self.widths, strict=True))
        outputs = head.horizon * channels.value * head.parameters
        if not self.readout:
            if self.widths[-1] != outputs:
                raise _readout_refusal(self.widths[-1], outputs)
            return RecurrentBody(layers, None, self.dropout, channels)
        readout = Readout(glorot(draws, outputs, self.widths[-1]), zeros(draws, outputs))
        return RecurrentBody(layers, readout, self.dropout, channels)


def _readout_refusal(width: int, outputs: int) -> Refusal:
    return Refusal(
        f"With `readout=False` the last layer's width must be what the head reads, {outputs} "
        "(horizon × channels × parameters), "
        f"but it is {width}. Change the width, or leave `readout` at True."
    )


@dataclass(frozen=True)
class RNN(Recurrent):
    """Elman network: h' = φ(W x + U h + b), output h', with φ = tanh, or ReLU where `relu` is set.

    >>> RNN((20, 20, 1), readout=False).widths
    (20, 20, 1)
    """

    relu: bool = False

    def layer(self, inputs: int, width: int, draws: Draws) -> Cell:
        """An Elman layer, tanh or ReLU, with orthogonal recurrent weights."""
        return draw_gated(ELMAN_RELU if self.relu else ELMAN_TANH, inputs, width, draws)


@dataclass(frozen=True)
class LSTM(Recurrent):
    """Long short-term memory: i, f, o = σ(W x + U h + b), g = tanh(W x + U h + b); c' = f⊙c + i⊙g;
    h' = o⊙tanh(c').

    Source: Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000.
    """

    def layer(self, inputs: int, width: int, draws: Draws) -> Cell:
        """An LSTM layer: orthogonal recurrent weights for each gate, forget bias 1."""
        return draw_gated(LSTM_GATES, inputs, width, draws)


@dataclass(frozen=True)
class GRU(Recurrent):
    """Gated recurrent unit: r, z = σ(W x + U h + b); n = tanh(W x + b + r⊙(U h + b_n)); h' =
    (1−z)⊙n + z⊙h.

    Source: Cho et al. 2014, with the reset after the product (as cuDNN); z keeps the old state.
    """

    def layer(self, inputs: int, width: int, draws: Draws) -> Cell:
        """A GRU layer: orthogonal recurrent weights for each gate."""
        return draw_gated(GRU_GATES, inputs, width, draws)


class Readout(eqx.Module):
    """The output layer: out = W h + b."""

    weight: Float[Array, "out state"]
    bias: Float[Array, " out"]

    def __call__(self, hidden: Float[Array, "*axes state"]) -> Float[Array, "*axes out"]:
        """Apply to the last axis."""
        return hidden @ self.weight.T + self.bias


class RecurrentBody(Body):
    """A stack of recurrent layers and its output layer. State: that of each layer, (h,) or (h,
    c)."""

    layers: tuple[Cell, ...]
    readout: Readout | None
    dropout: float = eqx.field(static=True)
    channels: Channels = eqx.field(static=True)

    @property
    def depth(self) -> int:
        """The number of layers."""
        return len(self.layers)

    def initial_state(self, batch: int) -> tuple[tuple[Array, ...], ...]:
        """The initial state of every layer."""
        return tuple(layer.initial_state(batch) for layer in self.layers)

    def _fed(self, x: Observation) -> Float[Array, "*axes column"]:
        seen = seen_columns(x, self.channels)
        return seen if x.known is None else jnp.concatenate([seen, x.known], axis=-1)

    def _read(self, hidden: Float[Array, "*axes state"]) -> Float[Array, "*axes out"]:
        return hidden if self.readout is None else self.readout(hidden)

    def step(self, state: tuple, x: Observation) -> tuple[tuple, Float[Array, "batch out"]]:
        """One cell step in each layer, then the output layer."""
        hidden, states = self._fed(x), []
        for layer, before in zip(self.layers, state, strict=True):
            after = layer.step(before, hidden)
            states.append(after)
            hidden = after[0]
        return tuple(states), self._read(hidden)

    def unroll(
        self,
        state: tuple,
        xs: Observation,
        *,
        lengths: Array | None,
        at: Array | None,
        key: Key | None,
    ) -> tuple[Float[Array, "batch chosen out"], tuple]:
        """Layer by layer along the whole sequence, with dropout between layers if a key is
        given."""
        hidden, states = self._fed(xs), []
        for number, (layer, before) in enumerate(zip(self.layers, state, strict=True)):
            if number and key is not None and self.dropout:
                kept = jax.random.bernoulli(
                    jax.random.fold_in(key, number), 1 - self.dropout, hidden.shape
                )
                hidden = jnp.where(kept, hidden / (1 - self.dropout), 0)
            hidden, after = layer.unroll(before, hidden, lengths=lengths)
            states.append(after)
        if at is not None:
            hidden = jnp.take_along_axis(hidden, at[..., None], axis=1)
        return self._read(hidden), tuple(states)

    def gates(self, state: tuple, xs: Observation) -> tuple[dict[str, Array], ...]:
        """Every layer's gates over time, by their names in the equations."""
        hidden, opened = self._fed(xs), []
        for layer, before in zip(self.layers, state, strict=True):
            opened.append(layer.gates(before, hidden))
            hidden, _ = layer.unroll(before, hidden)
        return tuple(opened)
