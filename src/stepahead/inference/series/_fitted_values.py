"""Fitted values: the one-step-ahead forecast of each step of a history."""

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float

from ..._check import Refusal
from ...data import (
    CovariateScale,
    FittedScaler,
    Panel,
    padded_batches,
    scaled_covariates,
    without_leading_gaps,
)
from ...models import Model, unroll
from ...ops import precision_of
from ._model_inputs import ModelInputs, model_inputs

_CELLS = 1 << 20
"""The most numbers that are processed at a time."""


def one_step_ahead(
    model: Model, scaled: FittedScaler, history: Panel, covariates: CovariateScale | None
) -> Float[np.ndarray, "total channel"]:
    """Return one-step-ahead fitted values of every row of the history, in its unit: see
    `Predictor.fitted_values`. `scaled` and `covariates` are the scales of the fit."""
    if not scaled.stepwise:
        raise Refusal(
            "Fitted values need a scaler that maps each step separately, but differences do not. "
            "Fit without them."
        )
    with precision_of(model):
        ahead = _ahead(
            model,
            scaled_covariates(
                without_leading_gaps(scaled.apply(history)),
                covariates,
                model.head.horizon,
                carried=True,
            ),
            history,
        )
    values = np.full(history.values.shape, np.nan)
    place = np.arange(len(values)) - np.repeat(history.offsets[:-1], history.lengths)
    span = max(1, _CELLS // (len(history) * history.channels))
    # Block by block: scaling back needs the history before the first step of a block.
    for first in range(1, int(history.lengths.max()), span):
        rows = np.flatnonzero((place >= first) & (place < first + span))
        series = history.series_of_step[rows]
        block = np.zeros((len(history), span, history.channels))
        block[series, place[rows] - first] = ahead[rows]
        values[rows] = scaled.invert(block, _before(history, first))[series, place[rows] - first]
    return values


def _before(history: Panel, place: int) -> Panel:
    """Every series up to that position, or to its end."""
    return history.slice(np.zeros_like(history.lengths), np.minimum(history.lengths, place))


def _ahead(model: Model, inside: Panel, history: Panel) -> Float[np.ndarray, "total channel"]:
    """The fitted values in the model's own unit, from the scaled panel `inside`."""
    needs = model.body.needs
    ahead = np.full(history.values.shape, np.nan)
    for batch in padded_batches(
        inside, largest=max(1, _CELLS // model.head.horizon), horizon=model.head.horizon
    ):
        means = np.asarray(_means(model, model_inputs(model, batch)))
        row, place = np.nonzero(np.arange(needs, means.shape[1]) < batch.lengths[:, None])
        series = batch.series[row]
        ahead[history.offsets[1:][series] - batch.lengths[row] + needs + place] = means[
            row, needs + place - 1
        ]
    return ahead


@eqx.filter_jit
def _means(model: Model, seen: ModelInputs) -> Float[Array, "batch time channel"]:
    """The mean of each next value."""
    out = unroll(model, seen.xs, seen.first_state(model), lengths=seen.lengths).out
    return model.head.mean(out)[:, :, 0]
