"""Forecasts of a panel without gaps by a recurrent network on the compiled kernels, without JAX:
one series is answered before JAX's dispatch would have begun."""

import numpy as np

from ..._types import Prediction
from ...data import (
    FittedScaler,
    Panel,
    padded_batches,
    refuse_too_fine,
    without_covariates,
    without_leading_gaps,
)
from ...models import SeriesNetwork, sampler_of
from ._constant import keep_constant


def by_network(
    network: SeriesNetwork,
    scaled: FittedScaler,
    history: Panel,
    horizon: int,
    quantiles: tuple[float, ...],
    context: int | None,
) -> Prediction | None:
    """The same as `predict`, but for rounding; None where that needs more than the network: gaps
    to fill, or paths to sample."""
    exact = scaled.stepwise and horizon <= network.head.horizon
    if history.missing or (quantiles and not exact):
        return None
    inside = without_leading_gaps(scaled.apply(without_covariates(history)))
    refuse_too_fine(inside)
    keep = keep_constant(scaled, inside)
    mean = np.zeros((len(history), horizon, history.channels))
    ends = np.zeros((*mean.shape, len(quantiles)))
    for batch in padded_batches(inside, context=context, largest=network.largest, rounded=False):
        central, out = network.ahead(batch.values, batch.lengths, horizon)
        mean[batch.series] = central
        if quantiles:
            ends[batch.series] = sampler_of(network.head).quantiles(
                np.asarray(out, np.float64), quantiles
            )
    mean = scaled.invert(keep(mean), history)
    return Prediction(mean, scaled.invert(keep(ends), history) if quantiles else ends, quantiles)
