"""The training loop on windows: one compiled program for each epoch, and one event on the host."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Bool, Float, Int, UInt32

from .._check import Refusal, whole
from .._settings import Settings
from .._types import Key
from ..data import Lanes, Windows
from ..models import Model, ModelState
from ..ops import as_key, generator
from ._descent import Epoch, Progress, Trained, descend, epochs
from ._loss import (
    EVERY,
    LAST,
    Batch,
    LossSteps,
    Series,
    WindowFacts,
    batch_loss,
    mean_loss,
    window_facts,
)
from ._one_call import EpochResult, in_one_call
from ._optimizers import adam, adam_settings


@dataclass(frozen=True)
class Gradient(Settings):
    """Recipe for training by gradient descent on windows: windows of `span` steps, minibatches of
    `batch`, at most `epochs` epochs.

    An epoch is one pass through all windows in an order drawn from the key, with a shorter last
    minibatch; with `steps`, it is that many minibatches drawn with replacement. The loss counts at
    `loss_steps` of each window (EVERY, LAST, or chosen positions). With `patience`, training stops
    when the validation loss has not improved for that many epochs, and the best weights are kept.
    With `shorter`, windows that start before their series are used too, padded with zeros.
    """

    span: int
    epochs: int = 20
    batch: int = 32
    steps: int | None = None
    optimizer: optax.GradientTransformation = field(default_factory=adam)
    loss_steps: LossSteps = EVERY
    patience: int | None = None
    shorter: bool = False

    def __post_init__(self) -> None:
        asked = {"span": self.span, "epochs": self.epochs, "batch": self.batch}
        chosen = {"steps": self.steps, "patience": self.patience}
        for name, value in (asked | {k: v for k, v in chosen.items() if v is not None}).items():
            whole(name, value)
        if self.loss_steps is not None and not self.loss_steps:
            raise Refusal(
                "`loss_steps` names no step. Use EVERY, LAST, or a tuple of places such as (-2, "
                "-1)."
            )


def train(
    model: Model,
    series: Series,
    windows: Windows | Lanes,
    recipe: Gradient,
    *,
    key: Key,
    validation: Windows | None = None,
    on_event: Callable[[Epoch], None] | None = None,
    resume: Callable[[Progress], Progress] | None = None,
) -> Trained:
    """Train by gradient descent on windows of `series`, by this `recipe`; with `Lanes`, by
    truncated backpropagation through time with the state carried over.

    The result is a function of the arguments and the key alone. `validation` windows are evaluated
    at their last step and should be later in time than the training windows. `resume` maps the
    start of the run to the progress from which it continues: the start itself, or the `progress` of
    an event (`Epoch`) of an interrupted run, which then ends as if it had not been interrupted.
    """
    first, fresh = (
        (windows.windows, jnp.asarray(windows.fresh))
        if isinstance(windows, Lanes)
        else (windows, None)
    )
    facts = window_facts(first, recipe.span, model.head.horizon)
    held_out = (
        None
        if validation is None
        else (_batches(validation, 512), window_facts(validation, recipe.span, model.head.horizon))
    )
    plan, key = on_device(first), as_key(key)

    def run_epoch(
        epoch: int, model: Model, optimizer_state: optax.OptState
    ) -> tuple[Model, optax.OptState, float]:
        order = order_of(first, fresh, recipe, generator(key, epoch))
        model, optimizer_state, loss = _epoch(
            model, optimizer_state, series, plan, fresh, order, recipe=recipe, facts=facts
        )
        return model, optimizer_state, float(loss)

    def judge(model: Model) -> float:
        assert held_out is not None
        return float(
            mean_loss(model, series, held_out[0], span=recipe.span, steps=LAST, facts=held_out[1])
        )

    return epochs(
        model,
        recipe.optimizer,
        recipe,
        run_epoch,
        None if held_out is None else judge,
        on_event,
        resume,
    )


def loss_of(
    model: Model, series: Series, windows: Windows, *, span: int, steps: LossSteps = LAST
) -> float:
    """Return the mean loss of a model over windows of `span` steps at these `steps`, without
    training."""
    facts = window_facts(windows, span, model.head.horizon)
    return float(
        mean_loss(model, series, _batches(windows, 512), span=span, steps=steps, facts=facts)
    )


class Order(NamedTuple):
    """The minibatches of one epoch: indices of windows (None: in their order), their weights, and
    the data of a random key for each."""

    chosen: Int[np.ndarray, "round batch"] | None
    weight: Float[np.ndarray, "round batch"] | None
    words: UInt32[np.ndarray, "round 2"]


def order_of(windows: Windows, fresh: Any, recipe: Gradient, draws: np.random.Generator) -> Order:
    """A permutation of all windows, the last minibatch padded with weight 0; or `steps` minibatches
    drawn with replacement."""
    if fresh is not None:
        return Order(None, None, _words(draws, len(windows.start)))
    count = len(windows.start)
    if recipe.steps is not None:
        index = draws.integers(count, size=(recipe.steps, recipe.batch), dtype=np.int32)
        return Order(index, np.ones(index.shape, np.float32), _words(draws, recipe.steps))
    rounds = -(-count // recipe.batch)
    chosen = np.zeros(rounds * recipe.batch, np.int32)
    chosen[:count] = draws.permutation(count)
    weight = (np.arange(rounds * recipe.batch) < count).astype(np.float32)
    return Order(chosen.reshape(rounds, -1), weight.reshape(rounds, -1), _words(draws, rounds))


def _words(draws: np.random.Generator, rounds: int) -> UInt32[np.ndarray, "round 2"]:
    return draws.integers(2**32, size=(rounds, 2), dtype=np.uint32)


def on_device(windows: Windows) -> Batch:
    """The windows as arrays on the device; weight 1 for each window that is not empty."""
    return _batch(*windows, weight=(windows.length > 0).astype(np.float32))


def _batch(start: np.ndarray, length: np.ndarray, stop: np.ndarray, *, weight: np.ndarray) -> Batch:
    return Batch(*jax.device_put((start, length, stop, weight)))


def _batches(windows: Windows, size: int) -> Batch:
    """Windows in order, in minibatches of `size`, the last one padded with weight 0."""
    count = len(windows.start)
    size = min(size, count)
    rounds = -(-count // size)
    index = np.minimum(np.arange(rounds * size), count - 1).reshape(rounds, size)
    weight = (np.arange(rounds * size) < count).reshape(rounds, size).astype(np.float32)
    return _batch(*(part[index] for part in windows), weight=weight)


def minibatches_of(plan: Batch, order: Order) -> Batch:
    """The windows of every minibatch of an epoch."""
    if order.chosen is None:
        return plan
    return jax.tree.map(lambda part: part[order.chosen], plan)._replace(weight=order.weight)


@eqx.filter_jit
def _epoch(
    model: Model,
    optimizer_state: optax.OptState,
    series: Series,
    plan: Batch,
    fresh: Bool[Array, "round lane"] | None,
    order: Order,
    *,
    recipe: Gradient,
    facts: WindowFacts,
) -> EpochResult:
    """Train for one epoch. With lanes, each lane carries its state to its next window unless that
    starts a new sequence."""
    batches = minibatches_of(plan, order)
    keys = jax.random.wrap_key_data(jnp.asarray(order.words))
    zero = model.initial_state(batches.start.shape[1])

    def loss(model: Model, state: ModelState, x: tuple) -> tuple[Array, tuple[Array, ModelState]]:
        batch, anew, key = x
        before = None
        if anew is not None:
            before = jax.tree.map(
                lambda z, s: jnp.where(anew.reshape(-1, *[1] * (s.ndim - 1)), z, s), zero, state
            )
        value, (count, after) = batch_loss(
            model,
            series,
            batch,
            before,
            key,
            span=recipe.span,
            steps=recipe.loss_steps,
            facts=facts,
        )
        return value, (count, state if anew is None else after)

    slope, by_adam = None, adam_settings(recipe.optimizer)
    if fresh is None:
        lanes = batches.start.shape[1]
        slope = in_one_call(model, series, lanes, recipe.span, recipe.loss_steps, facts)
    if slope is not None and by_adam is not None:
        return slope.epoch([model], [optimizer_state], [series.values], [batches], by_adam)[0]
    inputs = (batches, fresh, keys)
    done = descend(model, optimizer_state, zero, inputs, loss, recipe.optimizer, slope=slope)
    mean = done.total / jnp.maximum(done.seen, 1.0)
    return EpochResult(done.model, done.optimizer_state, mean)
