"""Gradient descent on minibatches: the one compiled loop that every training recipe runs, and the
course of its epochs."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Int, PyTree

from .._check import Refusal

Loss = Callable[[Any, Any, Any], tuple[Array, tuple[Array, Any]]]
"""`(model, state, minibatch) -> (mean, (count, state))`: what is made small, over how many it is
the mean, and what is carried on."""


class Limits(Protocol):
    """What a course of epochs needs to know of a recipe."""

    @property
    def epochs(self) -> int:
        """At most so many."""
        ...

    @property
    def patience(self) -> int | None:
        """Stop when the validation loss has not improved for so many; None: run all."""
        ...


class Progress(NamedTuple):
    """Where a training run stands after `epoch` epochs: all that it takes to go on to the same
    end."""

    epoch: int
    model: Any
    optimizer_state: optax.OptState
    best: Any
    best_epoch: int
    losses: tuple[float, ...]
    validation: tuple[float, ...]


class Epoch(NamedTuple):
    """An event: one epoch is done. Losses are means in the model's scaled unit; `validation` is
    None where there is none."""

    number: int
    epochs: int
    loss: float
    validation: float | None
    progress: Progress


class Trained(NamedTuple):
    """The model after training, its losses by epoch, and in a sentence why training stopped."""

    model: Any
    losses: tuple[float, ...]
    validation: tuple[float, ...]
    stopped: str


def epochs(
    model: Any,
    optimizer: optax.GradientTransformation,
    limits: Limits,
    once: Callable[[int, Any, optax.OptState], tuple[Any, optax.OptState, float]],
    judge: Callable[[Any], float] | None = None,
    on_event: Callable[[Epoch], None] | None = None,
    resume: Callable[[Progress], Progress] | None = None,
) -> Trained:
    """Run epochs until they are all run, or out of patience: `once(number, model, optimizer_state)`
    runs one and gives its mean loss.

    `judge` gives the validation loss of a model; with patience, the best weights are kept. `resume`
    is handed the start of the run and returns where to go on from.
    """
    sound = check_numbers(model)
    now = Progress(0, model, begin(model, optimizer), model, 0, (), ())
    now = now if resume is None else resume(now)
    while now.epoch < limits.epochs and not _out_of_patience(now, limits):
        number = now.epoch + 1
        model, optimizer_state, loss = once(now.epoch, now.model, now.optimizer_state)
        sound(model, loss, number)
        losses, scores = (*now.losses, loss), now.validation
        if judge is not None:
            scores = (*scores, _finite("validation loss", judge(model), number))
        best = not scores or number == 1 or scores[-1] < scores[now.best_epoch - 1]
        kept, at = (model, number) if best else (now.best, now.best_epoch)
        now = Progress(number, model, optimizer_state, kept, at, losses, scores)
        if on_event is not None:
            on_event(Epoch(number, limits.epochs, losses[-1], scores[-1] if scores else None, now))
    if _out_of_patience(now, limits):
        stopped = (
            f"the validation loss had not improved for {limits.patience} epochs; the weights of"
            f" epoch {now.best_epoch} are kept"
        )
    else:
        stopped = (
            "the one epoch was run"
            if limits.epochs == 1
            else f"all {limits.epochs} epochs were run"
        )
    return Trained(
        now.model if limits.patience is None else now.best, now.losses, now.validation, stopped
    )


def check_numbers(model: Any) -> Callable[[Any, float, int], None]:
    """`(trained, loss, epoch) -> None`: refuses a loss that is not finite, or weights that are not
    and were in `model`.

    The loss of an epoch is had before its last update, so that finite losses alone say nothing of
    the weights that this left.
    """
    before = dict(_broken(model))

    def sound(trained: Any, loss: float, epoch: int) -> None:
        _finite("training loss", loss, epoch)
        for name, number in _broken(trained):
            if name not in before:
                _finite(f"weights {name}", number, epoch)

    return sound


def _broken(model: Any) -> Iterator[tuple[str, float]]:
    """The places of arrays that hold a number that is not finite, each with one such number."""
    for path, leaf in jax.tree.leaves_with_path(eqx.filter(model, eqx.is_inexact_array)):
        numbers = np.asarray(leaf)
        wrong = numbers[~np.isfinite(numbers)]
        if len(wrong):
            yield jax.tree_util.keystr(path).lstrip("."), float(wrong[0])


def _finite(what: str, number: float, epoch: int) -> float:
    if not np.isfinite(number):
        raise Refusal(
            f"Training diverged: the {what} became {number} in epoch {epoch}. "
            "Use a lower learning rate, or clip the gradient: `adam(1e-4, clip=1.0)`."
        )
    return number


def _out_of_patience(now: Progress, limits: Limits) -> bool:
    return limits.patience is not None and now.epoch - now.best_epoch >= limits.patience


@eqx.filter_jit
def begin(model: Any, optimizer: optax.GradientTransformation) -> optax.OptState:
    """The optimizer's state before the first step."""
    return optimizer.init(ravel_pytree(eqx.filter(model, eqx.is_inexact_array))[0])


class Descended(NamedTuple):
    """What a pass over minibatches leaves: the model, the optimizer's state, and the loss, summed,
    with what it was summed over."""

    model: Any
    optimizer_state: optax.OptState
    total: Float[Array, ""]
    seen: Float[Array, ""]


def descend(
    model: Any,
    optimizer_state: optax.OptState,
    state: PyTree,
    batches: PyTree,
    loss: Loss,
    optimizer: optax.GradientTransformation,
    rounds: Int[Array, ""] | None = None,
) -> Descended:
    """One step of the optimizer for each minibatch (`batches` has a leading axis), the weights as
    one vector so that clipping and the update are one pass over it. `state` is handed from each
    minibatch to the next. Only the first `rounds` count, where given."""
    weights, frozen = eqx.partition(model, eqx.is_inexact_array)
    vector, unravel = ravel_pytree(weights)

    def of_weights(
        weights: Any, state: PyTree, batch: PyTree
    ) -> tuple[Array, tuple[Array, PyTree]]:
        return loss(eqx.combine(weights, frozen), state, batch)

    def minibatch(carry: tuple, batch: PyTree) -> tuple[tuple, tuple[Array, Array]]:
        vector, optimizer_state, state = carry
        (value, (count, after)), gradients = jax.value_and_grad(of_weights, has_aux=True)(
            unravel(vector), state, batch
        )
        update, optimizer_state = optimizer.update(_end_to_end(gradients), optimizer_state, vector)
        return (optax.apply_updates(vector, update), optimizer_state, after), (value, count)

    start = (vector, optimizer_state, state)
    if rounds is None:
        (vector, optimizer_state, _), (values, counts) = jax.lax.scan(minibatch, start, batches)
        return Descended(
            eqx.combine(unravel(vector), frozen),
            optimizer_state,
            (values * counts).sum(),
            counts.sum(),
        )

    def numbered(number: Array, carry: tuple) -> tuple:
        inner, total, seen = carry
        inner, (value, count) = minibatch(inner, jax.tree.map(lambda part: part[number], batches))
        return inner, total + value * count, seen + count

    zero = jnp.zeros((), vector.dtype)
    (vector, optimizer_state, _), total, seen = jax.lax.fori_loop(
        0, rounds, numbered, (start, zero, zero)
    )
    return Descended(eqx.combine(unravel(vector), frozen), optimizer_state, total, seen)


def _end_to_end(tree: Any) -> Float[Array, " weight"]:
    """All arrays of a tree as one vector, in the order of `ravel_pytree`; the barrier makes XLA
    copy them one after the other, where it would else ask of every single number which array it
    comes from: 2 ms for 200,000 weights."""
    return jnp.concatenate(
        jax.lax.optimization_barrier([leaf.reshape(-1) for leaf in jax.tree.leaves(tree)])
    )
