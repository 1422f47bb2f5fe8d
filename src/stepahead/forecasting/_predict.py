"""From a panel to arrays of what comes next: scale, unroll the history, roll out, scale back."""

import zlib
from typing import Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._check import Refusal, whole
from .._types import Key, Observation, Prediction
from ..data import CovariateScale, Panel, covered, padded_batches, trimmed
from ..models import Model, Point, blocks_of, rollout, unroll

LARGEST_FAN = 200_000
"""Sampled paths that are followed at the same time, at most."""


class Scaled(Protocol):
    """A scaler that was fitted: what forecasting needs of it."""

    stepwise: bool

    def apply(self, panel: Panel) -> Panel:
        """To the model's unit."""
        ...

    def invert(self, forecast: np.ndarray, history: Panel) -> np.ndarray:
        """Back to the panel's unit."""
        ...


def predict(
    model: Model,
    scaled: Scaled,
    history: Panel,
    horizon: int,
    *,
    quantiles: tuple[float, ...] = (),
    context: int | None = None,
    paths: int = 400,
    key: Key,
    covariates: CovariateScale | None = None,
) -> Prediction:
    """What comes after the end of every series, `horizon` steps on, seeing its last `context` steps (all, where None).

    The point forecast is the recursion of means, scaled back (`Prediction` says when that is the mean). `quantiles` are probabilities,
    rising. They are read off the head's distribution where it describes the step by itself and the scaler maps each step by itself;
    otherwise off `paths` sampled paths, whose spread accumulates over the steps. A series draws the same paths in whatever company it
    is. With `covariates`, what is known beforehand must reach as far as the model's blocks of steps do, `horizon` rounded up to a
    multiple of the head's.
    """
    whole("horizon", horizon)
    if quantiles and isinstance(model.head, Point):
        raise Refusal("A Point head has no intervals. Ask for `levels=()`, or fit with head=Gaussian() or Quantiles().")
    exact = scaled.stepwise and horizon <= model.head.horizon
    sampled = bool(quantiles) and not exact
    own = model.head.horizon
    beyond = (blocks_of(own, horizon) - 1) * own
    inside = covered(trimmed(scaled.apply(history)), covariates, beyond + own)
    mean = np.zeros((len(history), horizon, history.channels))
    ends = np.zeros((*mean.shape, len(quantiles)))
    fan = np.zeros((*mean.shape, paths), np.float32) if sampled else None
    largest = max(1, LARGEST_FAN // paths) * min(context or 512, 512) if sampled else None
    for batch in padded_batches(inside, context=context, horizon=own, beyond=beyond, **({"largest": largest} if largest else {})):
        rows = slice(None, len(batch.series))
        xs, lengths = batch.observation(model.dtype), jnp.asarray(batch.lengths)
        future = None if batch.future is None else jnp.asarray(batch.future, model.dtype)
        central, out = _central(model, xs, lengths, future, horizon)
        mean[batch.series] = np.asarray(central, np.float64)[rows]
        if quantiles and exact:
            ends[batch.series] = model.head.quantiles(np.asarray(out, np.float64), quantiles)[rows]
        if fan is not None:
            names = [zlib.crc32(str(name).encode()) for name in history.ids[batch.series]]
            seeds = jnp.asarray(np.resize(np.array(names, np.uint32), len(batch.lengths)))
            fan[batch.series] = np.asarray(_fan(model, xs, lengths, future, seeds, key, horizon, paths))[rows]
    mean = scaled.invert(mean, history)
    if fan is not None:
        ends = np.moveaxis(np.quantile(scaled.invert(fan.astype(np.float64), history), quantiles, axis=-1), 0, -1)
    elif quantiles:
        ends = scaled.invert(ends, history)
    return Prediction(mean, ends, quantiles)


@eqx.filter_jit
def _central(model: Model, xs: Observation, lengths: Array, future: Array | None, horizon: int) -> tuple[Array, Array]:
    """Means and outputs for each step ahead, from the end of each history."""
    seen = unroll(model, xs, lengths=lengths, at=jnp.maximum(lengths - 1, 0)[:, None])
    rolled = rollout(model, seen.state, seen.out[:, 0], horizon, known=future)
    return rolled.values, rolled.out


@eqx.filter_jit
def _fan(
    model: Model, xs: Observation, lengths: Array, future: Array | None, seeds: Array, key: Key, horizon: int, paths: int
) -> Float[Array, "batch horizon channel path"]:
    """Sampled paths from the end of each history, their keys made from each series' own seed."""
    seen = unroll(model, xs, lengths=lengths, at=jnp.maximum(lengths - 1, 0)[:, None])
    keys = jax.vmap(lambda seed: jax.random.split(jax.random.fold_in(key, seed), paths))(seeds).reshape(-1)
    state, out, known = jax.tree.map(lambda leaf: jnp.repeat(leaf, paths, axis=0), (seen.state, seen.out[:, 0], future))
    values = rollout(model, state, out, horizon, keys, known).values
    return jnp.moveaxis(values.reshape(lengths.shape[0], paths, *values.shape[1:]), 1, -1)
