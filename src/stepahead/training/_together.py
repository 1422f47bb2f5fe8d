"""Training of several models of one specification at a time, such as the seeds of an ensemble."""

from collections.abc import Sequence

import equinox as eqx
import jax
import optax

from .._check import Refusal
from .._types import Key
from ..data import Windows
from ..models import Model
from ..ops import as_key, generator
from ._descent import Trained, all_run, check_numbers, init_optimizer
from ._loop import Gradient, Order, minibatches_of, on_device, order_of, train
from ._loss import Batch, Series, WindowFacts, window_facts
from ._one_call import EpochResult, OneCall, in_one_call
from ._optimizers import adam_settings


def train_many(
    models: Sequence[Model],
    series: Series | Sequence[Series],
    windows: Windows,
    recipe: Gradient,
    *,
    keys: Sequence[Key],
) -> tuple[Trained, ...]:
    """Train models of one specification, such as the seeds of an ensemble: the same results, to the
    bit, as `train` of each with its own key, on the windows of `series`, one for all or one each.

    Stacks that the compiled kernels train by themselves (RNN, LSTM or GRU layers of at most 128
    units, a `Point` or `Gaussian` head, `adam`, no patience) go through an epoch together, each on
    one core: where there are more cores than minibatches have blocks of 16 windows, all of them
    work. Others are trained one after the other.

    >>> import jax.numpy as jnp, numpy as np
    >>> from stepahead import data, models
    >>> series = Series(jnp.sin(jnp.arange(60.0))[:, None], None)
    >>> windows = data.sliding_windows(np.array([0, 60]), 20)
    >>> nets = [models.build(models.GRU(4), 1, models.Point(), seed) for seed in range(3)]
    >>> done = train_many(nets, series, windows, Gradient(span=20, epochs=2), keys=range(3))
    >>> [len(each.losses) for each in done]
    [2, 2, 2]
    """
    each = [series] * len(models) if isinstance(series, Series) else list(series)
    if not len(models) == len(each) == len(keys):
        raise Refusal(
            f"`keys` and `series` must be as many as `models`, {len(models)}, but they are "
            f"{len(keys)} and {len(each)}. Give one of them for each model."
        )
    facts = window_facts(windows, recipe.span, models[0].head.horizon)
    if not _together(models, each, recipe, facts):
        return tuple(
            train(model, one, windows, recipe, key=key)
            for model, one, key in zip(models, each, keys, strict=True)
        )
    plan, draws = on_device(windows), [as_key(key) for key in keys]
    shared = isinstance(series, Series)
    now = [(model, init_optimizer(model, recipe.optimizer)) for model in models]
    losses: list[tuple[float, ...]] = [()] * len(models)
    for epoch in range(recipe.epochs):
        orders = [order_of(windows, None, recipe, generator(key, epoch)) for key in draws]
        done = _epochs(now, each[:1] if shared else each, plan, orders, recipe=recipe, facts=facts)
        for k, (model, one) in enumerate(zip(models, done, strict=True)):
            losses[k] = (*losses[k], float(one.loss))
            check_numbers(model)(one.model, losses[k][-1], epoch + 1)
        now = [(one.model, one.optimizer_state) for one in done]
    stopped = all_run(recipe.epochs)
    return tuple(
        Trained(model, of_one, (), stopped) for (model, _), of_one in zip(now, losses, strict=True)
    )


def _together(
    models: Sequence[Model], series: Sequence[Series], recipe: Gradient, facts: WindowFacts
) -> bool:
    """True where the kernels train such models by themselves, all at once."""
    kinds = {jax.tree.structure(model) for model in models}
    shapes = {
        tuple(leaf.shape for leaf in jax.tree.leaves((m, s)))
        for m, s in zip(models, series, strict=True)
    }
    return (
        recipe.patience is None
        and adam_settings(recipe.optimizer) is not None
        and len(kinds) == len(shapes) == 1
        and all(_call(models[0], one, recipe, facts) is not None for one in series)
    )


def _call(model: Model, series: Series, recipe: Gradient, facts: WindowFacts) -> OneCall | None:
    return in_one_call(model, series, recipe.batch, recipe.span, recipe.loss_steps, facts)


@eqx.filter_jit
def _epochs(
    now: list[tuple[Model, optax.OptState]],
    series: list[Series],
    plan: Batch,
    orders: list[Order],
    *,
    recipe: Gradient,
    facts: WindowFacts,
) -> list[EpochResult]:
    """An epoch of every model, on its own series or on the one of all."""
    call, by_adam = _call(now[0][0], series[0], recipe, facts), adam_settings(recipe.optimizer)
    assert call is not None
    assert by_adam is not None
    models, states = zip(*now, strict=True)
    batches = [minibatches_of(plan, order) for order in orders]
    return call.epoch(models, states, [one.values for one in series], batches, by_adam)
