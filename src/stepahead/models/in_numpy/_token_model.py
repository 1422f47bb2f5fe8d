"""A recurrent language model without JAX: its forward pass in NumPy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from jaxtyping import Float, Int

from ..._types import END
from ..counts import no_counts
from ..sequences import Embedded, check_finite_steps
from ._layers import LayerState, NumpyLayer, known_cell, log_total, quiet

LANES, PIECE, CELLS = 128, 256, 1 << 22
"""The most sequences that are scored together, the most steps of them at once, and the most log
probabilities."""


@dataclass(frozen=True, eq=False)
class NumpyTokenModel:
    """The network of a recurrent language model in NumPy: the results equal those of `TokenModel`
    up to rounding. A `TokenStep`; it cannot be trained."""

    embedding: Float[np.ndarray, "vocab width"]
    layers: tuple[NumpyLayer, ...]
    weight: Float[np.ndarray, "vocab state"]
    bias: Float[np.ndarray, " vocab"]

    @staticmethod
    def can_run(spec: Any) -> bool:
        """Return True for an RNN, LSTM or GRU over embeddings."""
        return type(spec) is Embedded and known_cell(spec.body)

    @classmethod
    def of(cls, spec: Embedded, arrays: Mapping[str, np.ndarray], at: str) -> "NumpyTokenModel":
        """Return the network of these sizes, from its arrays by their paths below `at`."""
        layers = tuple(
            NumpyLayer.of(spec.body, arrays, f"{at}.body.layers[{number}]")
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
        """Refused: a network has no n-gram tables."""
        raise no_counts("a network")

    def start(self, batch: int) -> tuple[tuple[LayerState, ...], Float[np.ndarray, "batch vocab"]]:
        """The state after an end token, and the log probabilities of the first token."""
        return self.step(self.initial_state(batch), np.full(batch, END, np.int32))

    @quiet
    def step(
        self, state: tuple[LayerState, ...], token: Int[np.ndarray, " batch"]
    ) -> tuple[tuple[LayerState, ...], Float[np.ndarray, "batch vocab"]]:
        """Process one token; return the state and the log probability of every next token."""
        hidden, state = self.unrolled(state, token[None])
        logits = self.logits(hidden[0])
        return state, logits - log_total(logits)[:, None]

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

    @quiet
    def _score_into(
        self, found: np.ndarray, tokens: np.ndarray, starts: np.ndarray, lengths: np.ndarray
    ) -> None:
        """Score some sequences, longest first, piece by piece, passing the state on. Results after
        the end of a sequence are computed and not used."""
        state, before = self.initial_state(len(starts)), np.full(len(starts), END)
        piece = max(1, min(PIECE, CELLS // (len(starts) * self.size)))
        for first in range(0, int(lengths[0]), piece):
            alive = int((lengths > first).sum())
            state = tuple(tuple(part[:alive] for part in layer) for layer in state)
            places = first + np.arange(min(piece, int(lengths[0]) - first))[:, None]
            inside = places < lengths[:alive]
            rows = np.where(inside, starts[:alive] + places, 0)
            target = tokens[rows]
            fed = np.concatenate([before[None, :alive], target[:-1]])
            hidden, state = self.unrolled(state, fed)
            logits = self.logits(hidden)
            chosen = np.take_along_axis(logits, target[..., None], axis=-1)[..., 0]
            found[rows[inside]] = (chosen - log_total(logits))[inside]
            before = target[-1]

    def initial_state(self, batch: int) -> tuple[LayerState, ...]:
        """Return the state before any token, including the end token."""
        return tuple(layer.initial_state(batch) for layer in self.layers)

    @quiet
    def hidden_vectors(
        self, state: tuple[LayerState, ...], tokens: Int[np.ndarray, "batch time"]
    ) -> tuple[tuple[LayerState, ...], Float[np.ndarray, "batch time state"]]:
        """Return the state after these tokens, and the input of the output layer after each of
        them."""
        hidden, state = self.unrolled(state, tokens.T)
        return state, np.moveaxis(hidden, 0, 1)

    @quiet
    def next_log_probs(
        self, hidden: Float[np.ndarray, "batch state"]
    ) -> Float[np.ndarray, "batch vocab"]:
        """The log probability of every next token."""
        logits = self.logits(hidden)
        return logits - log_total(logits)[:, None]

    def unrolled(
        self, state: tuple[LayerState, ...], tokens: Int[np.ndarray, "time batch"]
    ) -> tuple[Float[np.ndarray, "time batch state"], tuple[LayerState, ...]]:
        """Inputs of the output layer along sequences, and the state after the last step."""
        return self.fed(state, self.embedding[tokens])

    def fed(
        self, state: tuple[LayerState, ...], hidden: Float[np.ndarray, "time batch column"]
    ) -> tuple[Float[np.ndarray, "time batch state"], tuple[LayerState, ...]]:
        """Return the outputs of the last layer along sequences of rows, and the state after the
        last step."""
        states = []
        for layer, before in zip(self.layers, state, strict=True):
            hidden, after = layer.unroll(before, hidden)
            states.append(after)
        return hidden, tuple(states)

    def logits(self, hidden: Float[np.ndarray, "*axes state"]) -> Float[np.ndarray, "*axes vocab"]:
        """A score for every token."""
        return hidden @ self.weight.T + self.bias
