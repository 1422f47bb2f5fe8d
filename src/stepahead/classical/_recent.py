"""Any local method on the newest part of long series."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from ._fit import FitInside, LocalFit
from ._rows import Rows, seen

ENOUGH = 0.5
"""The share of the newest steps that must be observed; otherwise the whole series is used."""


@dataclass(frozen=True, eq=False)
class RecentFit(FitInside):
    """The fit `inside` of the newest steps of many series, without the first `before` steps."""

    before: Int[np.ndarray, " series"]

    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.one_step`; NaN for the steps that were left out."""
        told = np.full(len(rows.values), np.nan)
        place = np.arange(len(told)) - np.repeat(rows.offsets[:-1], rows.lengths)
        used = place >= np.repeat(self.before, rows.lengths)
        told[used] = self.inside.one_step(rows.cut(self.before, rows.lengths))
        return told


def fit_recent(rows: Rows, steps: int, inside: Callable[[Rows], LocalFit]) -> RecentFit:
    """Fit `inside` to the newest `steps` of every series, from the first observed value among them.

    A series is used whole if those steps never change, or more than half of them are missing.

    >>> from stepahead.classical import fit_baseline
    >>> rows = Rows(np.array([9.0, 1.0, 2.0, 3.0]), np.array([0, 4]))
    >>> fit = fit_recent(rows, 3, lambda recent: fit_baseline(recent, "drift", 1))
    >>> fit.before.tolist(), fit.ahead(np.array([0]), 2, ())[0].tolist()
    ([1], [[4.0, 5.0]])
    """
    before = np.maximum(rows.lengths - steps, 0)
    newest = rows.cut(before, rows.lengths)
    span = seen(newest)
    begin = newest.offsets[:-1]
    moves = np.fmax.reduceat(newest.values, begin) > np.fmin.reduceat(newest.values, begin)
    usable = moves & (span.number > ENOUGH * newest.lengths)
    before = np.where(usable & (before > 0), before + span.first, 0)
    return RecentFit(inside(rows.cut(before, rows.lengths)), before)
