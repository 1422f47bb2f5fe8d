"""`score`: the log likelihood of numeric series under a model, step by step."""

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float

from ..._check import Refusal
from ..._types import Observation
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
from ._log_densities import Score
from ._model_inputs import ModelInputs, model_inputs


def log_likelihood(
    model: Model, scaled: FittedScaler, panel: Panel, covariates: CovariateScale | None = None
) -> Score:
    """Return log p(x_t | x_1 … x_{t−1}) for every step t after the first `skipped` ones, on which
    the rest is conditional. `scaled` and `covariates` are the scales of the fit.

    `skipped` is the number of values that the model needs before its first forecast (its oldest
    lag; 1 for a recurrent model). For an AR(1) with Gaussian errors the total is the exact
    conditional log likelihood, −½ Σ ((x_t − b − φ x_{t−1})/σ)² − (T−1)·log(σ√2π).
    """
    inside = scaled_covariates(
        without_leading_gaps(scaled.apply(panel)), covariates, model.head.horizon, carried=True
    )
    needs = model.body.needs
    if (inside.lengths <= needs).all():
        raise Refusal(
            f"No series is longer than the {needs} step{'' if needs == 1 else 's'} that this model "
            "needs before it can score the "
            "next. Give longer ones."
        )
    steps = np.full(panel.values.shape, np.nan)
    for batch in padded_batches(inside, horizon=model.head.horizon):
        with precision_of(model):
            density = np.asarray(_densities(model, model_inputs(model, batch)))
        row, place = np.nonzero(np.arange(needs, density.shape[1] + 1) < batch.lengths[:, None])
        series = batch.series[row]
        steps[panel.offsets[1:][series] - batch.lengths[row] + needs + place] = density[
            row, needs + place - 1
        ]
    steps = np.where(panel.observed, steps + scaled.log_derivative(panel), np.nan)
    counted = np.add.reduceat((~np.isnan(steps)).sum(axis=1), panel.offsets[:-1])
    total = np.add.reduceat(np.nansum(steps, axis=1), panel.offsets[:-1])
    return Score(steps, np.where(counted > 0, total, np.nan), counted, needs)


@eqx.filter_jit
def _densities(model: Model, seen: ModelInputs) -> Float[Array, "batch time channel"]:
    """Log density of each next value, one step ahead; the last step has no target."""
    out = unroll(model, seen.xs, seen.first_state(model), lengths=seen.lengths).out[:, :-1, 0]
    target = Observation(
        seen.xs.value[:, 1:], None if seen.xs.observed is None else seen.xs.observed[:, 1:]
    )
    return model.body.log_density(model.head, out, target)
