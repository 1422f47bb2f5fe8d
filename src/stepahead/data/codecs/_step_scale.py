"""A scaler for models of changes: its unit is the size of the changes of a series."""

from dataclasses import dataclass

import numpy as np

from ..._check import whole
from ..panel import Panel, by_series
from ._scalers import Affine, Scaler, by_size


@dataclass(frozen=True)
class StepScale(Scaler):
    """The specification that `step_scale` returns."""

    lag: int = 1

    def fit(self, panel: Panel) -> Affine:
        """Fit the root mean square change over `lag` steps, or over one step for a series that is
        not longer than `lag`."""
        seen, place = by_series.count(panel), by_series.position(panel)
        lags = np.where(panel.lengths > self.lag, self.lag, 1)[panel.series_of_step]
        has = place >= lags
        change = np.zeros_like(panel.values)
        rows = np.flatnonzero(has)
        change[rows] = panel.values[rows] - panel.values[rows - lags[rows]]
        pairs = ~np.isnan(change) & has[:, None]
        count = np.add.reduceat(pairs, panel.offsets[:-1], axis=0, dtype=np.int64)
        change = np.where(pairs, change, 0.0)
        # In units of the largest change, against overflow of the squares.
        largest = np.maximum.reduceat(np.abs(change), panel.offsets[:-1], axis=0)
        unit = np.where(largest > 0, largest, 1.0)[panel.series_of_step]
        square = np.add.reduceat((change / unit) ** 2, panel.offsets[:-1], axis=0)
        size = largest * np.sqrt(square / np.maximum(count, 1))
        if (size == 0).any():
            size = np.where(size == 0, by_series.spread(panel)[1], size)
        return by_size(panel, np.zeros(seen.shape), size)


def step_scale(lag: int = 1) -> StepScale:
    """Return the scaler that divides by the root mean square of the change over `lag` steps, so
    that the (seasonal) naive forecast has root mean square error 1.

    A series without two values that far apart, or whose changes are all 0, is divided by its
    standard deviation; a constant one by its size, and forecast as constant: see `Affine`.

    >>> panel = Panel.from_arrays([[10.0, 12.0, 10.0, 12.0]])
    >>> step_scale().fit(panel).apply(panel).values[:, 0].tolist()
    [5.0, 6.0, 5.0, 6.0]
    >>> step_scale().fit(Panel.from_arrays([[10.0, np.nan, 14.0]])).scale.tolist()
    [[2.0]]
    """
    return StepScale(whole("lag", lag))
