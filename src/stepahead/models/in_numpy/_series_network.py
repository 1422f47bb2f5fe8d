"""A recurrent network of series that forecasts on the native kernels, without JAX."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from ...native import KINDS, LayerArrays, can_unroll, unroll
from ._layers import NumpyLinear, quiet

if TYPE_CHECKING:
    from ..heads import Head
    from ..steps import Model

OUTPUTS = 1 << 21
"""The most outputs that one layer passes to the next at once."""


@dataclass(frozen=True, eq=False)
class CompiledLayer:
    """A recurrent layer on the native kernels, of a kind in `native.KINDS`."""

    kind: str
    arrays: LayerArrays

    @property
    def width(self) -> int:
        """The size of its output."""
        return self.arrays.recurrent_weights.shape[1]

    def initial_state(self, batch: int) -> tuple[np.ndarray, ...]:
        """Zeros: (h,), for the LSTM (h, c)."""
        return tuple(
            np.zeros((batch, self.width), np.float32) for _ in range(1 + (self.kind == "lstm"))
        )


@dataclass(frozen=True, eq=False)
class SeriesNetwork:
    """A stack of recurrent layers, its output layer and its head, anchored or not (`Anchored`). Its
    forecasts equal those of `rollout` by means up to rounding, for series without gaps and
    covariates."""

    layers: tuple[CompiledLayer, ...]
    readout: NumpyLinear | None
    head: Any
    anchored: bool

    @classmethod
    def of(cls, model: "Model") -> "SeriesNetwork | None":
        """Return the network of a model with RNN, LSTM or GRU layers in single precision on the
        CPU, whose only inputs are the values; None for any other model, and without native
        kernels."""
        import jax

        from ..cells import GatedCell, RecurrentBody
        from ..steps import AnchoredBody

        outer: Any = model.body
        body: Any = outer.body if type(outer) is AnchoredBody else outer
        if type(body) is not RecurrentBody or model.channels.width != model.channels.value:
            return None
        stack: tuple[Any, ...] = body.layers
        if not all(
            type(one) is GatedCell
            and one.gating.name in KINDS
            and one.recurrent.dtype == np.float32
            for one in stack
        ):
            return None
        if type(model.head) not in _heads() or jax.default_backend() != "cpu" or not can_unroll():
            return None
        layers = tuple(
            CompiledLayer(one.gating.name, LayerArrays(*(_array(part) for part in _parts(one))))
            for one in stack
        )
        last = body.readout
        readout = None if last is None else NumpyLinear(_array(last.weight), _array(last.bias))
        return cls(layers, readout, model.head, body is not outer)

    @property
    def largest(self) -> int:
        """The most values in a batch, so that the outputs of a layer stay in the cache."""
        return OUTPUTS // max([1, *(layer.width for layer in self.layers[:-1])])

    @quiet
    def ahead(
        self,
        values: Float[np.ndarray, "batch time channel"],
        lengths: Int[np.ndarray, " batch"],
        horizon: int,
        threads: int | None = None,
    ) -> tuple[Float[np.ndarray, "batch horizon channel"], Float[np.ndarray, "batch horizon ..."]]:
        """Return means and head parameters of each step after `lengths` values, computed by this
        number of threads (None: as many as are useful). Beyond the steps that the head describes at
        once, the means are fed back."""
        state = tuple(layer.initial_state(len(values)) for layer in self.layers)
        values, last = np.asarray(values, np.float32), None
        means: list[np.ndarray] = []
        outs: list[np.ndarray] = []
        while True:
            if self.anchored:
                first = values[:, :1] if last is None else last
                changes = np.diff(values, axis=1, prepend=first)
                out = self._read(changes, lengths, state, threads)
                last = np.take_along_axis(values, lengths[:, None, None] - 1, axis=1)
                out[..., 0] += last
            else:
                out = self._read(self.head.encode(values), lengths, state, threads)
            means.append(self.head.mean(out))
            outs.append(out)
            if len(means) * self.head.horizon >= horizon:
                break
            values, lengths = means[-1], np.full(len(values), self.head.horizon, np.int32)
        mean, out = (np.concatenate(part, axis=1)[:, :horizon] for part in (means, outs))
        return mean, out

    def _read(
        self,
        values: np.ndarray,
        lengths: np.ndarray,
        state: tuple[tuple[np.ndarray, ...], ...],
        threads: int | None,
    ) -> Float[np.ndarray, "batch horizon channel parameter"]:
        """The output after the last value; `state` is overwritten by the state after it."""
        hidden = np.ascontiguousarray(values, np.float32)
        for number, (layer, part) in enumerate(zip(self.layers, state, strict=True)):
            last = number == len(self.layers) - 1
            out = None if last else np.empty((*hidden.shape[:2], layer.width), np.float32)
            unroll(layer.kind, layer.arrays, hidden, lengths, part, out, threads)
            hidden = part[0] if out is None else out
        out = hidden if self.readout is None else self.readout(hidden)
        return out.reshape(len(values), self.head.horizon, values.shape[-1], self.head.parameters)


def _heads() -> tuple[type["Head"], ...]:
    """The heads whose means can be computed in NumPy."""
    from ..heads import Gaussian, NegativeBinomial, Point, Poisson, Quantiles, StudentT

    return (Point, Gaussian, StudentT, Quantiles, Poisson, NegativeBinomial)


def _parts(cell: Any) -> tuple[Any, ...]:
    none = np.zeros(0) if cell.candidate_bias is None else cell.candidate_bias
    return cell.input, cell.recurrent, cell.bias, none


def _array(part: Any) -> np.ndarray:
    return np.ascontiguousarray(part, np.float32)
