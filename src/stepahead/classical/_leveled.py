"""Any local method on series with one level shift, adjusted to their present level."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from ._fit import FitInside, LocalFit
from ._rows import Rows

SIDE = 8
"""The fewest observed values on either side of a shift."""

ENOUGH = 20
"""The fewest observed values of a series."""

DOMINANT = 2
"""The change at a shift is at least this multiple of any other change between consecutive
values."""


@dataclass(frozen=True, eq=False)
class LeveledFit(FitInside):
    """The fit `inside` of many series, in which the steps before `at` were moved by `size`; 0 for a
    series without a shift."""

    at: Int[np.ndarray, " series"]
    size: Float[np.ndarray, " series"]

    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.one_step`; before a shift, at the earlier level."""
        told = self.inside.one_step(_leveled(rows, self.at, self.size))
        return told - _moves(rows, self.at, self.size)


def fit_leveled(rows: Rows, season: int, inside: Callable[[Rows], LocalFit]) -> LocalFit:
    """Fit `inside` to every series after moving the values before its level shift to the present
    level (see `lasting_shifts`); series without a shift are not changed.

    The mean of a season before the shift (of 8 values, if that is longer, or of as many as there
    are) is moved to that of one season after it, apart from the slope of the other steps.

    >>> from stepahead.classical import fit_baseline
    >>> moved = np.append(np.arange(21.0) % 2, 100 + np.arange(11) % 2)
    >>> fit = fit_leveled(
    ...     Rows(moved, np.array([0, 32])), 1, lambda rows: fit_baseline(rows, "naive", 1)
    ... )
    >>> fit.size.tolist(), fit.ahead(np.array([0]), 1, (0.9,))[1].round().ravel().tolist()
    ([100.0], [101.0])
    """
    at = lasting_shifts(rows)
    if not at.any():
        return inside(rows)
    size = np.zeros(len(rows))
    for number in np.flatnonzero(at):
        values = rows.values[rows.offsets[number] : rows.offsets[number + 1]]
        early, late = (part[~np.isnan(part)] for part in np.split(values, [at[number]]))
        count = min(len(early), len(late), max(season, SIDE))
        count -= count % season if count >= season else 0
        move, ends = late[0] - early[-1], (late[-1] - early[0])
        way = count * (ends - move) / (len(early) + len(late) - 2)
        size[number] = late[:count].mean() - early[-count:].mean() - way
    return LeveledFit(inside(_leveled(rows, at, size)), at, size)


def lasting_shifts(rows: Rows) -> Int[np.ndarray, " series"]:
    """Return the step at which the level of each series shifted and stayed; 0 if it did not.

    A shift is one change between consecutive values that is at least twice as large as any other,
    with all values before it on one side of all later ones: at least 8 on each side, 20 in all.

    >>> moved = np.append(np.arange(20.0) % 2, 100 + np.arange(10) % 2)
    >>> lasting_shifts(Rows(np.tile(moved, 2), np.array([0, 30, 60]))).tolist()
    [20, 20]
    >>> lasting_shifts(Rows(np.arange(40.0), np.array([0, 40]))).tolist()
    [0]
    """
    place = np.flatnonzero(~np.isnan(rows.values))
    if len(place) < ENOUGH:
        return np.zeros(len(rows), np.int64)
    values, owner = rows.values[place], rows.series_of(place)
    move = np.where(owner[1:] == owner[:-1], np.abs(np.diff(values)), 0.0)
    order = np.lexsort((move, owner[1:]))
    last = np.searchsorted(owner[1:][order], np.arange(len(rows)), side="right") - 1
    largest, second = order[last], order[np.maximum(last - 1, 0)]
    count = np.bincount(owner, minlength=len(rows))
    dominant = (count >= ENOUGH) & (move[largest] > 0) & (move[largest] >= DOMINANT * move[second])
    at = np.zeros(len(rows), np.int64)
    begin = np.append(0, np.cumsum(count))
    for number in np.flatnonzero(dominant):
        first = largest[number] + 1
        early, late = values[begin[number] : first], values[first : begin[number + 1]]
        apart = early.max() < late.min() or late.max() < early.min()
        if apart and min(len(early), len(late)) >= SIDE:
            at[number] = place[first] - rows.offsets[number]
    return at


def _moves(rows: Rows, at: np.ndarray, size: np.ndarray) -> Float[np.ndarray, " total"]:
    """`size` for every step before `at`, else 0."""
    until = np.repeat(rows.offsets[:-1] + at, rows.lengths)
    return np.where(np.arange(len(rows.values)) < until, rows.each(size), 0.0)


def _leveled(rows: Rows, at: np.ndarray, size: np.ndarray) -> Rows:
    """The series with the values before `at` moved by `size`."""
    return replace(rows, values=rows.values + _moves(rows, at, size))
