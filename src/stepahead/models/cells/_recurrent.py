"""Specifications of stacks of Elman RNN, LSTM and GRU layers. JAX is imported when one is built."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..._check import Refusal, between, whole
from ..._settings import Settings
from ..._types import Channels, Key

if TYPE_CHECKING:
    from ..body import Draws
    from ..heads import Outputs
    from ._cell import Cell
    from ._recurrent_body import RecurrentBody

WIDTH = 32
"""The default width of a layer of a user's step."""


@dataclass(frozen=True)
class Recurrent(Settings, ABC):
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
    def layer(self, inputs: int, width: int, draws: "Draws") -> "Cell":
        """Draw one layer with `inputs` input columns and `width` outputs."""

    def build(self, channels: Channels, head: "Outputs", key: Key) -> "RecurrentBody":
        """Draw every layer, then the output layer (Glorot uniform, bias 0)."""
        from ..body import draws_of, glorot, zeros
        from ._recurrent_body import Readout, RecurrentBody

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

    def layer(self, inputs: int, width: int, draws: "Draws") -> "Cell":
        """An Elman layer, tanh or ReLU, with orthogonal recurrent weights."""
        from ...ops import ELMAN_RELU, ELMAN_TANH
        from ._cell import draw_gated

        return draw_gated(ELMAN_RELU if self.relu else ELMAN_TANH, inputs, width, draws)


@dataclass(frozen=True)
class LSTM(Recurrent):
    """Long short-term memory: i, f, o = σ(W x + U h + b), g = tanh(W x + U h + b); c' = f⊙c + i⊙g;
    h' = o⊙tanh(c').

    Source: Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000.
    """

    def layer(self, inputs: int, width: int, draws: "Draws") -> "Cell":
        """An LSTM layer: orthogonal recurrent weights for each gate, forget bias 1."""
        from ...ops import LSTM as LSTM_GATES
        from ._cell import draw_gated

        return draw_gated(LSTM_GATES, inputs, width, draws)


@dataclass(frozen=True)
class GRU(Recurrent):
    """Gated recurrent unit: r, z = σ(W x + U h + b); n = tanh(W x + b + r⊙(U h + b_n)); h' =
    (1−z)⊙n + z⊙h.

    Source: Cho et al. 2014, with the reset after the product (as cuDNN); z keeps the old state.
    """

    def layer(self, inputs: int, width: int, draws: "Draws") -> "Cell":
        """A GRU layer: orthogonal recurrent weights for each gate."""
        from ...ops import GRU as GRU_GATES
        from ._cell import draw_gated

        return draw_gated(GRU_GATES, inputs, width, draws)


def recurrent_of(spec: Any, width: int = WIDTH) -> Recurrent:
    """Return a recurrent specification as it is, or a user's step as a stack of one layer of
    `width`; refuse anything else.

    >>> from stepahead.models import GRU
    >>> recurrent_of(GRU(8))
    GRU(width=8, layers=1, dropout=0.0, readout=True)
    """
    if isinstance(spec, Recurrent):
        return spec
    if isinstance(spec, type) or not callable(getattr(spec, "build", None)):
        raise Refusal(
            "A body is an RNN, LSTM or GRU, or a step of your own with `build(channels, head, "
            f"key)`, but it is {spec!r}."
        )
    from ._step_cell import Stack

    return Stack(width, of=spec)
