"""A recurrent language model without JAX: the forward pass alone, in NumPy. Questions to a saved
model are answered before JAX would be loaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from jaxtyping import Float, Int

from ..._types import END
from ..cells import GRU, LSTM, RNN
from ..counts import no_counts
from ._embedded import Embedded
from ._length_batches import check_finite_steps

LANES, PIECE, CELLS = 128, 256, 1 << 22
"""The most sequences that are scored together, the most steps of them at once, and the most log
probabilities."""

_quiet = np.errstate(over="ignore", invalid="ignore")
"""Numbers that are not finite are refused at the end, in a sentence."""

LayerState = tuple[np.ndarray, ...]
"""`(h,)`, or `(h, c)` for the LSTM; each array `[batch, width]`."""


@dataclass(frozen=True, eq=False)
class NumpyLayer:
    """A recurrent layer of a kind, `lstm`, `gru`, `tanh` or `relu`: its arrays are those of
    `GatedCell`, and so are its equations."""

    kind: str
    input: Float[np.ndarray, "rows column"]
    recurrent: Float[np.ndarray, "rows width"]
    bias: Float[np.ndarray, " rows"]
    candidate_bias: Float[np.ndarray, " width"] | None = None

    def initial_state(self, batch: int) -> LayerState:
        """Zeros."""
        zeros = np.zeros((batch, self.recurrent.shape[1]), self.recurrent.dtype)
        return (zeros, zeros) if self.kind == "lstm" else (zeros,)

    def unroll(
        self, state: LayerState, xs: Float[np.ndarray, "time batch column"]
    ) -> tuple[Float[np.ndarray, "time batch width"], LayerState]:
        """All outputs along sequences, and the state after the last step."""
        projected, recurrent = xs @ self.input.T + self.bias, self.recurrent.T
        outputs = np.empty((*xs.shape[:2], len(recurrent)), projected.dtype)
        for time, one in enumerate(projected):
            state = self._combined(one, state[0] @ recurrent, state)
            outputs[time] = state[0]
        return outputs, state

    def _combined(
        self, projected: np.ndarray, recurrent: np.ndarray, state: LayerState
    ) -> LayerState:
        width = self.recurrent.shape[1]
        if self.kind == "lstm":
            both = projected + recurrent
            opened, g, o = both[:, : 2 * width], both[:, 2 * width : 3 * width], both[:, -width:]
            opened = _sigmoid(opened)
            c = opened[:, width:] * state[1] + opened[:, :width] * np.tanh(g)
            return _sigmoid(o) * np.tanh(c), c
        if self.kind == "gru":
            gates = _sigmoid(projected[:, : 2 * width] + recurrent[:, : 2 * width])
            candidate = recurrent[:, 2 * width :] + self.candidate_bias
            n = np.tanh(projected[:, 2 * width :] + gates[:, :width] * candidate)
            return ((1 - gates[:, width:]) * n + gates[:, width:] * state[0],)
        total = projected + recurrent
        return (np.tanh(total) if self.kind == "tanh" else np.maximum(total, 0),)


@dataclass(frozen=True, eq=False)
class NumpyTokenModel:
    """The network of a recurrent language model in NumPy: the same numbers as `TokenModel` but for
    rounding. A `TokenStep`; it does not learn."""

    embedding: Float[np.ndarray, "vocab width"]
    layers: tuple[NumpyLayer, ...]
    weight: Float[np.ndarray, "vocab state"]
    bias: Float[np.ndarray, " vocab"]

    @staticmethod
    def can_run(spec: Any) -> bool:
        """True for an RNN, LSTM or GRU over embeddings."""
        return type(spec) is Embedded and type(spec.body) in (RNN, LSTM, GRU)

    @classmethod
    def of(cls, spec: Embedded, arrays: Mapping[str, np.ndarray], at: str) -> "NumpyTokenModel":
        """The network of these sizes, from its arrays by their places in it, all under `at`."""
        kind = {LSTM: "lstm", GRU: "gru"}.get(type(spec.body), "tanh")
        kind = "relu" if type(spec.body) is RNN and spec.body.relu else kind
        names = ("input", "recurrent", "bias", *(("candidate_bias",) if kind == "gru" else ()))
        layers = tuple(
            NumpyLayer(kind, *(arrays[f"{at}.body.layers[{number}].{name}"] for name in names))
            for number in range(len(spec.body.widths))
        )
        embedding = arrays[f"{at}.embedding"]
        weight = embedding if spec.tied else arrays[f"{at}.weight"]
        return cls(embedding, layers, weight, arrays[f"{at}.bias"])

    @property
    def size(self) -> int:
        """Size of the vocabulary."""
        return len(self.embedding)

    def counts(self) -> NoReturn:
        """Refused: a network has no tables."""
        raise no_counts("a network")

    def start(self, batch: int) -> tuple[tuple[LayerState, ...], Float[np.ndarray, "batch vocab"]]:
        """The state after an end token, and the log probabilities of the first token."""
        return self.step(self._initial_state(batch), np.full(batch, END, np.int32))

    @_quiet
    def step(
        self, state: tuple[LayerState, ...], token: Int[np.ndarray, " batch"]
    ) -> tuple[tuple[LayerState, ...], Float[np.ndarray, "batch vocab"]]:
        """Process one token; return the state and the log probability of every next token."""
        hidden, state = self._unrolled(state, token[None])
        logits = self._logits(hidden[0])
        return state, logits - _log_total(logits)[:, None]

    def log_probs(
        self, tokens: Int[np.ndarray, " total"], offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, " total"]:
        """The log probability of every token given those before it in its sequence, in batches of
        similar length; refuse values that are not finite."""
        found, lengths = np.zeros(len(tokens)), np.diff(offsets)
        order = np.argsort(-lengths, kind="stable")
        for first in range(0, len(order), LANES):
            taken = order[first : first + LANES]
            self._score_into(found, tokens, offsets[taken], lengths[taken])
        return check_finite_steps(found, offsets, "token")

    @_quiet
    def _score_into(
        self, found: np.ndarray, tokens: np.ndarray, starts: np.ndarray, lengths: np.ndarray
    ) -> None:
        """Score some sequences, the longest first, piece by piece, carrying the state. What is past
        the end of a sequence is computed and not used."""
        state, before = self._initial_state(len(starts)), np.full(len(starts), END)
        piece = max(1, min(PIECE, CELLS // (len(starts) * self.size)))
        for first in range(0, int(lengths[0]), piece):
            alive = int((lengths > first).sum())
            state = tuple(tuple(part[:alive] for part in layer) for layer in state)
            places = first + np.arange(min(piece, int(lengths[0]) - first))[:, None]
            inside = places < lengths[:alive]
            rows = np.where(inside, starts[:alive] + places, 0)
            target = tokens[rows]
            fed = np.concatenate([before[None, :alive], target[:-1]])
            hidden, state = self._unrolled(state, fed)
            logits = self._logits(hidden)
            chosen = np.take_along_axis(logits, target[..., None], axis=-1)[..., 0]
            found[rows[inside]] = (chosen - _log_total(logits))[inside]
            before = target[-1]

    def _initial_state(self, batch: int) -> tuple[LayerState, ...]:
        return tuple(layer.initial_state(batch) for layer in self.layers)

    def _unrolled(
        self, state: tuple[LayerState, ...], tokens: Int[np.ndarray, "time batch"]
    ) -> tuple[Float[np.ndarray, "time batch state"], tuple[LayerState, ...]]:
        hidden, states = self.embedding[tokens], []
        for layer, before in zip(self.layers, state, strict=True):
            hidden, after = layer.unroll(before, hidden)
            states.append(after)
        return hidden, tuple(states)

    def _logits(self, hidden: Float[np.ndarray, "*axes state"]) -> Float[np.ndarray, "*axes vocab"]:
        return hidden @ self.weight.T + self.bias


def _sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(−x)), which overflows nowhere in this form."""
    return 0.5 * np.tanh(0.5 * x) + 0.5


def _log_total(logits: Float[np.ndarray, "*axes vocab"]) -> Float[np.ndarray, "*axes"]:
    highest = logits.max(axis=-1)
    return highest + np.log(np.exp(logits - highest[..., None]).sum(axis=-1))
