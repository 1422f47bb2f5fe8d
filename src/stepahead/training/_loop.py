"""The training loop: one compiled program an epoch. The host sees one event for each, never one a batch."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Bool, Float, Int

from .._check import Refusal, whole
from .._types import Key
from ..data import Lanes, Windows
from ..models import Model, ModelState
from ._loss import EVERY, LAST, Batch, LossSteps, Series, batch_loss, measure
from ._optimizers import adam


@dataclass(frozen=True)
class Gradient:
    """How to train by gradient: windows of `span` inputs, in minibatches of `batch`, for at most `epochs` epochs.

    An epoch goes once through all windows in an order drawn from the key, the short last batch kept; with `steps`, it is that
    many minibatches drawn with replacement. The loss counts at `loss_steps` of each window (EVERY, LAST, or chosen places).
    With `patience`, training stops when the validation loss has not improved for that many epochs, and the best weights are
    kept. With `shorter`, windows that begin before their series does are used too, padded with zeros.
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
        for name in ("span", "epochs", "batch"):
            whole(name, getattr(self, name))
        for name in ("steps", "patience"):
            if getattr(self, name) is not None:
                whole(name, getattr(self, name))
        if self.loss_steps is not None and not self.loss_steps:
            raise Refusal("`loss_steps` names no step. Use EVERY, LAST, or a tuple of places such as (-2, -1).")


class Progress(NamedTuple):
    """Where a training run stands after `epoch` epochs: all that it takes to go on to the same end."""

    epoch: int
    model: Model
    optimizer_state: optax.OptState
    best: Model
    best_epoch: int
    losses: tuple[float, ...]
    validation: tuple[float, ...]


class Epoch(NamedTuple):
    """An event: one epoch is done. Losses are means in the model's scaled unit; `validation` is None where there is none."""

    number: int
    epochs: int
    loss: float
    validation: float | None
    progress: Progress


class Trained(NamedTuple):
    """The model after training, its losses by epoch, and in a sentence why training stopped."""

    model: Model
    losses: tuple[float, ...]
    validation: tuple[float, ...]
    stopped: str


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
    """Fit by gradient descent on windows of `series`; with `Lanes`, by truncated backpropagation with the state carried on.

    The result is a function of the arguments and the key alone. `validation` windows are judged at their last step; they
    should lie later in time than the training ones. `resume` is handed the start of the run and returns where to go on from: the
    start itself, or the `progress` of an earlier run's event, from where the run ends as if it had never been interrupted.
    """
    first, fresh = (windows.windows, jnp.asarray(windows.fresh)) if isinstance(windows, Lanes) else (windows, None)
    ragged = bool((np.asarray(first.length) != recipe.span).any())
    judged = None if validation is None else _batches(validation, 512)
    judged_ragged = validation is not None and bool((validation.length != recipe.span).any())
    plan = _on_device(first)
    optimizer_state = recipe.optimizer.init(ravel_pytree(eqx.filter(model, eqx.is_inexact_array))[0])
    now = Progress(0, model, optimizer_state, model, 0, (), ())
    now = now if resume is None else resume(now)
    while now.epoch < recipe.epochs and not _out_of_patience(now, recipe):
        of_epoch = jax.random.fold_in(key, now.epoch)
        model, optimizer_state, loss = _epoch(now.model, now.optimizer_state, series, plan, fresh, of_epoch, recipe=recipe, ragged=ragged)
        number, losses, scores = now.epoch + 1, (*now.losses, _finite(float(loss), now.epoch + 1)), now.validation
        if judged is not None:
            score = float(measure(model, series, judged, span=recipe.span, steps=LAST, ragged=judged_ragged))
            scores = (*scores, _finite(score, number))
        best = not scores or number == 1 or scores[-1] < scores[now.best_epoch - 1]
        kept, at = (model, number) if best else (now.best, now.best_epoch)
        now = Progress(number, model, optimizer_state, kept, at, losses, scores)
        if on_event is not None:
            on_event(Epoch(number, recipe.epochs, losses[-1], scores[-1] if scores else None, now))
    if _out_of_patience(now, recipe):
        stopped = f"the validation loss had not improved for {recipe.patience} epochs; the weights of epoch {now.best_epoch} are kept"
    else:
        stopped = f"all {recipe.epochs} epochs were run"
    return Trained(now.model if recipe.patience is None else now.best, now.losses, now.validation, stopped)


def _finite(loss: float, epoch: int) -> float:
    if not np.isfinite(loss):
        raise Refusal(
            f"Training diverged: the loss became {loss} in epoch {epoch}. "
            "Use a lower learning rate, or clip the gradient: `adam(1e-4, clip=1.0)`."
        )
    return loss


def _out_of_patience(now: Progress, recipe: Gradient) -> bool:
    return recipe.patience is not None and now.epoch - now.best_epoch >= recipe.patience


def loss_of(model: Model, series: Series, windows: Windows, *, span: int, steps: LossSteps = LAST) -> float:
    """Mean loss of a model over windows, nothing trained: for judging on windows that were held back."""
    ragged = bool((windows.length != span).any())
    return float(measure(model, series, _batches(windows, 512), span=span, steps=steps, ragged=ragged))


def _on_device(windows: Windows) -> Batch:
    """The windows as arrays of the device, each of weight 1 if it holds anything."""
    start, length, stop = (jnp.asarray(part) for part in windows)
    return Batch(start, length, stop, (length > 0).astype(jnp.float32))


def _chosen(plan: Batch, index: Int[Array, "round batch"], weight: Float[Array, "round batch"]) -> Batch:
    return jax.tree.map(lambda part: part[index], plan)._replace(weight=weight)


def _batches(windows: Windows, size: int) -> Batch:
    """Windows in order, cut into batches of `size`, the last one filled up with weight 0."""
    count = len(windows.start)
    size = min(size, count)
    rounds = -(-count // size)
    index = np.minimum(np.arange(rounds * size), count - 1).reshape(rounds, size)
    weight = (np.arange(rounds * size) < count).reshape(rounds, size).astype(np.float32)
    return _chosen(_on_device(windows), jnp.asarray(index), jnp.asarray(weight))


@eqx.filter_jit
def _epoch(
    model: Model,
    optimizer_state: optax.OptState,
    series: Series,
    plan: Batch,
    fresh: Bool[Array, "round lane"] | None,
    key: Key,
    *,
    recipe: Gradient,
    ragged: bool,
) -> tuple[Model, optax.OptState, Float[Array, ""]]:
    """One epoch as a scan over minibatches, the weights as one vector so that clipping and the update are one pass over it."""
    weights, frozen = eqx.partition(model, eqx.is_inexact_array)
    vector, unravel = ravel_pytree(weights)
    of_order, of_dropout = jax.random.split(key)
    batches = _drawn(plan, recipe, of_order) if fresh is None else plan
    keys = jax.random.split(of_dropout, batches.start.shape[0])
    zero = model.initial_state(batches.start.shape[1])

    def loss(vector: Array, batch: Batch, state: ModelState | None, key: Key) -> tuple[Array, tuple[Array, ModelState]]:
        whole_model = eqx.combine(unravel(vector), frozen)
        return batch_loss(whole_model, series, batch, state, key, span=recipe.span, steps=recipe.loss_steps, ragged=ragged)

    def minibatch(carry: tuple, x: tuple) -> tuple[tuple, tuple[Array, Array]]:
        vector, optimizer_state, state = carry
        batch, anew, key = x
        before = None
        if anew is not None:
            before = jax.tree.map(lambda z, s: jnp.where(anew.reshape(-1, *[1] * (s.ndim - 1)), z, s), zero, state)
        (value, (count, after)), gradient = jax.value_and_grad(loss, has_aux=True)(vector, batch, before, key)
        update, optimizer_state = recipe.optimizer.update(gradient, optimizer_state, vector)
        return (optax.apply_updates(vector, update), optimizer_state, state if anew is None else after), (value, count)

    (vector, optimizer_state, _), (values, counts) = jax.lax.scan(minibatch, (vector, optimizer_state, zero), (batches, fresh, keys))
    return eqx.combine(unravel(vector), frozen), optimizer_state, (values * counts).sum() / jnp.maximum(counts.sum(), 1.0)


def _drawn(plan: Batch, recipe: Gradient, key: Key) -> Batch:
    """The epoch's minibatches: a permutation of all windows, or `steps` draws with replacement."""
    count = plan.start.shape[0]
    if recipe.steps is not None:
        index = jax.random.randint(key, (recipe.steps, recipe.batch), 0, count)
        return _chosen(plan, index, jnp.ones(index.shape, jnp.float32))
    rounds = -(-count // recipe.batch)
    order = jnp.pad(jax.random.permutation(key, count), (0, rounds * recipe.batch - count))
    weight = (jnp.arange(rounds * recipe.batch) < count).astype(jnp.float32)
    index = order.reshape(rounds, recipe.batch)
    return _chosen(plan, index, weight.reshape(rounds, recipe.batch))
