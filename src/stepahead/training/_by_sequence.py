"""Training on whole sequences of unequal length: sequences of like length share minibatches, so
that little is padding."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, PyTree, UInt32

from .._check import Refusal, whole
from .._types import Key
from ..ops import as_key, generator
from ._descent import Epoch, Progress, Trained, descend, epochs
from ._optimizers import adam

CHUNK = 16
"""Minibatches of one bucket that follow each other; then another bucket has its turn."""

SHARES = (0.4, 0.75, 0.95, 1.0)
"""Where the sequences, sorted by length, are cut into buckets."""


@dataclass(frozen=True)
class BySequence:
    """How to train by gradient on whole sequences: `batch` of them a minibatch, for at most
    `epochs` epochs.

    An epoch goes once through all sequences in an order drawn from the key. With `patience`,
    training stops when the validation loss has not improved for that many epochs, and the best
    weights are kept.
    """

    epochs: int = 20
    batch: int = 32
    optimizer: optax.GradientTransformation = field(default_factory=adam)
    patience: int | None = None

    def __post_init__(self) -> None:
        whole("epochs", self.epochs), whole("batch", self.batch)
        if self.patience is not None:
            whole("patience", self.patience)


class Examples(NamedTuple):
    """Which examples a minibatch holds; one of weight 0 is padding. `spans` are the longest lengths
    among them, whole numbers."""

    rows: Int[Array, " batch"]
    weight: Float[Array, " batch"]


class SequenceData(Protocol):
    """The arrays of all examples, as a tree that goes to the device as it is."""

    @property
    def lengths(self) -> Int[np.ndarray, "example kind"]:
        """A row for each example: the length of its sequence, or of each of its sequences."""
        ...


class ExampleLoss(Protocol):
    """What is made small: the mean loss of a minibatch, and over how many terms it is the mean.

    `data` are the arrays of all examples on the device; what is gathered for the minibatch is at
    most `spans` long. `key` is None where nothing may be drawn.
    """

    def __call__(
        self, model: Any, data: Any, examples: Examples, spans: tuple[int, ...], key: Key | None
    ) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """Mean and count."""
        ...


def train_by_sequence(
    model: Any,
    data: SequenceData,
    loss: ExampleLoss,
    recipe: BySequence,
    *,
    key: Key,
    validation: SequenceData | None = None,
    judged: ExampleLoss | None = None,
    on_event: Callable[[Epoch], None] | None = None,
    resume: Callable[[Progress], Progress] | None = None,
) -> Trained:
    """Fit any model by gradient descent on whole examples. The result is a function of the
    arguments and the key alone.

    `validation` examples are judged after every epoch by the loss `judged` (`loss` itself unless
    said). A loss must always be the same function object (a module's own), or every call compiles
    again.
    """
    key = as_key(key)
    buckets = _buckets(data.lengths, recipe.batch)
    arrays = jax.tree.map(jnp.asarray, data)

    def once(
        epoch: int, model: Any, optimizer_state: optax.OptState
    ) -> tuple[Any, optax.OptState, float]:
        total, count = 0.0, 0.0
        for chunk in _order(buckets, recipe.batch, generator(key, epoch)):
            part = tuple(map(jnp.asarray, (chunk.rows, chunk.weight, chunk.words)))
            model, optimizer_state, summed, seen = _pass(
                model,
                optimizer_state,
                arrays,
                part,
                jnp.asarray(chunk.rounds),
                loss=loss,
                spans=chunk.spans,
                optimizer=recipe.optimizer,
            )
            total, count = total + float(summed), count + float(seen)
        return model, optimizer_state, total / max(count, 1.0)

    judge = (
        None
        if validation is None
        else partial(loss_by_sequence, data=validation, loss=judged or loss)
    )
    return epochs(model, recipe.optimizer, recipe, once, judge, on_event, resume)


def loss_by_sequence(
    model: Any, data: SequenceData, loss: ExampleLoss, *, batch: int = 128
) -> float:
    """Mean loss over all examples, nothing drawn and nothing trained."""
    buckets, arrays = _buckets(data.lengths, batch), jax.tree.map(jnp.asarray, data)
    total, count = 0.0, 0.0
    for bucket in buckets:
        for first in range(0, len(bucket.members), batch):
            rows, weight = _filled(bucket.members[first : first + batch], batch)
            mean, seen = _measured(
                model,
                arrays,
                Examples(jnp.asarray(rows), jnp.asarray(weight)),
                loss=loss,
                spans=bucket.spans,
            )
            total, count = total + float(mean) * float(seen), count + float(seen)
    return total / max(count, 1.0)


class _Bucket(NamedTuple):
    """Examples of like length."""

    members: Int[np.ndarray, " member"]
    spans: tuple[int, ...]


class _Chunk(NamedTuple):
    """Some minibatches of one bucket: the first `rounds` of its rows."""

    rows: Int[np.ndarray, "round batch"]
    weight: Float[np.ndarray, "round batch"]
    words: UInt32[np.ndarray, "round 2"]
    rounds: int
    spans: tuple[int, ...]


def _buckets(lengths: Int[np.ndarray, "example kind"], batch: int) -> tuple[_Bucket, ...]:
    """Sort by length and cut; buckets that would not fill a few minibatches are joined to the
    next."""
    lengths = np.asarray(lengths)
    if not len(lengths):
        raise Refusal("There is no example to learn from. Give at least one.")
    order = np.argsort(lengths.max(axis=1), kind="stable")
    ends = sorted(
        {round(share * len(order)) for share in SHARES if round(share * len(order)) >= 4 * batch}
        | {len(order)}
    )
    parts = [order[first:last] for first, last in zip([0, *ends[:-1]], ends, strict=True)]
    return tuple(
        _Bucket(part, tuple(int(n) for n in np.maximum(lengths[part].max(axis=0), 1)))
        for part in parts
    )


def _order(buckets: tuple[_Bucket, ...], batch: int, draws: np.random.Generator) -> list[_Chunk]:
    """One epoch: all examples of every bucket in drawn order, the chunks of all buckets mixed."""
    chunks = []
    for bucket in buckets:
        rows, weight = _filled(draws.permutation(bucket.members), batch)
        rounds = len(rows) // batch
        for first in range(0, rounds, CHUNK):
            taken = min(CHUNK, rounds - first)
            part = slice(first * batch, (first + taken) * batch)
            shape = (CHUNK * batch,)
            held, counted = np.zeros(shape, np.int32), np.zeros(shape, np.float32)
            held[: taken * batch], counted[: taken * batch] = rows[part], weight[part]
            words = draws.integers(2**32, size=(CHUNK, 2), dtype=np.uint32)
            chunks.append(
                _Chunk(
                    held.reshape(CHUNK, batch),
                    counted.reshape(CHUNK, batch),
                    words,
                    taken,
                    bucket.spans,
                )
            )
    return [chunks[place] for place in draws.permutation(len(chunks))]


def _filled(
    members: np.ndarray, batch: int
) -> tuple[Int[np.ndarray, " row"], Float[np.ndarray, " row"]]:
    """Members in whole minibatches, the last one filled up with weight 0."""
    count = -(-len(members) // batch) * batch
    rows = np.zeros(count, np.int32)
    rows[: len(members)] = members
    return rows, (np.arange(count) < len(members)).astype(np.float32)


@eqx.filter_jit
def _pass(
    model: Any,
    optimizer_state: optax.OptState,
    data: PyTree,
    part: tuple[Array, ...],
    rounds: Int[Array, ""],
    *,
    loss: ExampleLoss,
    spans: tuple[int, ...],
    optimizer: optax.GradientTransformation,
) -> tuple[Any, optax.OptState, Array, Array]:
    """The minibatches of one chunk."""
    rows, weight, words = part

    def of_batch(model: Any, state: None, x: tuple) -> tuple[Array, tuple[Array, None]]:
        mean, count = loss(model, data, Examples(x[0], x[1]), spans, jax.random.wrap_key_data(x[2]))
        return mean, (count, state)

    done = descend(model, optimizer_state, None, (rows, weight, words), of_batch, optimizer, rounds)
    return done.model, done.optimizer_state, done.total, done.seen


@eqx.filter_jit
def _measured(
    model: Any, data: PyTree, examples: Examples, *, loss: ExampleLoss, spans: tuple[int, ...]
) -> tuple[Array, Array]:
    return loss(model, data, examples, spans, None)
