"""The network of a language model: token embeddings, a body, and an output layer."""

from typing import NoReturn

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from ..._types import END, Key, Observation, State
from ...ops import softmax_loss
from ..body import Body
from ..counts import no_counts
from ..sequences import check_finite_steps

CELLS = 1 << 22
"""Numbers in the largest array of log probabilities that is computed at a time."""


class TokenModel(eqx.Module):
    """A language model network. A `TokenStep`. A sequence starts as if one had just ended: the body
    is fed the end token first.

    `weight` is None if the embeddings are used in its place, or if the body outputs the scores
    itself (then `bias` is None too).
    """

    embedding: Float[Array, "vocab width"]
    body: Body
    weight: Float[Array, "vocab state"] | None
    bias: Float[Array, " vocab"] | None
    dropout: float = eqx.field(static=True)

    @property
    def size(self) -> int:
        """Size of the vocabulary."""
        return self.embedding.shape[0]

    def counts(self) -> NoReturn:
        """Refused: a network has no n-gram tables."""
        raise no_counts("a network")

    def start(self, batch: int) -> tuple[State, Float[Array, "batch vocab"]]:
        """Return the state after an end token, and the log probabilities of the first token."""
        return self.step(self.body.initial_state(batch), np.full(batch, END, np.int32))

    def step(
        self, state: State, token: Int[Array | np.ndarray, " batch"]
    ) -> tuple[State, Float[Array, "batch vocab"]]:
        """Process one token; return the state and the log probability of every next token."""
        return _step(self, state, jnp.asarray(token))

    def initial_state(self, batch: int) -> State:
        """Return the state before any token, including the end token."""
        return self.body.initial_state(batch)

    def hidden_vectors(
        self, state: State, tokens: Int[np.ndarray, "batch time"]
    ) -> tuple[State, Float[np.ndarray, "batch time state"]]:
        """The state after these tokens, and the input of the output layer after each of them."""
        batch, time = tokens.shape
        padded = np.pad(tokens, ((0, 0), (0, _rounded(time) - time)))
        lengths = jnp.full(batch, time, jnp.int32)
        state, hidden = _hidden(self, state, jnp.asarray(padded), lengths)
        return state, np.asarray(hidden)[:, :time]

    def next_log_probs(
        self, hidden: Float[np.ndarray, "batch state"]
    ) -> Float[np.ndarray, "batch vocab"]:
        """The log probability of every next token."""
        return np.asarray(_next(self, jnp.asarray(hidden)))

    def log_probs(
        self, tokens: Int[np.ndarray, " total"], offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, " total"]:
        """The log probability of every token given those before it in its sequence, in batches of
        similar length; refuse values that are not finite."""
        found = np.zeros(len(tokens))
        lengths = np.diff(offsets)
        order = np.argsort(lengths, kind="stable")
        order = order[lengths[order] > 0]
        while len(order):
            time = min(_rounded(int(lengths[order[-1]])), 256)
            batch = min(_rounded(max(1, CELLS // (self.size * time))), _rounded(len(order)), 128)
            taken, order = order[-batch:], order[:-batch]
            self._score_into(found, tokens, offsets[taken], lengths[taken], batch, time)
        return check_finite_steps(found, offsets, "token")

    def _score_into(
        self,
        found: np.ndarray,
        tokens: np.ndarray,
        starts: np.ndarray,
        lengths: np.ndarray,
        batch: int,
        time: int,
    ) -> None:
        """Score some sequences piece by piece, carrying the state, in a batch of fixed size padded
        with empty sequences."""
        starts, lengths = (np.pad(part, (0, batch - len(part))) for part in (starts, lengths))
        state, before = self.body.initial_state(batch), np.full(batch, END, np.int32)
        for first in range(0, int(lengths.max()), time):
            inside = first + np.arange(time) < lengths[:, None]
            rows = np.where(inside, starts[:, None] + first + np.arange(time), 0)
            target = tokens[rows].astype(np.int32)
            fed = np.concatenate([before[:, None], target[:, :-1]], axis=1)
            state, scored = _scored(
                self,
                state,
                jnp.asarray(fed),
                jnp.asarray(target),
                jnp.asarray(inside.sum(axis=1, dtype=np.int32)),
            )
            found[rows[inside]] = np.asarray(scored, np.float64)[inside]
            before = target[:, -1]

    def hidden(
        self,
        tokens: Int[Array, "batch time"],
        state: State,
        lengths: Int[Array, " batch"] | None,
        key: Key | None,
    ) -> tuple[Float[Array, "batch time state"], State]:
        """Inputs of the output layer along sequences; with a key, dropout is drawn."""
        of_inputs, of_body, of_outputs = (None,) * 3 if key is None else jax.random.split(key, 3)
        fed = dropout(self.embedding[tokens], self.dropout, of_inputs)
        out, state = self.body.unroll(
            state, Observation(fed), lengths=lengths, at=None, key=of_body
        )
        return dropout(out, self.dropout if self.bias is not None else 0.0, of_outputs), state

    def with_bias(self, bias: Float[Array | np.ndarray, " vocab"]) -> "TokenModel":
        """The same model with another bias of the output layer; unchanged if the body outputs the
        scores itself."""
        if self.bias is None:
            return self
        return eqx.tree_at(lambda model: model.bias, self, jnp.asarray(bias, self.bias.dtype))

    def logits(self, hidden: Float[Array, "*axes state"]) -> Float[Array, "*axes vocab"]:
        """Scores of every token; their softmax is the distribution."""
        if self.bias is None:
            return hidden
        return hidden @ self._rows.T + self.bias

    def mean_loss(
        self,
        hidden: Float[Array, "*axes state"],
        target: Int[Array, "*axes"],
        weight: Float[Array, "*axes"],
    ) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """Return the mean cross-entropy of `target` over all positions, weighted by `weight`, and
        the sum of the weights; 0 if that is 0."""
        count = weight.sum()
        share = weight / jnp.maximum(count, 1.0)
        if self.bias is None:
            return (cross_entropy(hidden, target) * share).sum(), count
        rows = hidden.reshape(-1, hidden.shape[-1])
        flat = target.reshape(-1), share.reshape(-1)
        return softmax_loss(rows, self._rows, self.bias, *flat), count

    @property
    def _rows(self) -> Float[Array, "vocab state"]:
        """The weights of the output layer."""
        return self.embedding if self.weight is None else self.weight


def dropout(x: Float[Array, "*axes"], share: float, key: Key | None) -> Float[Array, "*axes"]:
    """Dropout: zero a share of the numbers and scale up the others, if a key is given."""
    if key is None or not share:
        return x
    return jnp.where(jax.random.bernoulli(key, 1 - share, x.shape), x / (1 - share), 0)


def cross_entropy(
    logits: Float[Array, "*axes vocab"], target: Int[Array, "*axes"]
) -> Float[Array, "*axes"]:
    """log Σ exp(logits) − logits[target], in nats.

    >>> bool(jnp.allclose(cross_entropy(jnp.zeros((1, 4)), jnp.array([2])), jnp.log(4.0)))
    True
    """
    chosen = jnp.take_along_axis(logits, target[..., None], axis=-1)[..., 0]
    return jax.nn.logsumexp(logits, axis=-1) - chosen


def _rounded(count: int) -> int:
    """The next power of two, so that few programs are compiled."""
    return 1 << max(count - 1, 0).bit_length()


@eqx.filter_jit
def _step(
    model: TokenModel, state: State, token: Int[Array, " batch"]
) -> tuple[State, Float[Array, "batch vocab"]]:
    state, out = model.body.step(state, Observation(model.embedding[token]))
    return state, jax.nn.log_softmax(model.logits(out))


@eqx.filter_jit
def _hidden(
    model: TokenModel, state: State, tokens: Int[Array, "batch time"], lengths: Int[Array, " batch"]
) -> tuple[State, Float[Array, "batch time state"]]:
    hidden, state = model.hidden(tokens, state, lengths, None)
    return state, hidden


@eqx.filter_jit
def _next(model: TokenModel, hidden: Float[Array, "batch state"]) -> Float[Array, "batch vocab"]:
    return jax.nn.log_softmax(model.logits(hidden))


@eqx.filter_jit
def _scored(
    model: TokenModel,
    state: State,
    fed: Int[Array, "batch time"],
    target: Int[Array, "batch time"],
    lengths: Int[Array, " batch"],
) -> tuple[State, Float[Array, "batch time"]]:
    hidden, state = model.hidden(fed, state, lengths, None)
    return state, -cross_entropy(model.logits(hidden), target)
