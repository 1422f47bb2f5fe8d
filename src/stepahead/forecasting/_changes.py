"""`Changes`: the scale of seasonal changes, updated as series grow."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from ..data import Panel, concatenated


@dataclass(frozen=True, eq=False)
class Changes:
    """The root sum of squares and the number of all seasonal changes so far, and the last season of
    every series: enough to update the scale of `data.step_scale` from new steps alone."""

    season: int
    root: Float[np.ndarray, "series channel"]
    count: Int[np.ndarray, "series channel"]
    newest: Panel

    @classmethod
    def of(cls, history: Panel, season: int) -> "Changes | None":
        """Return the changes of these series. None if a series is no longer than a season or never
        changed, because its scale is then defined differently."""
        if (history.lengths <= season).any():
            return None
        root, count = _sums(history, season)
        if not (root > 0).all():
            return None
        newest = history.slice(history.lengths - season, history.lengths)
        return cls(season, root, count, replace(newest, covariates=None))

    def later(self, new: Panel) -> "Changes":
        """Return the changes after new steps, which continue the same series.

        >>> changes = Changes.of(Panel.from_arrays([[0.0, 2.0, 0.0]]), 1)
        >>> changes.later(Panel.from_arrays([[4.0]], start=3)).scale.round(6).tolist()
        [[2.828427]]
        """
        both = concatenated(self.newest, replace(new, covariates=None))
        root, count = _sums(both, self.season)
        newest = both.slice(both.lengths - self.season, both.lengths)
        return replace(
            self, root=np.hypot(self.root, root), count=self.count + count, newest=newest
        )

    @property
    def scale(self) -> Float[np.ndarray, "series channel"]:
        """The root mean square of the changes."""
        return self.root / np.sqrt(self.count)


def _sums(
    panel: Panel, season: int
) -> tuple[Float[np.ndarray, "series channel"], Int[np.ndarray, "series channel"]]:
    """The root sum of squares of the changes over a season (computed in units of the largest
    change, against overflow), and their number."""
    place = np.arange(len(panel.values)) - np.repeat(panel.offsets[:-1], panel.lengths)
    rows = np.flatnonzero(place >= season)
    change = np.zeros_like(panel.values)
    change[rows] = panel.values[rows] - panel.values[rows - season]
    there = ~np.isnan(change) & (place >= season)[:, None]
    change = np.where(there, np.abs(change), 0.0)
    begin = panel.offsets[:-1]
    largest = np.maximum.reduceat(change, begin, axis=0)
    unit = np.where(largest > 0, largest, 1.0)
    square = np.add.reduceat((change / np.repeat(unit, panel.lengths, axis=0)) ** 2, begin, axis=0)
    return largest * np.sqrt(square), np.add.reduceat(there, begin, axis=0, dtype=np.int64)
