"""Training of language models: on running text with the state carried over, or on whole
sequences."""

from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Bool, Float, Int, Int32, UInt32

from .._types import END, Key
from ..data import Lanes, Tokens, consecutive_windows
from ..models import TokenModel
from ..ops import as_key, generator
from ._by_sequence import Examples
from ._descent import Epoch, Progress, Trained, descend, epochs
from ._loop import Gradient


def train_running(
    model: TokenModel,
    tokens: Tokens,
    recipe: Gradient,
    *,
    key: Key,
    validation: Tokens | None = None,
    on_event: Callable[[Epoch], None] | None = None,
    resume: Callable[[Progress], Progress] | None = None,
) -> Trained:
    """Train on running text by truncated backpropagation through time; the loss is the mean
    negative log likelihood per token, in nats, with ends.

    The text is divided into `recipe.batch` lanes, which are read in parallel in pieces of
    `recipe.span` tokens. The state is carried from piece to piece and reset where a sequence
    starts; a running text (`tokens.concatenated()`) is one long sequence. With `recipe.steps`, an
    epoch is that many pieces of every lane, cyclically, starting from the initial state.
    `validation` is evaluated by `log_probs`. `resume` maps the start of the run to the progress
    from which it continues.
    """
    judge = None if validation is None else lambda model: _validated(model, validation)
    stream, lanes = _stream(tokens, recipe)
    on_device = jnp.asarray(stream)
    plan = _Plan(lanes.windows.start, lanes.windows.length, lanes.fresh)
    key, rounds = as_key(key), len(lanes.fresh)
    steps = rounds if recipe.steps is None else min(recipe.steps, rounds)

    def run_epoch(
        epoch: int, model: TokenModel, optimizer_state: optax.OptState
    ) -> tuple[TokenModel, optax.OptState, float]:
        words = generator(key, epoch).integers(2**32, size=(steps, 2), dtype=np.uint32)
        chosen = (epoch * steps + np.arange(steps)) % rounds
        part = jax.tree.map(lambda pieces: pieces[chosen], plan)
        part.fresh[0] = True
        model, optimizer_state, loss = _epoch(
            model,
            optimizer_state,
            on_device,
            jax.tree.map(jnp.asarray, part),
            jnp.asarray(words),
            recipe=recipe,
        )
        return model, optimizer_state, float(loss)

    return epochs(model, recipe.optimizer, recipe, run_epoch, judge, on_event, resume)


class TokenData(NamedTuple):
    """Sequences of tokens as device arrays."""

    ids: Int32[Array | np.ndarray, " token"]
    offsets: Int32[Array | np.ndarray, " boundary"]

    @property
    def lengths(self) -> Int[np.ndarray, "example 1"]:
        """The length of every sequence with its end."""
        return np.diff(self.offsets)[:, None] + 1

    def gather(
        self, rows: Int[Array, " batch"], span: int
    ) -> tuple[Int[Array, "batch time"], Int[Array, " batch"]]:
        """Return the sequences `rows`, padded to `span` tokens with END, and their lengths."""
        start, length = self.offsets[rows], self.offsets[rows + 1] - self.offsets[rows]
        place = jnp.arange(span)
        ids = self.ids[jnp.minimum(start[:, None] + place, len(self.ids) - 1)]
        return jnp.where(place < length[:, None], ids, END), length


def sentence_loss(
    model: TokenModel, data: TokenData, examples: Examples, spans: tuple[int, ...], key: Key | None
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Return the mean cross-entropy over the tokens of whole sequences and their ends, and the
    number of these. An `ExampleLoss`."""
    target, length = data.gather(examples.rows, spans[0])
    fed = jnp.concatenate([jnp.full((len(target), 1), END), target[:, :-1]], axis=1)
    weight = jnp.where(jnp.arange(spans[0]) <= length[:, None], examples.weight[:, None], 0.0)
    hidden, _ = model.hidden(fed, model.body.initial_state(len(target)), length + 1, key)
    return model.mean_loss(hidden, target, weight)


def token_data(tokens: Tokens) -> TokenData:
    """Return tokens as arrays."""
    return TokenData(tokens.ids, tokens.offsets.astype(np.int32))


def _validated(model: TokenModel, validation: Tokens) -> float:
    ended = validation.with_ends()
    return -float(np.mean(model.log_probs(ended.ids, ended.offsets)))


def _stream(tokens: Tokens, recipe: Gradient) -> tuple[Int32[np.ndarray, " token"], Lanes]:
    """All sequences as one stream, each between two end tokens, and the pieces to read."""
    ended = tokens.with_ends()
    stream = np.insert(ended.ids, ended.offsets[:-1], END)
    return stream, consecutive_windows(
        ended.offsets + np.arange(len(ended.offsets)), recipe.span, recipe.batch
    )


class _Plan(NamedTuple):
    start: Int[Array | np.ndarray, "round lane"]
    length: Int[Array | np.ndarray, "round lane"]
    fresh: Bool[Array | np.ndarray, "round lane"]


@eqx.filter_jit
def _epoch(
    model: TokenModel,
    optimizer_state: optax.OptState,
    stream: Int32[Array, " token"],
    plan: _Plan,
    words: UInt32[Array, "round 2"],
    *,
    recipe: Gradient,
) -> tuple[TokenModel, optax.OptState, Float[Array, ""]]:
    """Train for one epoch along all lanes."""
    zero = model.body.initial_state(plan.start.shape[1])

    def loss(
        model: TokenModel, state: tuple, x: tuple[_Plan, Array]
    ) -> tuple[Array, tuple[Array, tuple]]:
        piece, key = x
        before = jax.tree.map(
            lambda z, s: jnp.where(piece.fresh.reshape(-1, *[1] * (s.ndim - 1)), z, s), zero, state
        )
        place = jnp.arange(recipe.span + 1)
        ids = stream[jnp.minimum(piece.start[:, None] + place, len(stream) - 1)]
        hidden, after = model.hidden(
            ids[:, :-1], before, jnp.asarray(piece.length), jax.random.wrap_key_data(key)
        )
        inside = (place[:-1] < piece.length[:, None]).astype(hidden.dtype)
        mean, count = model.mean_loss(hidden, ids[:, 1:], inside)
        return mean, (count, jax.lax.stop_gradient(after))

    done = descend(model, optimizer_state, zero, (plan, words), loss, recipe.optimizer)
    return done.model, done.optimizer_state, done.total / jnp.maximum(done.seen, 1.0)
