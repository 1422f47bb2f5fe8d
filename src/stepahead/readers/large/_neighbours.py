"""The frequency of all series from the distinct pairs of consecutive times, collected chunk by
chunk."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from ..._check import Refusal
from ...data import Frequency, infer_frequency
from ._rows import SeriesRows


class Neighbours(NamedTuple):
    """Distinct pairs of consecutive times, as whole numbers, and for each pair the number of a
    series that has it; a series of one time is a pair of equal times."""

    before: Int[np.ndarray, " pair"]
    after: Int[np.ndarray, " pair"]
    series: Int[np.ndarray, " pair"]

    @classmethod
    def joined(cls, parts: "Sequence[Neighbours]") -> "Neighbours":
        """The distinct pairs of all parts, each with its first series; the order of the parts makes
        no difference.

        >>> one, two = (np.array([each]) for each in (1, 2))
        >>> Neighbours.joined([Neighbours(one, two, one), Neighbours(one, two, two)]).series
        array([1])
        """
        before, after, series = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.lexsort((series, after, before))
        before, after, series = before[order], after[order], series[order]
        new = np.ones(len(order), bool)
        new[1:] = (before[1:] != before[:-1]) | (after[1:] != after[:-1])
        return cls(before[new], after[new], series[new])


def neighbours_of(rows: SeriesRows, first: int) -> Neighbours:
    """The pairs of these series; the first series has number `first`."""
    moments = rows.times.astype(np.int64)
    series = first + np.repeat(np.arange(len(rows)), np.diff(rows.offsets))
    inner = np.flatnonzero(series[1:] == series[:-1])
    alone = rows.offsets[:-1][np.diff(rows.offsets) == 1]
    pairs = Neighbours(
        np.append(moments[inner], moments[alone]),
        np.append(moments[inner + 1], moments[alone]),
        np.append(series[inner], series[alone]),
    )
    return Neighbours.joined([pairs])


def frequency_of(
    pairs: Neighbours,
    *,
    dated: bool,
    zone: str | None,
    names: Callable[[np.ndarray], np.ndarray],
) -> Frequency:
    """The frequency that fits all pairs, as `data.infer_frequency` of the whole panel. `names`
    returns the ids of series by their numbers, for error messages.

    >>> months = np.array(["2024-01", "2024-02", "2024-03"], "M8[us]").astype(np.int64)
    >>> pairs = Neighbours(months[:-1], months[1:], np.zeros(2, int))
    >>> frequency_of(pairs, dated=True, zone=None, names=np.asarray).name
    'MS'
    """
    apart = pairs.before != pairs.after
    counts = np.where(apart, 2, 1)
    ends = np.cumsum(counts)
    moments = np.empty(ends[-1], np.int64)
    moments[ends - counts] = pairs.before
    moments[ends[apart] - 1] = pairs.after[apart]
    times = moments.astype("M8[us]") if dated else moments
    offsets = np.append(0, ends)
    try:
        return infer_frequency(times, offsets, None, zone)
    except Refusal:  # the message names the wrong series
        return infer_frequency(times, offsets, names(pairs.series), zone)
