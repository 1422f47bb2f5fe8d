"""Nearest neighbours by dynamic time warping."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Float32, Int

from ._method import LabelledRows, LabelMethod, log_softmax

STEPS = 60
"""Longer series are replaced by the means of this number of equal parts."""

CHUNK = 2_000_000
"""The most numbers that are processed at a time."""


@dataclass(frozen=True)
class NearestSeries(LabelMethod):
    """The label of the nearest training series by dynamic time warping: the smallest sum of squared
    differences along a path that advances in one series or in both at each step (Sakoe & Chiba
    1978).

    p(label) ∝ exp(−d / d₀), with d the square root of the distance to the nearest series of that
    label, and d₀ the median of the distances to the second nearest label in training.

    >>> rows = np.array([0.0, 0, 1, 5, 5, 6, 0, 1, 1])[:, None]
    >>> data = LabelledRows(rows, np.array([0, 3, 6, 9]), np.array([0, 1, 0]), 2)
    >>> NearestSeries().learned(data, seed=0).encode(rows[:3], np.array([0, 3])).round(2)
    array([[-0.  , -8.66]])
    """

    def learned(
        self, data: LabelledRows, *, seed: int, on_round: Callable[[], None] = lambda: None
    ) -> "NearestModel":
        """Store the training series."""
        series, offsets = shortened(data.rows, data.offsets)
        bare = NearestModel(series, offsets, data.labels, data.label_count, 1.0)
        some = np.random.default_rng(seed).permutation(len(data.labels))[:50]
        on_round()
        away = -bare.encode(*_taken(series, offsets, np.sort(some)))
        away = np.sort(np.where(np.isfinite(away), away, np.nan), axis=1)
        second = away[:, 1] if data.label_count > 1 else away[:, 0]
        known = second[np.isfinite(second) & (second > 0)]
        return NearestModel(
            series,
            offsets,
            data.labels,
            data.label_count,
            float(np.median(known)) if len(known) else 1.0,
        )


@dataclass(frozen=True, eq=False)
class NearestModel:
    """The training series and their labels, and the unit of distances. A `SequenceClassifier`."""

    rows: Float32[np.ndarray, "total column"]
    offsets: Int[np.ndarray, " boundary"]
    labels: Int[np.ndarray, " sequence"]
    count: int
    unit: float

    def log_probs(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, "sequence label"]:
        """The log probability of every label."""
        return log_softmax(np.maximum(self.encode(rows, offsets) / self.unit * 4, -1e3))

    def encode(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, "sequence label"]:
        """Return minus the distance to the nearest series of every label, −inf for a label without
        series."""
        new, new_offsets = shortened(rows, offsets)
        nearest = np.full((len(offsets) - 1, self.count), -np.inf)
        for which, against, away in _distances(new, new_offsets, self.rows, self.offsets):
            np.maximum.at(nearest, (which, self.labels[against]), -np.sqrt(away))
        return nearest


def shortened(rows: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the series, with those longer than `STEPS` replaced by the means of that number of
    parts."""
    parts = []
    for start, stop in pairwise(offsets):
        series = np.asarray(rows[start:stop], np.float64)
        if len(series) > STEPS:
            begins = np.arange(STEPS) * len(series) // STEPS
            widths = np.diff([*begins, len(series)])
            series = np.add.reduceat(series, begins, axis=0) / widths[:, None]
        parts.append(series.astype(np.float32))
    return np.concatenate(parts), np.cumsum([0, *map(len, parts)])


def _taken(rows: np.ndarray, offsets: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, ...]:
    parts = [rows[offsets[place] : offsets[place + 1]] for place in chosen]
    return np.concatenate(parts), np.cumsum([0, *map(len, parts)])


def _distances(
    rows: np.ndarray, offsets: np.ndarray, known: np.ndarray, known_offsets: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The distances of all pairs, in chunks of pairs of equal lengths: positions, positions among
    the training series, and distances."""
    lengths, known_lengths = np.diff(offsets), np.diff(known_offsets)
    for length in np.unique(lengths):
        mine = np.flatnonzero(lengths == length)
        for other in np.unique(known_lengths):
            theirs = np.flatnonzero(known_lengths == other)
            size = max(1, CHUNK // (int(length) * int(other) * len(theirs)))
            y = known[known_offsets[theirs][:, None] + np.arange(other)]
            for start in range(0, len(mine), size):
                part = mine[start : start + size]
                x = rows[offsets[part][:, None] + np.arange(length)]
                squares = (
                    (x**2).sum(axis=2).T[:, None, :, None]
                    + (y**2).sum(axis=2).T[None, :, None, :]
                    - 2 * np.einsum("aic,bjc->ijab", x, y, optimize=True)
                )
                away = warped(np.maximum(squares, 0.0).reshape(int(length), int(other), -1))
                yield np.repeat(part, len(theirs)), np.tile(theirs, len(part)), away


def warped(costs: Float32[np.ndarray, "time other pair"]) -> Float[np.ndarray, " pair"]:
    """Return the smallest sum of costs along a path from the first corner to the last, for every
    pair.

    >>> float(warped(np.array([[[0.0], [4], [9]], [[1], [1], [4]]], np.float32))[0])
    5.0
    """
    steps, others, pairs = costs.shape
    # The two previous diagonals, at index i + 1 for step i; 0 before the first.
    last, second = np.full((2, steps + 1, pairs), np.inf, np.float32)
    second[0] = 0.0
    for total in range(steps + others - 1):  # all cells of a diagonal at a time
        low, high = max(0, total - others + 1), min(steps, total + 1)
        here = np.full((steps + 1, pairs), np.inf, np.float32)
        least = np.minimum(last[low:high], last[low + 1 : high + 1])
        np.minimum(least, second[low:high], out=least)
        i = np.arange(low, high)
        here[low + 1 : high + 1] = costs[i, total - i] + least
        last, second = here, last
    return last[-1]
