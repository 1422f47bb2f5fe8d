"""Recurrent layers and related functions in NumPy; long sequences run on the native kernels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from ...native import LayerArrays, can_unroll, unroll
from ..cells import GRU, LSTM, RNN

quiet = np.errstate(over="ignore", invalid="ignore")
"""Overflow is ignored here: results that are not finite are refused at the end."""

FEWEST = 32
"""The fewest steps for which native kernels are used; with fewer, copying the weights takes longer
than it saves."""

LayerState = tuple[np.ndarray, ...]
"""`(h,)`, or `(h, c)` for the LSTM; each array `[batch, width]`."""


@dataclass(frozen=True, eq=False)
class NumpyLayer:
    """A recurrent layer of the kind `lstm`, `gru`, `tanh` or `relu`, with the arrays and equations
    of `GatedCell`."""

    kind: str
    input: Float[np.ndarray, "rows column"]
    recurrent: Float[np.ndarray, "rows width"]
    bias: Float[np.ndarray, " rows"]
    candidate_bias: Float[np.ndarray, " width"] | None = None

    @classmethod
    def of(cls, spec: Any, arrays: Mapping[str, np.ndarray], at: str) -> "NumpyLayer":
        """Return a layer of this recurrent specification, from its arrays by their paths below
        `at`."""
        kind = {LSTM: "lstm", GRU: "gru"}.get(type(spec), "tanh")
        kind = "relu" if type(spec) is RNN and spec.relu else kind
        names = ("input", "recurrent", "bias", *(("candidate_bias",) if kind == "gru" else ()))
        return cls(kind, *(arrays[f"{at}.{name}"] for name in names))

    def initial_state(self, batch: int) -> LayerState:
        """Zeros."""
        zeros = np.zeros((batch, self.recurrent.shape[1]), self.recurrent.dtype)
        return (zeros, zeros) if self.kind == "lstm" else (zeros,)

    def unroll(
        self, state: LayerState, xs: Float[np.ndarray, "time batch column"]
    ) -> tuple[Float[np.ndarray, "time batch width"], LayerState]:
        """All outputs along sequences, and the state after the last step."""
        if self._compiled(xs, state):
            return self._by_kernel(xs, np.full(xs.shape[1], len(xs)), state)
        projected, recurrent = xs @ self.input.T + self.bias, self.recurrent.T
        outputs = np.empty((*xs.shape[:2], len(recurrent)), projected.dtype)
        for time, one in enumerate(projected):
            state = self._combined(one, state[0] @ recurrent, state)
            outputs[time] = state[0]
        return outputs, state

    def read(
        self,
        xs: Float[np.ndarray, "time batch column"],
        lengths: Int[np.ndarray, " batch"],
        reverse: bool,
    ) -> tuple[Float[np.ndarray, "time batch width"], Float[np.ndarray, "batch width"]]:
        """Return the output at every step (0 after `lengths`) and the last one, from an initial
        state of zeros; with `reverse`, from the last step of each sequence to its first."""
        state = self.initial_state(xs.shape[1])
        if self._compiled(xs, state):
            first = np.arange(len(xs))[:, None]
            turned = np.where(first < lengths, lengths - 1 - first, first)[..., None]
            seen = np.take_along_axis(xs, turned, axis=0) if reverse else xs
            outputs, (last, *_) = self._by_kernel(seen, lengths, state)
            return np.take_along_axis(outputs, turned, axis=0) if reverse else outputs, last
        projected, recurrent = xs @ self.input.T + self.bias, self.recurrent.T
        outputs = np.zeros((*xs.shape[:2], len(recurrent)), projected.dtype)
        steps = range(len(xs))
        for time in reversed(steps) if reverse else steps:
            inside = (time < lengths)[:, None]
            after = self._combined(projected[time], state[0] @ recurrent, state)
            state = tuple(np.where(inside, new, old) for new, old in zip(after, state, strict=True))
            outputs[time] = np.where(inside, state[0], 0)
        return outputs, state[0]

    def _compiled(self, xs: np.ndarray, state: LayerState) -> bool:
        """True if the kernels support these sequences and are faster."""
        single = {each.dtype for each in (xs, self.recurrent, *state)} == {np.dtype(np.float32)}
        return len(xs) >= FEWEST and single and can_unroll()

    def _by_kernel(
        self, xs: np.ndarray, lengths: np.ndarray, state: LayerState
    ) -> tuple[np.ndarray, LayerState]:
        """All outputs, 0 after the lengths, and the state after the last step of each sequence."""
        candidate = np.zeros(0, np.float32) if self.candidate_bias is None else self.candidate_bias
        arrays = (self.input, self.recurrent, self.bias, candidate)
        layer = LayerArrays(*(np.ascontiguousarray(each) for each in arrays))
        kind = f"elman_{self.kind}" if self.kind in ("tanh", "relu") else self.kind
        inputs = np.ascontiguousarray(xs.swapaxes(0, 1))
        after = tuple(part.copy() for part in state)
        outputs = np.empty((*inputs.shape[:2], self.recurrent.shape[1]), np.float32)
        unroll(kind, layer, inputs, lengths.astype(np.int32), after, outputs)
        return outputs.swapaxes(0, 1), after

    def _combined(
        self, projected: np.ndarray, recurrent: np.ndarray, state: LayerState
    ) -> LayerState:
        width = self.recurrent.shape[1]
        if self.kind == "lstm":
            both = projected + recurrent
            opened, g, o = both[:, : 2 * width], both[:, 2 * width : 3 * width], both[:, -width:]
            opened = sigmoid(opened)
            c = opened[:, width:] * state[1] + opened[:, :width] * np.tanh(g)
            return sigmoid(o) * np.tanh(c), c
        if self.kind == "gru":
            gates = sigmoid(projected[:, : 2 * width] + recurrent[:, : 2 * width])
            candidate = recurrent[:, 2 * width :] + self.candidate_bias
            n = np.tanh(projected[:, 2 * width :] + gates[:, :width] * candidate)
            return ((1 - gates[:, width:]) * n + gates[:, width:] * state[0],)
        total = projected + recurrent
        return (np.tanh(total) if self.kind == "tanh" else np.maximum(total, 0),)


@dataclass(frozen=True, eq=False)
class NumpyLinear:
    """A linear map with a bias: an output layer."""

    weight: Float[np.ndarray, "out state"]
    bias: Float[np.ndarray, " out"]

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray], at: str) -> "NumpyLinear":
        """Return the layer from its arrays below `at`."""
        return cls(arrays[f"{at}.weight"], arrays[f"{at}.bias"])

    def __call__(self, x: Float[np.ndarray, "*axes state"]) -> Float[np.ndarray, "*axes out"]:
        """W x + b."""
        return x @ self.weight.T + self.bias


def known_cell(spec: Any) -> bool:
    """Return True for an RNN, LSTM or GRU."""
    return type(spec) in (RNN, LSTM, GRU)


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(−x)), in a form that does not overflow."""
    return 0.5 * np.tanh(0.5 * x) + 0.5


def log_total(logits: Float[np.ndarray, "*axes vocab"]) -> Float[np.ndarray, "*axes"]:
    """log Σ exp over the last axis."""
    highest = logits.max(axis=-1)
    return highest + np.log(np.exp(logits - highest[..., None]).sum(axis=-1))


def log_softmax(logits: Float[np.ndarray, "*axes label"]) -> Float[np.ndarray, "*axes label"]:
    """Return the log probabilities for scores along the last axis."""
    return logits - log_total(logits)[..., None]
