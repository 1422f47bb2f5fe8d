"""Many series in one array, and calls of native code over them."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

CHUNK = 1 << 14
"""Values that are fitted between two checks of the time."""

BLOCK = 1 << 16
"""Values that are processed at a time, so that intermediate results take little memory."""

OnSeries = Callable[[int], None]
"""Called with the number of the last series that is done; it may raise an error to stop the
work."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Many series one after the other: the values (NaN if missing), the offset of each series, and
    the covariates of every step, if there are any."""

    values: Float[np.ndarray, " total"]
    offsets: Int[np.ndarray, " series_and_one"]
    columns: Float[np.ndarray, "total column"] | None = None

    @property
    def lengths(self) -> Int[np.ndarray, " series"]:
        """The number of steps of every series."""
        return np.diff(self.offsets)

    def __len__(self) -> int:
        """The number of series."""
        return len(self.offsets) - 1

    def cut(self, first: Int[np.ndarray, " series"], last: Int[np.ndarray, " series"]) -> "Rows":
        """Return the steps from `first` to before `last` of every series.

        >>> rows = Rows(np.arange(5.0), np.array([0, 3, 5]))
        >>> rows.cut(np.array([1, 0]), np.array([3, 1])).values.tolist()
        [1.0, 2.0, 3.0]
        """
        if not first.any() and (last == self.lengths).all():
            return self
        beside = np.stack([first, last - first, self.lengths - last], axis=1)
        inside = np.repeat(np.tile([False, True, False], len(self)), beside.ravel())
        return self._at(inside, np.append(0, np.cumsum(last - first)))

    def part(self, some: slice) -> "Rows":
        """Return consecutive series, without copying their values."""
        offsets = self.offsets[some.start : some.stop + 1]
        return self._at(slice(offsets[0], offsets[-1]), offsets - offsets[0])

    def series_of(self, steps: Int[np.ndarray, " step"]) -> Int[np.ndarray, " step"]:
        """Return the number of the series that each of these steps belongs to.

        >>> Rows(np.zeros(5), np.array([0, 3, 5])).series_of(np.array([1, 4])).tolist()
        [0, 1]
        """
        return np.searchsorted(self.offsets, steps, side="right") - 1

    def take(self, which: Int[np.ndarray, " some"]) -> "Rows":
        """Return some of the series."""
        offsets = np.append(0, np.cumsum(self.lengths[which]))
        begin = np.repeat(self.offsets[:-1][which] - offsets[:-1], self.lengths[which])
        return self._at(np.arange(offsets[-1]) + begin, offsets)

    def scaled(
        self, level: Float[np.ndarray, " series"], unit: Float[np.ndarray, " series"]
    ) -> "Rows":
        """Return (value − level) / unit, by series."""
        values = self.values - self.each(level)
        values /= self.each(unit)
        return replace(self, values=values)

    def _at(self, places: slice | np.ndarray, offsets: Int[np.ndarray, " some_and_one"]) -> "Rows":
        columns = None if self.columns is None else self.columns[places]
        return Rows(self.values[places], offsets, columns)

    def each(self, series: Float[np.ndarray, " series"]) -> Float[np.ndarray, " total"]:
        """Return a number for every series, repeated for each of its steps."""
        return np.repeat(series, self.lengths)

    def total(self, values: np.ndarray, how: Any = np.add) -> np.ndarray:
        """Return the values of every step summed by series (or reduced by another ufunc `how`);
        every series must have a step."""
        return how.reduceat(values, self.offsets[:-1])

    def padded(self) -> Float[np.ndarray, "series time"]:
        """Return the values as a matrix, NaN after the end of a series."""
        out = np.full((len(self), int(self.lengths.max(initial=1))), np.nan)
        out[np.arange(out.shape[1]) < self.lengths[:, None]] = self.values
        return out


class Seen(NamedTuple):
    """The first observed value of every series, the last one + 1, and the number of observed
    values; 0, 0, 0 without any."""

    first: Int[np.ndarray, " series"]
    stop: Int[np.ndarray, " series"]
    number: Int[np.ndarray, " series"]


def seen(rows: Rows) -> Seen:
    """Return the range and the number of observed values of every series.

    >>> [
    ...     part.tolist()
    ...     for part in seen(Rows(np.array([np.nan, 1, np.nan, 2]), np.array([0, 3, 4])))
    ... ]
    [[1, 0], [2, 1], [1, 1]]
    """
    parts = [_seen(rows.part(some)) for some in chunks(rows, None)]
    return Seen(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _seen(rows: Rows) -> Seen:
    there = ~np.isnan(rows.values)
    place = np.arange(len(rows.values)) - np.repeat(rows.offsets[:-1], rows.lengths)
    far = len(rows.values)
    count = rows.total(there.astype(np.int64))
    first = rows.total(np.where(there, place, far), np.minimum)
    stop = rows.total(np.where(there, place + 1, 0), np.maximum)
    return Seen(np.where(count > 0, first, 0), stop, count)


def units(rows: Rows) -> tuple[Float[np.ndarray, " series"], Float[np.ndarray, " series"]]:
    """Return a level to subtract from every series, and the power of two to divide the remainder
    by, so that its size is near 1.

    A level is subtracted only if the variation of the series is small relative to it (`LITTLE`);
    multiplicative forms, which need the level, do not differ from additive ones then.
    """
    parts = [_units(rows.part(some)) for some in chunks(rows, None)]
    level, unit = (np.concatenate(each) for each in zip(*parts, strict=True))
    return level, unit


def _units(
    rows: Rows,
) -> tuple[Float[np.ndarray, " series"], Float[np.ndarray, " series"]]:
    there = ~np.isnan(rows.values)
    count = rows.total(there.astype(np.float64))
    largest = rows.total(np.where(there, np.abs(rows.values), 0.0), np.maximum)
    largest = np.where(largest > 0, largest, 1.0)
    value = np.where(there, rows.values / rows.each(largest), 0.0)  # squares could overflow
    level = rows.total(value) / count
    spread = np.sqrt(rows.total(np.where(there, (value - rows.each(level)) ** 2, 0.0)) / count)
    level = np.where(spread < LITTLE * np.abs(level), level, 0.0)
    size = rows.total(np.where(there, np.abs(value - rows.each(level)), 0.0)) / count
    unit = np.where(
        size > 0, 2.0 ** np.round(np.log2(np.where(size > 0, size * largest, 1.0))), 1.0
    )
    return level * largest, unit


LITTLE = 1e-4
"""The ratio of the spread of a series to its level below which the level is subtracted."""


def chunks(rows: Rows, on_event: OnSeries | None, slower: int = 1) -> Iterator[slice]:
    """Yield slices of series, shorter ones if the work is `slower`; `on_event` receives the last of
    each."""
    count, size = len(rows), BLOCK if on_event is None else CHUNK // slower
    step = max(1, size * count // max(len(rows.values), 1))
    for begin in range(0, max(count, 1), step):
        end = min(begin + step, count)
        yield slice(begin, end)
        if on_event is not None:
            on_event(end - 1)


def threads() -> int:
    """Return the number of threads that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
