"""Summaries of a numeric series over intervals: level, spread, slope, range."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from ._features import FeatureMethod, SequenceFeatures
from ._summaries import reduced, summaries


@dataclass(frozen=True)
class Intervals(FeatureMethod):
    """For each channel, over the whole series, its halves, quarters, … (`depth` times): mean,
    standard deviation, slope, smallest and largest value; over the whole series also quartiles,
    the mean absolute change, the share of steps that rise, the correlations of neighbouring steps
    and of the channels, and the logarithm of the length.

    Source: the interval features of time series forests (Deng et al. 2013).

    >>> series = np.arange(8.0)[:, None]
    >>> fitted = Intervals(1).learned(series, np.array([0, 8]), seed=0)
    >>> fitted.matrix(series, np.array([0, 8]))[0, :5]  # mean, deviation, slope, least, most
    array([3.5       , 2.29128785, 1.        , 0.        , 7.        ])
    """

    depth: int = 3

    def count(self, columns: int) -> int:
        """Return the number of features of series with this number of columns.

        >>> Intervals(1).count(1)
        14
        """
        each = 5 * (2**self.depth - 1) + 8
        return columns * each + columns * (columns - 1) // 2 + 1

    def learned(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"], seed: int
    ) -> "IntervalFeatures":
        """Return the features; nothing is fitted."""
        return IntervalFeatures(self.depth)


@dataclass(frozen=True)
class IntervalFeatures(SequenceFeatures):
    """The fitted features; series that are shorter than the number of intervals have intervals of
    one step, which may repeat."""

    depth: int

    def matrix(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, "sequence feature"]:
        """A row of summaries for every series."""
        values, lengths = np.asarray(rows, np.float64), np.diff(offsets)
        found = []
        for level in range(self.depth):
            for part in range(2**level):
                first = np.minimum(lengths * part // 2**level, lengths - 1)
                last = np.maximum(lengths * (part + 1) // 2**level, first + 1)
                found += summaries(*_cut(values, offsets[:-1] + first, last - first))
        return np.concatenate([*found, *_whole(values, offsets)], axis=1)


def _cut(
    values: np.ndarray, starts: np.ndarray, lengths: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """A part of every series, in one array, with the offsets of the parts."""
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    rows = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)
    return values[rows], offsets


def _whole(values: np.ndarray, offsets: np.ndarray) -> list[np.ndarray]:
    """Summaries of the whole series only."""
    lengths, starts = np.diff(offsets), offsets[:-1]
    counts = lengths[:, None]
    changes = np.diff(values, axis=0, prepend=values[:1])
    changes[starts] = 0.0  # a series has no change before its first step
    steps = np.maximum(counts - 1, 1)
    jump = reduced(np.add, changes, offsets) / steps
    swing = np.sqrt(np.maximum(reduced(np.add, changes**2, offsets) / steps - jump**2, 0.0))
    mean = reduced(np.add, values, offsets) / counts
    away = values - np.repeat(mean, lengths, axis=0)
    spread = np.sqrt(reduced(np.add, away**2, offsets) / counts)
    scaled = away / np.repeat(np.where(spread > 0, spread, 1.0), lengths, axis=0)
    before = np.concatenate([np.zeros_like(scaled[:1]), scaled[:-1]])
    before[starts] = 0.0
    one, other = np.triu_indices(values.shape[1], 1)
    return [
        np.stack([_quartiles(values[a:b]) for a, b in pairwise(offsets)]),
        reduced(np.add, np.abs(changes), offsets) / steps,
        swing,
        reduced(np.add, (changes > 0).astype(np.float64), offsets) / steps,
        np.log(spread + 1e-3),
        reduced(np.add, scaled * before, offsets) / counts,
        np.stack([_products(scaled[a:b])[one, other] for a, b in pairwise(offsets)]),
        np.log(counts),
    ]


def _products(series: np.ndarray) -> np.ndarray:
    """The mean product of every two channels, for one series at a time: with many channels, the
    products at all steps would not fit into memory."""
    return series.T @ series / len(series)


def _quartiles(series: np.ndarray) -> np.ndarray:
    """The quartiles of every channel, as observed values (no interpolation)."""
    ordered = np.sort(series, axis=0)
    return ordered[[(len(series) - 1) * quarter // 4 for quarter in (1, 2, 3)]].ravel()
