"""A translator in NumPy: encoder, decoder and attention."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from ..._types import END
from ..sequences import Attention, Source, Translator, without_attention
from ._decoder import NumpyTokenDecoder, chosen_log_probs
from ._encoder import NumpyEncoder
from ._layers import LayerState, NumpyLinear, log_softmax, quiet

State = tuple[tuple[LayerState, ...], np.ndarray, np.ndarray, np.ndarray]
"""The decoder's state; for attention the keys, the encoder's vectors, and a mask of the source
steps."""


@dataclass(frozen=True, eq=False)
class NumpyAttention:
    """Attention in NumPy: the results equal those of `AttentionBody` up to rounding."""

    kind: Attention
    query: Float[np.ndarray, "width state"]
    key: Float[np.ndarray, "width memory"]
    vector: Float[np.ndarray, " width"]
    join: NumpyLinear

    def weights(
        self,
        hidden: Float[np.ndarray, "batch step state"],
        keys: Float[np.ndarray, "batch time width"],
        inside: Bool[np.ndarray, "batch time"],
    ) -> Float[np.ndarray, "batch step time"]:
        """Attention weights of every step: they sum to 1 over the steps `inside` the sequence."""
        scores = self.kind.scores(hidden @ self.query.T, keys, self.vector)
        return np.exp(log_softmax(np.where(inside[:, None], scores, np.float32(-1e30))))

    def __call__(
        self,
        hidden: Float[np.ndarray, "batch step state"],
        keys: Float[np.ndarray, "batch time width"],
        memory: Float[np.ndarray, "batch time memory"],
        inside: Bool[np.ndarray, "batch time"],
    ) -> Float[np.ndarray, "batch step state"]:
        """The decoder's states, each joined with its attention mean."""
        found = self.weights(hidden, keys, inside) @ memory
        return np.tanh(self.join(np.concatenate([hidden, found], axis=-1)))


@dataclass(frozen=True, eq=False)
class NumpyTranslator:
    """The network of a translator in NumPy: the results equal those of `TranslatorModel` up to
    rounding."""

    encoder: NumpyEncoder
    decoder: NumpyTokenDecoder
    attention: NumpyAttention | None

    @staticmethod
    def can_run(spec: Any) -> bool:
        """Return True for a translator with RNN, LSTM or GRU layers."""
        return (
            type(spec) is Translator
            and NumpyEncoder.can_run(spec.encoder)
            and NumpyTokenDecoder.can_run(spec.decoder)
        )

    @classmethod
    def of(cls, spec: Translator, arrays: Mapping[str, np.ndarray], at: str) -> "NumpyTranslator":
        """Return the network of these sizes, from its arrays by their paths below `at`."""
        attention = None
        if spec.attention is not None:
            place = f"{at}.attention"
            query, key, vector = (arrays[f"{place}.{name}"] for name in ("query", "key", "vector"))
            join = NumpyLinear.of(arrays, f"{place}.join")
            attention = NumpyAttention(spec.attention, query, key, vector, join)
        encoder = NumpyEncoder.of(spec.encoder, arrays, f"{at}.encoder")
        return cls(encoder, NumpyTokenDecoder.of(spec.decoder, arrays, f"{at}.decoder"), attention)

    @quiet
    def start(self, given: Source) -> tuple[State, Float[np.ndarray, "batch vocab"]]:
        """The state before the first token, and the log probabilities of the first token."""
        encoded = self.encoder(np.asarray(given.inputs), np.asarray(given.lengths))
        memory, inside = np.asarray(encoded.along), _inside(given)
        keys = memory[..., :0] if self.attention is None else memory @ self.attention.key.T
        state = self.decoder.first(np.asarray(encoded.summary)), keys, memory, inside
        return self.step(state, np.full(len(inside), END, np.int32))

    @quiet
    def step(
        self, state: State, token: Int[np.ndarray, " batch"]
    ) -> tuple[State, Float[np.ndarray, "batch vocab"]]:
        """Process one token; return the state and the log probability of every next token."""
        body, *source = state
        hidden, body = self.decoder.net.unrolled(body, token[None])
        out = self._joined(hidden.swapaxes(0, 1), *source)[:, 0]
        return (body, *source), log_softmax(self.decoder.net.logits(out))  # type: ignore[return-value]

    @quiet
    def log_probs_of(
        self,
        given: Source,
        target: Int[np.ndarray, "batch time"],
        lengths: Int[np.ndarray, " batch"],
    ) -> Float[np.ndarray, "batch time"]:
        """Return the log probability of every token of known targets; those after `lengths` have no
        meaning."""
        hidden, keys, memory, inside = self._along(given, target)
        return chosen_log_probs(
            self.decoder.net.logits(self._joined(hidden, keys, memory, inside)), target
        )

    def attended(
        self,
        given: Source,
        target: Int[np.ndarray, "batch time"],
        lengths: Int[np.ndarray, " batch"],
    ) -> Float[np.ndarray, "batch time source"]:
        """Attention weights of each token of known targets over the steps of its source; rows sum
        to 1."""
        if self.attention is None:
            raise without_attention()
        hidden, keys, _, inside = self._along(given, target)
        return self.attention.weights(hidden, keys, inside)

    def _along(
        self, given: Source, target: Int[np.ndarray, "batch time"]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """The decoder's states along known targets; keys, vectors and mask of the sources."""
        encoded = self.encoder(np.asarray(given.inputs), np.asarray(given.lengths))
        memory = np.asarray(encoded.along)
        keys = memory[..., :0] if self.attention is None else memory @ self.attention.key.T
        hidden = self.decoder.hidden(np.asarray(encoded.summary), target)
        return hidden, keys, memory, _inside(given)

    def _joined(
        self, hidden: np.ndarray, keys: np.ndarray, memory: np.ndarray, inside: np.ndarray
    ) -> np.ndarray:
        return hidden if self.attention is None else self.attention(hidden, keys, memory, inside)


def _inside(given: Source) -> Bool[np.ndarray, "batch time"]:
    inputs = np.asarray(given.inputs)
    return np.arange(inputs.shape[1]) < np.asarray(given.lengths)[:, None]
