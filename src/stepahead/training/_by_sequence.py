"""Training on whole sequences of unequal length: sequences of similar length share minibatches,
which keeps padding small."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple, Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, PyTree, UInt32

from .._check import Refusal, whole
from .._settings import Settings
from .._types import Key
from ..ops import as_key, generator
from ._descent import Epoch, Progress, Trained, descend, epochs
from ._optimizers import adam

CHUNK = 16
"""Consecutive minibatches of one bucket before the next bucket."""

SHARES = (0.4, 0.75, 0.95, 1.0)
"""Quantiles at which the sequences, sorted by length, are divided into buckets."""


@dataclass(frozen=True)
class BySequence(Settings):
    """Recipe for training by gradient descent on whole sequences: minibatches of `batch` sequences,
    at most `epochs` epochs.

    An epoch is one pass through all sequences in an order drawn from the key. With `patience`,
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
    """The examples of a minibatch by index; weight 0 is padding."""

    rows: Int[Array, " batch"]
    weight: Float[Array, " batch"]


class SequenceData(Protocol):
    """The arrays of all examples, as a pytree that is moved to the device."""

    @property
    def lengths(self) -> Int[np.ndarray, "example kind"]:
        """One row for each example: the length of its sequence, or of each of its sequences."""
        ...


class ExampleLoss(Protocol):
    """A loss: its mean over a minibatch, and the number of terms in that mean.

    `data` are the arrays of all examples on the device; the sequences of the minibatch are padded
    to the lengths `spans`. `key` is None without dropout.
    """

    def __call__(
        self,
        model: PyTree,
        data: PyTree,
        examples: Examples,
        spans: tuple[int, ...],
        key: Key | None,
    ) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """Return the mean and the number of terms."""
        ...


def train_by_sequence(
    model: PyTree,
    data: SequenceData,
    loss: ExampleLoss,
    recipe: BySequence,
    *,
    key: Key,
    validation: SequenceData | None = None,
    validation_loss: ExampleLoss | None = None,
    on_event: Callable[[Epoch], None] | None = None,
    resume: Callable[[Progress], Progress] | None = None,
) -> Trained:
    """Train any model by gradient descent on whole examples, by this `recipe`. The result is a
    function of the arguments and the key alone.

    The `validation` examples are evaluated after every epoch by `validation_loss` (default:
    `loss`). A loss must be the same function object in every call (a function of a module), or
    every call compiles again. `resume` maps the start of the run to the progress from which it
    continues.
    """
    key = as_key(key)
    buckets = _buckets(data.lengths, recipe.batch)
    arrays = jax.tree.map(jnp.asarray, data)

    def run_epoch(
        epoch: int, model: PyTree, optimizer_state: optax.OptState
    ) -> tuple[PyTree, optax.OptState, float]:
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

    judge = None
    if validation is not None:
        judge = partial(loss_by_sequence, data=validation, loss=validation_loss or loss)
    return epochs(model, recipe.optimizer, recipe, run_epoch, judge, on_event, resume)


def loss_by_sequence(
    model: PyTree, data: SequenceData, loss: ExampleLoss, *, batch: int = 128
) -> float:
    """Return the mean loss over all examples, in minibatches of `batch`, without dropout or
    training."""
    buckets, arrays = _buckets(data.lengths, batch), jax.tree.map(jnp.asarray, data)
    total, count = 0.0, 0.0
    for bucket in buckets:
        for first in range(0, len(bucket.members), batch):
            rows, weight = _padded(bucket.members[first : first + batch], batch)
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
    """Examples of similar length."""

    members: Int[np.ndarray, " member"]
    spans: tuple[int, ...]


class _Chunk(NamedTuple):
    """Consecutive minibatches of one bucket; only the first `rounds` rows count."""

    rows: Int[np.ndarray, "round batch"]
    weight: Float[np.ndarray, "round batch"]
    words: UInt32[np.ndarray, "round 2"]
    rounds: int
    spans: tuple[int, ...]


def _buckets(lengths: Int[np.ndarray, "example kind"], batch: int) -> tuple[_Bucket, ...]:
    """Sort the examples by length and divide them into buckets. Buckets with less than four
    minibatches are joined with the next."""
    lengths = np.asarray(lengths)
    if not len(lengths):
        raise Refusal("There is no example to learn from. Give at least one.")
    order = np.argsort(lengths.max(axis=1), kind="stable")
    quantiles = {round(share * len(order)) for share in SHARES}
    ends = sorted({end for end in quantiles if end >= 4 * batch} | {len(order)})
    parts = [order[first:last] for first, last in zip([0, *ends[:-1]], ends, strict=True)]
    return tuple(
        _Bucket(part, tuple(int(n) for n in np.maximum(lengths[part].max(axis=0), 1)))
        for part in parts
    )


def _order(buckets: tuple[_Bucket, ...], batch: int, draws: np.random.Generator) -> list[_Chunk]:
    """The chunks of one epoch: the examples of every bucket in random order, then the chunks of all
    buckets in random order."""
    chunks = []
    for bucket in buckets:
        rows, weight = _padded(draws.permutation(bucket.members), batch)
        rounds = len(rows) // batch
        for first in range(0, rounds, CHUNK):
            taken = min(CHUNK, rounds - first)
            part = slice(first * batch, (first + taken) * batch)
            shape = (CHUNK * batch,)
            chosen, counts = np.zeros(shape, np.int32), np.zeros(shape, np.float32)
            chosen[: taken * batch], counts[: taken * batch] = rows[part], weight[part]
            words = draws.integers(2**32, size=(CHUNK, 2), dtype=np.uint32)
            blocks = (chosen.reshape(CHUNK, batch), counts.reshape(CHUNK, batch), words)
            chunks.append(_Chunk(*blocks, taken, bucket.spans))
    return [chunks[place] for place in draws.permutation(len(chunks))]


def _padded(
    members: np.ndarray, batch: int
) -> tuple[Int[np.ndarray, " row"], Float[np.ndarray, " row"]]:
    """The members in whole minibatches, the last one padded with weight 0."""
    count = -(-len(members) // batch) * batch
    rows = np.zeros(count, np.int32)
    rows[: len(members)] = members
    return rows, (np.arange(count) < len(members)).astype(np.float32)


@eqx.filter_jit
def _pass(
    model: PyTree,
    optimizer_state: optax.OptState,
    data: PyTree,
    part: tuple[Array, ...],
    rounds: Int[Array, ""],
    *,
    loss: ExampleLoss,
    spans: tuple[int, ...],
    optimizer: optax.GradientTransformation,
) -> tuple[PyTree, optax.OptState, Array, Array]:
    """Train on the minibatches of one chunk."""
    rows, weight, words = part

    def of_batch(model: PyTree, state: None, x: tuple) -> tuple[Array, tuple[Array, None]]:
        mean, count = loss(model, data, Examples(x[0], x[1]), spans, jax.random.wrap_key_data(x[2]))
        return mean, (count, state)

    result = descend(
        model, optimizer_state, None, (rows, weight, words), of_batch, optimizer, rounds
    )
    return result.model, result.optimizer_state, result.total, result.seen


@eqx.filter_jit
def _measured(
    model: PyTree, data: PyTree, examples: Examples, *, loss: ExampleLoss, spans: tuple[int, ...]
) -> tuple[Array, Array]:
    return loss(model, data, examples, spans, None)
