"""The bidirectional recurrent imputer after training: scale, run along the series from both sides,
scale back."""

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
    covered,
    padded_batches,
    standard,
)
from ..models import BidirectionalBody

FEW = 8
"""Where a series holds fewer values of some channel, every channel is scaled over all series
together."""


@dataclass(frozen=True, eq=False)
class GapScale:
    """Standardises a panel with gaps: by one mean and deviation a channel, or (where None) by those
    of each series itself.

    Covariates are standardised too and stand at their own step.
    """

    mean: Float[np.ndarray, " channel"] | None
    deviation: Float[np.ndarray, " channel"] | None
    covariates: CovariateScale | None

    def apply(
        self, panel: Panel
    ) -> tuple[Panel, Float[np.ndarray, "total channel"], Float[np.ndarray, "total channel"]]:
        """The scaled panel, and at every step the shift and the scale that take it back (0 where
        nothing changes: it stays)."""
        if self.mean is None or self.deviation is None:
            own = standard().fit(panel)
            shift, scale, still = (
                part[panel.series_of_step]
                for part in (own.shift, own.scale, np.asarray(own.constant))
            )
        else:
            still = np.broadcast_to(self.deviation == 0, panel.values.shape)
            shift, scale = (
                np.broadcast_to(column, still.shape)
                for column in (self.mean, np.where(self.deviation > 0, self.deviation, 1.0))
            )
        inside = panel.with_values((panel.values - shift) / scale)
        return (
            covered(as_past(inside), self.covariates, 0, carried=True),
            shift,
            np.where(still, 0.0, scale),
        )


def gap_scale(panel: Panel) -> GapScale:
    """Learn from the values that were seen; series by series where each holds `FEW` values of every
    channel."""
    covariates = covariate_scale(as_past(panel))
    counts = np.add.reduceat(panel.observed, panel.offsets[:-1], axis=0, dtype=np.int64)
    if (counts >= FEW).all():
        return GapScale(None, None, covariates)
    if not counts.any(axis=0).all():
        empty = panel.names[int(np.argmin(counts.any(axis=0)))]
        raise Refusal(
            f"'{empty}' holds no value in any series, so there is nothing to fill it by. Leave it "
            "out."
        )
    return GapScale(np.nanmean(panel.values, axis=0), np.nanstd(panel.values, axis=0), covariates)


def typical_change(panel: Panel) -> Float[np.ndarray, " channel"]:
    """The root mean square change of each channel from one step to the next, both seen; 1 where
    there is none.

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
    """A trained body, and the scale at which it works."""

    body: BidirectionalBody
    scale: GapScale

    def fill(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """As `FittedImputer.fill`."""
        inside, shift, scale = self.scale.apply(panel)
        said = np.zeros(panel.values.shape)
        for batch in padded_batches(inside):
            xs = batch.observation(jnp.float32)
            lengths = jnp.asarray(batch.lengths)
            seen = jnp.ones(xs.value.shape, bool) if xs.observed is None else xs.observed
            out = np.asarray(_say(self.body, xs.value, seen, xs.past, lengths), np.float64)
            row, place = np.nonzero(np.arange(out.shape[1]) < batch.lengths[:, None])
            said[panel.offsets[batch.series[row]] + place] = out[row, place]
        return said * scale + shift


@eqx.filter_jit
def _say(
    body: BidirectionalBody,
    value: Array,
    seen: Bool[Array, "batch time channel"],
    known: Array | None,
    lengths: Int[Array, " batch"],
) -> Float[Array, "batch time channel"]:
    return body(value, seen, known, lengths)
