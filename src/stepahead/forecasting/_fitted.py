"""Fitted values: what a forecaster would have said of each step of its own history, one step before."""

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float

from .._check import Refusal
from ..data import Panel, covered, padded_batches, trimmed
from ..models import Model, unroll
from ..ops import precision_of
from ._ensemble import Ensemble
from ._forecaster import Forecaster
from ._local import LocalForecaster
from ._seen import Seen, seen_of

_CELLS = 1 << 20
"""Numbers that are unrolled, or scaled back, at a time."""


def fitted_values(forecaster: Forecaster | Ensemble | LocalForecaster) -> Float[np.ndarray, "total channel"]:
    """The one-step-ahead forecast of every row of `forecaster.history`, in its unit; the error is this − the value seen.

    The model sees the true values before each step, but its weights and scales were learned from the whole history, so that these
    errors are smaller than those of a real forecast. NaN for the first steps, which the model needs before its first forecast.

    >>> import jax, numpy as np, stepahead as sa
    >>> forecaster = sa.fit(sa.models.Naive(), sa.Panel.from_arrays([[1.0, 2.0, 4.0]]), horizon=1, key=jax.random.key(0))
    >>> fitted_values(forecaster)[:, 0].round(4).tolist()
    [nan, 1.0, 2.0]
    """
    if isinstance(forecaster, LocalForecaster):
        return forecaster.retraced()
    if isinstance(forecaster, Ensemble):
        return np.mean([fitted_values(member) for member in forecaster.members], axis=0)
    scaled, history = forecaster.scaled, forecaster.history
    if not scaled.stepwise:
        raise Refusal("Fitted values need a scaler that maps each step by itself, but differences do not. Fit without them.")
    with precision_of(forecaster.model):
        ahead = _ahead(forecaster)
    values = np.full(history.values.shape, np.nan)
    place = np.arange(len(values)) - np.repeat(history.offsets[:-1], history.lengths)
    span = max(1, _CELLS // (len(history) * history.channels))
    for first in range(1, int(history.lengths.max()), span):  # a forecast that begins there stands on the history before
        rows = np.flatnonzero((place >= first) & (place < first + span))
        series = history.series_of_step[rows]
        block = np.zeros((len(history), span, history.channels))
        block[series, place[rows] - first] = ahead[rows]
        values[rows] = scaled.invert(block, _before(history, first))[series, place[rows] - first]
    return values


def _before(history: Panel, place: int) -> Panel:
    """Every series up to that place, or to its end."""
    return history.slice(np.zeros_like(history.lengths), np.minimum(history.lengths, place))


def _ahead(forecaster: Forecaster) -> Float[np.ndarray, "total channel"]:
    """The same in the model's own unit."""
    model, history = forecaster.model, forecaster.history
    inside = covered(trimmed(forecaster.scaled.apply(history)), forecaster.covariates, model.head.horizon, carried=True)
    needs = getattr(model.body, "needs", 1)
    ahead = np.full(history.values.shape, np.nan)
    for batch in padded_batches(inside, largest=max(1, _CELLS // model.head.horizon), horizon=model.head.horizon):
        means = np.asarray(_means(model, seen_of(model, batch)))
        row, place = np.nonzero(np.arange(needs, means.shape[1]) < batch.lengths[:, None])
        series = batch.series[row]
        ahead[history.offsets[1:][series] - batch.lengths[row] + needs + place] = means[row, needs + place - 1]
    return ahead


@eqx.filter_jit
def _means(model: Model, seen: Seen) -> Float[Array, "batch time channel"]:
    """The mean of each next value."""
    return model.head.mean(unroll(model, seen.xs, seen.before, lengths=seen.lengths).out)[:, :, 0]
