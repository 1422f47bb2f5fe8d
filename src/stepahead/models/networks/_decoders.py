"""Decoders: recurrent models of tokens or of rows, with the map from a vector to their first
state."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from ..._types import END, Key, Observation, State
from ..cells import RecurrentBody
from ..steps import InputProjection, Model, ModelState, StateProjection
from ._token_model import TokenModel, cross_entropy


class TokenDecoder(eqx.Module):
    """A token model, and the map from a condition vector to its first state."""

    net: TokenModel
    feed: StateProjection | InputProjection

    def hidden(
        self,
        given: Float[Array, "batch feature"],
        target: Int[Array, "batch time"],
        lengths: Int[Array, " batch"],
        key: Key | None,
    ) -> Float[Array, "batch time state"]:
        """Inputs of the output layer at every step of known sequences (teacher forcing), their ends
        included in `lengths`."""
        fed = jnp.concatenate([jnp.full((len(target), 1), END), target[:, :-1]], axis=1)
        return self.net.hidden(fed, self.feed(given, self.body), lengths, key)[0]

    def logits(self, hidden: Float[Array, "*axes state"]) -> Float[Array, "*axes vocab"]:
        """A score for every token."""
        return self.net.logits(hidden)

    def start(
        self, given: Float[Array | np.ndarray, "batch feature"]
    ) -> tuple[State, Float[Array, "batch vocab"]]:
        """The state before the first token, and the log probabilities of the first token."""
        return _start(self, jnp.asarray(given))

    def step(
        self, state: State, token: Int[Array | np.ndarray, " batch"]
    ) -> tuple[State, Float[Array, "batch vocab"]]:
        """Process one token; return the state and the log probability of every next token."""
        return self.net.step(state, token)

    def with_bias(self, bias: Float[Array | np.ndarray, " vocab"]) -> "TokenDecoder":
        """The same model with another bias of the output layer."""
        return TokenDecoder(self.net.with_bias(bias), self.feed)

    def log_probs_of(
        self,
        given: Any,
        target: Int[np.ndarray, "batch time"],
        lengths: Int[np.ndarray, " batch"],
    ) -> Float[np.ndarray, "batch time"]:
        """The log probability of every token of known sequences, their ends included in
        `lengths`."""
        return log_probs_given(self, jnp.asarray(given), target, lengths)

    @property
    def body(self) -> RecurrentBody:
        """The recurrent layers."""
        body: Any = self.net.body
        return body


class RowDecoder(eqx.Module):
    """A model of numeric rows, and the map from a condition vector to its first state. The input
    before the first row is zeros."""

    net: Model
    feed: StateProjection | InputProjection

    def out(
        self,
        given: Float[Array, "batch feature"],
        rows: Float[Array, "batch time column"],
        lengths: Int[Array, " batch"],
        key: Key | None,
    ) -> Float[Array, "batch time column parameter"]:
        """Head parameters at every step of known sequences (teacher forcing): `out[:, t]` describes
        row t given the rows before it."""
        body: Any = self.net.body
        encoded = self.net.head.encode(rows)
        fed = jnp.concatenate([jnp.zeros_like(encoded[:, :1]), encoded[:, :-1]], axis=1)
        out, _ = body.unroll(
            self.feed(given, body), Observation(fed), lengths=lengths, at=None, key=key
        )
        return self.net.shaped(out)[:, :, 0]

    def start(
        self, given: Float[Array, "batch feature"]
    ) -> tuple[ModelState, Float[Array, "batch horizon column parameter"]]:
        """The state before the first row, and the head parameters of the first row."""
        body: Any = self.net.body
        state, out = body.step(
            self.feed(given, body),
            Observation(jnp.zeros((len(given), self.net.channels.value), self.net.dtype)),
        )
        out = self.net.shaped(out)
        return ModelState(state, self.net.head.mean(out)[:, 0]), out

    def with_bias(self, bias: Float[Array, " out"]) -> "RowDecoder":
        """The same model with another bias of the output layer."""
        where: Any = lambda model: model.net.body.readout.bias  # noqa: E731 - what it names is one place
        return eqx.tree_at(where, self, bias)


@eqx.filter_jit
def _start(
    model: TokenDecoder, given: Float[Array, "batch feature"]
) -> tuple[State, Float[Array, "batch vocab"]]:
    state = model.feed(given, model.body)
    state, out = model.net.body.step(
        state,
        Observation(
            jnp.broadcast_to(model.net.embedding[END], (len(given), model.net.embedding.shape[1]))
        ),
    )
    return state, jax.nn.log_softmax(model.net.logits(out))


def log_probs_given(
    model: Any,
    given: Any,
    target: Int[np.ndarray, "batch time"],
    lengths: Int[np.ndarray, " batch"],
) -> Float[np.ndarray, "batch time"]:
    """The log probability of every token of known targets under a model with `hidden` and
    `logits`."""
    return np.asarray(_log_probs(model, given, jnp.asarray(target), jnp.asarray(lengths)))


@eqx.filter_jit
def _log_probs(
    model: Any, given: Any, target: Int[Array, "batch time"], lengths: Int[Array, " batch"]
) -> Float[Array, "batch time"]:
    return -cross_entropy(model.logits(model.hidden(given, target, lengths, None)), target)
