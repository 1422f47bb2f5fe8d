"""The trained bidirectional recurrent imputer: scale, run over the series in both directions,
transform back."""

from dataclasses import dataclass

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from .._check import Refusal
from ..data import (
    CovariateScale,
    Panel,
    as_past,
    covariate_scale,
    padded_batches,
    scaled_covariates,
    standard,
)
from ..models import BidirectionalBody

FEWEST = 8
"""The fewest values in every channel of every series for scaling by series; otherwise all series
have the same scale."""


@dataclass(frozen=True, eq=False)
class GapScale:
    """Standardisation of a panel with gaps: by a mean and a standard deviation for each channel, or
    (if these are None) for each series and channel.

    Covariates are standardised too. They are aligned with their own step.
    """

    mean: Float[np.ndarray, " channel"] | None
    deviation: Float[np.ndarray, " channel"] | None
    covariates: CovariateScale | None

    def apply(
        self, panel: Panel
    ) -> tuple[Panel, Float[np.ndarray, "total channel"], Float[np.ndarray, "total channel"]]:
        """Return the scaled panel, and the shift and scale of every step for the way back (scale 0
        for a constant channel, which keeps its value)."""
        if self.mean is None or self.deviation is None:
            own = standard().fit(panel)
            shift, scale, constant = (
                part[panel.series_of_step]
                for part in (own.shift, own.scale, np.asarray(own.constant))
            )
        else:
            constant = np.broadcast_to(self.deviation == 0, panel.values.shape)
            shift, scale = (
                np.broadcast_to(column, constant.shape)
                for column in (self.mean, np.where(self.deviation > 0, self.deviation, 1.0))
            )
        inside = panel.with_values((panel.values - shift) / scale)
        return (
            scaled_covariates(as_past(inside), self.covariates, 0, carried=True),
            shift,
            np.where(constant, 0.0, scale),
        )


def gap_scale(panel: Panel) -> GapScale:
    """Fit the scale to the observed values: by series if each has `FEWEST` values of every
    channel."""
    covariates = covariate_scale(as_past(panel))
    counts = np.add.reduceat(panel.observed, panel.offsets[:-1], axis=0, dtype=np.int64)
    if (counts >= FEWEST).all():
        return GapScale(None, None, covariates)
    if not counts.any(axis=0).all():
        empty = panel.names[int(np.argmin(counts.any(axis=0)))]
        raise Refusal(
            f"'{empty}' holds no value in any series, so there is nothing to fill it by. Leave it "
            "out."
        )
    return GapScale(np.nanmean(panel.values, axis=0), np.nanstd(panel.values, axis=0), covariates)


def typical_change(panel: Panel) -> Float[np.ndarray, " channel"]:
    """Return the root mean square change of each channel between two consecutive observed steps; 1
    if there are none.

    >>> typical_change(Panel.from_arrays([[1.0, 3.0, np.nan, 9.0, 7.0], [5.0]])).tolist()
    [2.0]
    """
    change = np.diff(panel.values, axis=0)
    change[panel.offsets[1:-1] - 1] = np.nan
    count = (~np.isnan(change)).sum(axis=0)
    size = np.sqrt(np.nansum(np.square(change), axis=0) / np.maximum(count, 1))
    return np.where(size > 0, size, 1.0)


@dataclass(frozen=True, eq=False)
class NetworkImputer:
    """A trained network and its scale."""

    body: BidirectionalBody
    scale: GapScale

    def fill(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """Fill every gap: see `FittedImputer.fill`."""
        inside, shift, scale = self.scale.apply(panel)
        imputed = np.zeros(panel.values.shape)
        for batch in padded_batches(inside):
            xs = batch.observation(jnp.float32)
            lengths = jnp.asarray(batch.lengths)
            seen = jnp.ones(xs.value.shape, bool) if xs.observed is None else xs.observed
            out = np.asarray(_run(self.body, xs.value, seen, xs.past, lengths), np.float64)
            row, place = np.nonzero(np.arange(out.shape[1]) < batch.lengths[:, None])
            imputed[panel.offsets[batch.series[row]] + place] = out[row, place]
        return imputed * scale + shift


@eqx.filter_jit
def _run(
    body: BidirectionalBody,
    value: Array,
    seen: Bool[Array, "batch time channel"],
    known: Array | None,
    lengths: Int[Array, " batch"],
) -> Float[Array, "batch time channel"]:
    return body(value, seen, known, lengths)
