"""Forecasts of a panel as arrays: scale, run the model over the history, forecast step by step,
transform back."""

import zlib
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..._check import whole
from ..._types import Key, Prediction
from ...data import (
    LARGEST_BATCH,
    CovariateScale,
    FittedScaler,
    Panel,
    carried_forward,
    padded_batches,
    refuse_too_fine,
    scaled_covariates,
    without_covariates,
    without_leading_gaps,
)
from ...models import Model, blocks_of, rollout, sampler_of, unroll
from ...ops import in_double, precision_of
from ._constant import keep_constant
from ._model_inputs import ModelInputs, model_inputs
from ._trailing_gaps import bridge_trailing_gaps

LARGEST_FAN = 200_000
"""The most sampled paths that are computed at the same time."""


def predict(
    model: Model,
    scaled: FittedScaler,
    history: Panel,
    horizon: int,
    *,
    quantiles: tuple[float, ...] = (),
    context: int | None = None,
    paths: int = 400,
    key: Key,
    covariates: CovariateScale | None = None,
) -> Prediction:
    """Forecast `horizon` steps after the end of every series from its last `context` steps (None:
    all).

    The point forecast is the recursion of means, transformed back (`Prediction` says when that is
    the mean). `quantiles` are probabilities in ascending order. They are computed from the head's
    distribution if it describes the step directly and the scaler maps each step separately;
    otherwise from `paths` sampled paths, whose spread accumulates over the steps. The paths of a
    series do not depend on the other series. Known `covariates` must extend over whole blocks of
    the head's steps: `horizon` rounded up to a multiple of the head's.

    A series that ends in missing values is forecast from its last value: see `bridge_trailing_gaps`
    (but a model with past covariates, which may be available when values are not, fills the gap
    with its own predictions). A value missing at the start of the context is replaced by the last
    one observed before. The mean of a baseline is computed in the unit of the series, so that
    repeated values are exactly equal. A series whose scaled values are constant is forecast as that
    value: see `data.Affine`.
    """
    whole("horizon", horizon)
    if quantiles:
        sampler_of(model.head)
    model = in_double(model) if _any_unit(model) else model
    asked = _Arguments(quantiles, context, paths, key, covariates)

    def answer(chosen: np.ndarray, seen: Panel, steps: int) -> Prediction:
        return _ahead(
            model,
            scaled if len(chosen) == len(history) else scaled.take(chosen),
            seen,
            steps,
            asked,
        )

    with precision_of(model):
        if model.channels.past:
            return answer(np.arange(len(history)), history, horizon)
        return bridge_trailing_gaps(answer, history, horizon, apart=_any_unit(model))


class _Arguments(NamedTuple):
    """The arguments of `predict` that are the same for all series."""

    quantiles: tuple[float, ...]
    context: int | None
    paths: int
    key: Key
    covariates: CovariateScale | None


def _any_unit(model: Model) -> bool:
    """True if the location can be computed in the unit of the data."""
    return model.body.any_unit


def _ahead(
    model: Model, scaled: FittedScaler, history: Panel, horizon: int, asked: _Arguments
) -> Prediction:
    """Forecast `horizon` steps after each history, which must end with an observed value."""
    model = model.reaching(horizon)
    quantiles, own = asked.quantiles, model.head.horizon
    exact = scaled.stepwise and horizon <= own
    sampled = bool(quantiles) and not exact
    beyond = (blocks_of(own, horizon) - 1) * own
    inside = scaled_covariates(
        without_leading_gaps(scaled.apply(history)), asked.covariates, beyond + own
    )
    if model.dtype == jnp.float32:
        refuse_too_fine(inside)
    keep = keep_constant(scaled, inside)
    inside = _closed(model, inside)
    mean = np.zeros((len(history), horizon, history.channels))
    ends = np.zeros((*mean.shape, len(quantiles)))
    fan = np.zeros((*mean.shape, asked.paths), model.dtype) if sampled else None
    largest = (
        max(1, LARGEST_FAN // asked.paths) * min(asked.context or 512, 512)
        if sampled
        else LARGEST_BATCH
    )
    for batch in padded_batches(
        inside, context=asked.context, horizon=own, beyond=beyond, largest=largest
    ):
        rows = slice(None, len(batch.series))
        seen = model_inputs(model, batch)
        central, out = _central(model, seen, horizon)
        mean[batch.series] = np.asarray(central, np.float64)[rows]
        if quantiles and exact:
            ends[batch.series] = sampler_of(model.head).quantiles(
                np.asarray(out, np.float64), quantiles
            )[rows]
        if fan is not None:
            names = [zlib.crc32(str(name).encode()) for name in history.ids[batch.series]]
            seeds = jnp.asarray(np.resize(np.array(names, np.uint32), len(batch.lengths)))
            fan[batch.series] = np.asarray(
                _fan(model.one_step(), seen, seeds, asked.key, horizon, asked.paths)
            )[rows]
    mean = scaled.invert(keep(mean), history)
    if _any_unit(model) and scaled.uniform:
        mean = _in_its_unit(model, history, horizon, asked.context)
    if fan is not None:
        fan = keep(fan.astype(np.float64, copy=False))
        ends = np.moveaxis(np.quantile(scaled.invert(fan, history), quantiles, axis=-1), 0, -1)
    elif quantiles:
        ends = scaled.invert(keep(ends), history)
    return Prediction(mean, ends, quantiles)


def _closed(model: Model, panel: Panel) -> Panel:
    """The panel with its gaps filled with earlier values, if the model handles missing values in
    this way."""
    repeats = model.body.repeats
    return panel.with_values(carried_forward(panel, repeats)) if repeats else panel


def _in_its_unit(
    model: Model, history: Panel, horizon: int, context: int | None
) -> Float[np.ndarray, "series horizon channel"]:
    """The mean of a baseline, computed in the unit of the series."""
    mean = np.zeros((len(history), horizon, history.channels))
    for batch in padded_batches(
        _closed(model, without_leading_gaps(without_covariates(history))), context=context
    ):
        central, _ = _central(model, model_inputs(model, batch), horizon)
        mean[batch.series] = np.asarray(central)[: len(batch.series)]
    return mean


@eqx.filter_jit
def _central(model: Model, seen: ModelInputs, horizon: int) -> tuple[Array, Array]:
    """Means and head parameters for each step ahead, from the end of each history."""
    at_end = unroll(
        model,
        seen.xs,
        seen.first_state(model),
        lengths=seen.lengths,
        at=jnp.maximum(seen.lengths - 1, 0)[:, None],
    )
    rolled = rollout(model, at_end.state, at_end.out[:, 0], horizon, known=seen.future)
    return rolled.values, rolled.out


@eqx.filter_jit
def _fan(
    model: Model, seen: ModelInputs, seeds: Array, key: Key, horizon: int, paths: int
) -> Float[Array, "batch horizon channel path"]:
    """Sampled paths from the end of each history. Their keys depend on the id of the series
    only."""
    at_end = unroll(
        model,
        seen.xs,
        seen.first_state(model),
        lengths=seen.lengths,
        at=jnp.maximum(seen.lengths - 1, 0)[:, None],
    )
    keys = jax.vmap(lambda seed: jax.random.split(jax.random.fold_in(key, seed), paths))(
        seeds
    ).reshape(-1)
    state, out, known = jax.tree.map(
        lambda leaf: jnp.repeat(leaf, paths, axis=0), (at_end.state, at_end.out[:, 0], seen.future)
    )
    values = rollout(model, state, out, horizon, keys, known).values
    return jnp.moveaxis(values.reshape(len(seeds), paths, *values.shape[1:]), 1, -1)
