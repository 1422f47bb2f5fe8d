"""`Decoder`: a recurrent model of sequences conditioned on a vector."""

from dataclasses import dataclass, field, replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from ..._check import Refusal
from ..._types import END, Channels, Key, Observation, State
from ...ops import as_key, split_key
from ..body import draws_of
from ..cells import Recurrent, RecurrentBody, recurrent_of
from ..heads import Head
from ..steps import (
    Feed,
    FirstInput,
    FirstState,
    InputProjection,
    Model,
    ModelState,
    StateProjection,
    build,
)
from ._embedded import Embedded
from ._token_model import TokenModel


@dataclass(frozen=True)
class Decoder:
    """A recurrent model of sequences conditioned on a vector, and the decoder of a
    sequence-to-sequence model.

    `body` is an RNN, LSTM or GRU; for tokens also `Embedded(LSTM(256), width=128, dropout=0.3)`,
    which sets the sizes of embeddings and dropout. `feed` is the conditioning: `FirstState()` or
    `FirstInput()`.

    >>> from stepahead.models import GRU
    >>> decoder = Decoder(GRU(8)).of_tokens(10, 3, 0)
    >>> state, log_probs = decoder.start(jnp.ones((2, 3)))
    >>> log_probs.shape
    (2, 10)
    """

    body: Any
    feed: Feed = field(default_factory=FirstState)

    def __post_init__(self) -> None:
        if not isinstance(self.body, Embedded):
            object.__setattr__(self, "body", recurrent_of(self.body))  # wraps a user's step
        elif not isinstance(self.body.body, Recurrent):
            raise Refusal(
                f"A decoder begins from a state that is set, which {self.body.body!r} does not "
                "have. Give an RNN, LSTM or GRU."
            )
        if not isinstance(self.feed, FirstState | FirstInput):
            raise Refusal(
                f"`feed` must be FirstState() or FirstInput(), but it is {self.feed!r}. Give one "
                "of these."
            )

    @property
    def embedded(self) -> Embedded:
        """The body with embeddings and an output layer."""
        return self.body if isinstance(self.body, Embedded) else Embedded(self.body)

    def of_tokens(self, size: int, features: int, key: Key) -> "TokenDecoder":
        """A decoder of tokens of a vocabulary of `size`, conditioned on vectors of `features`
        numbers."""
        of_net, of_feed = split_key(as_key(key), 2)
        net = self.embedded.build(size, of_net)
        assert isinstance(net.body, RecurrentBody)
        return TokenDecoder(net, self.feed.build(features, net.body, draws_of(of_feed)))

    def of_rows(self, columns: int, features: int, head: Head, key: Key) -> "RowDecoder":
        """A decoder of rows of `columns` numbers, read by `head`, conditioned on vectors of
        `features` numbers."""
        if isinstance(self.body, Embedded):
            raise Refusal(
                "`Embedded` is for tokens, but these are rows of numbers. Give the recurrent body "
                "itself, such as `LSTM(64)`."
            )
        of_net, of_feed = split_key(as_key(key), 2)
        net = build(replace(self.body, readout=True), Channels(columns), head, of_net)
        assert isinstance(net.body, RecurrentBody)
        return RowDecoder(net, self.feed.build(features, net.body, draws_of(of_feed)))


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
