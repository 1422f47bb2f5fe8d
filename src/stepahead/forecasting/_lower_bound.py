"""The range of forecasts: series without negative values get no negative forecasts, and quantiles
of counts are whole numbers."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from .._types import Prediction
from ..data import Panel


def never_negative(history: Panel) -> Bool[np.ndarray, "series channel"]:
    """Return a mask of the series whose observed values are all at least 0.

    >>> never_negative(Panel.from_arrays([[3.0, 0.0, np.nan], [3.0, -1.0]])).ravel().tolist()
    [True, False]
    """
    return (
        np.fmin.reduceat(np.nan_to_num(history.values, nan=np.inf), history.offsets[:-1], axis=0)
        >= 0
    )


def counts(history: Panel) -> Bool[np.ndarray, "series channel"]:
    """Return a mask of the series whose observed values are all whole numbers of at least 0.

    >>> counts(Panel.from_arrays([[3.0, 0.0, np.nan], [3.0, 0.5], [3.0, -1.0]])).ravel().tolist()
    [True, False, False]
    """
    part = np.fmax.reduceat(np.nan_to_num(history.values) % 1, history.offsets[:-1], axis=0)
    return (part == 0) & never_negative(history)


class ValueRange(NamedTuple):
    """Masks of the series whose observed values are all at least 0, of those that are counts, and
    of those with values of 0 and none below."""

    never_negative: Bool[np.ndarray, "series channel"]
    counts: Bool[np.ndarray, "series channel"]
    zeros: Bool[np.ndarray, "series channel"]

    @classmethod
    def of(cls, panel: Panel) -> "ValueRange":
        """Return the masks of these series."""
        least = np.fmin.reduceat(panel.values, panel.offsets[:-1], axis=0)
        return cls(never_negative(panel), counts(panel), least == 0)

    def joined(self, new: Panel, places: Int[np.ndarray, " some"]) -> "ValueRange":
        """Return the masks after new values of the series at these places.

        >>> seen = ValueRange.of(Panel.from_arrays([[3.0, 0.0], [3.0, 1.0]]))
        >>> seen.joined(Panel.from_arrays([[0.5]]), np.array([1])).counts.ravel().tolist()
        [True, False]
        >>> seen.joined(Panel.from_arrays([[0.0]]), np.array([1])).zeros.ravel().tolist()
        [True, True]
        """
        joined = tuple(each.copy() for each in self)
        above, counted, zeros = ValueRange.of(new)
        joined[0][places] &= above
        joined[1][places] &= counted
        joined[2][places] |= zeros
        joined[2][places] &= joined[0][places]
        return ValueRange(*joined)


def within_range(done: Prediction, seen: ValueRange) -> Prediction:
    """Return the prediction without values below 0 for series that never had any, and with
    quantiles of counts rounded to whole numbers; the mean is not rounded.

    >>> done = Prediction(np.array([[[0.4]]]), np.array([[[[-1.0, 2.6]]]]), (0.1, 0.9))
    >>> seen = ValueRange.of(Panel.from_arrays([[3.0, 0.0]]))
    >>> within_range(done, seen).quantiles.ravel().tolist()
    [0.0, 3.0]
    """
    floor = np.where(seen.never_negative, 0.0, -np.inf)
    return _raised(with_whole_ends(done, seen.counts), floor)


def with_whole_ends(done: Prediction, whole: Bool[np.ndarray, "series channel"]) -> Prediction:
    """Return the prediction with the quantiles of the `whole` series, which are counts, rounded. An
    interval between rounded ends holds every count that it held before.

    >>> done = Prediction(np.array([[[0.4]]]), np.array([[[[-0.2, 2.6]]]]), (0.1, 0.9))
    >>> with_whole_ends(done, np.array([[True]])).quantiles.ravel().tolist()
    [-0.0, 3.0]
    """
    if not done.probabilities:
        return done
    ends = np.where(whole[:, None, :, None], np.rint(done.quantiles), done.quantiles)
    return done._replace(quantiles=ends)


def with_lower_bound(done: Prediction, history: Panel, lower: float | None = None) -> Prediction:
    """Return the prediction with values below `lower` raised to it. By default the bound is 0 for
    series that were never negative; −inf changes nothing.

    >>> done = Prediction(np.array([[[-2.0]], [[-2.0]]]))
    >>> with_lower_bound(done, Panel.from_arrays([[3.0, 0.0], [3.0, -1.0]])).mean.ravel().tolist()
    [0.0, -2.0]
    """
    floor = (
        np.where(never_negative(history), 0.0, -np.inf)
        if lower is None
        else np.full((len(history), history.channels), float(lower))
    )
    return _raised(done, floor)


def _raised(done: Prediction, floor: Float[np.ndarray, "series channel"]) -> Prediction:
    """The prediction with finite values below the floor raised to it."""

    def kept(values: np.ndarray) -> np.ndarray:
        least = floor.reshape(floor.shape[0], 1, floor.shape[1], *[1] * (values.ndim - 3))
        return np.where(np.isfinite(values), np.maximum(values, least), values)

    if not done.probabilities:
        return done._replace(mean=kept(done.mean))
    return done._replace(mean=kept(done.mean), quantiles=kept(done.quantiles))
