"""`Panel`: series of unequal length in one array, on the grid of one frequency."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy.typing import ArrayLike

from ..._check import Refusal
from ..calendar import Frequency, format_stamp
from ._covariates import Covariates, row_ranges


@dataclass(frozen=True, eq=False)
class Panel:
    """Series of numbers, each with its own length, all on the grid of one frequency.

    Series `i` is `values[offsets[i]:offsets[i + 1]]`, oldest first, one row for each step of the
    grid, one column for each channel, in the original unit. A missing value is NaN in `values` and
    False in `observed`. `kind` names the data frame library of the input, which results use too;
    `source` says in one line what was read and how. `covariates` are optional;
    `data.with_covariates` adds them.

    >>> panel = Panel.from_arrays([[1.0, 2.0, np.nan], [5.0, 6.0]], ids=["a", "b"])
    >>> len(panel), panel.lengths.tolist(), panel.missing
    (2, [3, 2], 1)
    >>> panel.series(1)[:, 0].tolist()
    [5.0, 6.0]
    """

    values: Float[np.ndarray, "total channel"]
    offsets: Int[np.ndarray, " boundary"]
    ids: np.ndarray
    times: np.ndarray
    frequency: Frequency
    names: tuple[str, ...] = ("y",)
    kind: str = "pandas"
    source: str = ""
    covariates: Covariates | None = None

    def __post_init__(self) -> None:
        self._refuse_other_shape()
        if len(self.ids) + 1 != len(self.offsets) or (np.diff(self.offsets) < 1).any():
            raise Refusal(
                "`offsets` must hold one more entry than `ids`, and every series at least one step."
            )
        self._refuse_infinite()
        if self.covariates is not None:
            self.covariates.checked(self.offsets, self.names)

    def _refuse_other_shape(self) -> None:
        total = int(self.offsets[-1])
        if self.values.shape != (total, len(self.names)) or self.times.shape != (total,):
            raise Refusal(
                f"`values` must be [total_time, channel] = {(total, len(self.names))} and `times` "
                f"{(total,)}, "
                f"but they are {self.values.shape} and {self.times.shape}."
            )

    def _refuse_infinite(self) -> None:
        if np.isinf(self.values).any():
            row = int(np.argwhere(np.isinf(self.values).any(axis=1))[0, 0])
            series = int(np.searchsorted(self.offsets, row, side="right") - 1)
            raise Refusal(
                f"Series '{self.ids[series]}' holds an infinite value at "
                f"{format_stamp(self.times[row])}. "
                "Correct it, or leave the cell empty to mark it as missing."
            )

    @classmethod
    def from_arrays(
        cls,
        arrays: Sequence[ArrayLike] | np.ndarray,
        ids: Sequence[str] | None = None,
        start: np.datetime64 | int = 0,
        frequency: Frequency | None = None,
        names: Sequence[str] | None = None,
    ) -> "Panel":
        """Return a panel from one array for each series, `[time]` or `[time, channel]`; NaN marks a
        missing value.

        A 2-D array is read as one series per row, a 3-D array as `[series, time, channel]`. All
        series begin at `start` (an integer or a datetime that fits `frequency`). `ids` name the
        series (by default 0, 1, …), `names` the channels (by default y, or y0, y1, …).
        """
        frequency = frequency or Frequency.integer()
        columns = [np.asarray(a, dtype=np.float64) for a in arrays]
        columns = [a[:, None] if a.ndim == 1 else a for a in columns]
        if not columns or any(a.ndim != 2 or len(a) == 0 for a in columns):
            raise Refusal(
                "`arrays` must hold at least one series of [time] or [time, channel] with at least "
                "one step."
            )
        if len({a.shape[1] for a in columns}) != 1:
            raise Refusal("All series of a panel must have the same number of channels.")
        lengths = np.array([len(a) for a in columns])
        if not frequency.holds(start).all():
            raise Refusal(
                f"`start` is {format_stamp(frequency.stamp(start))}, which no step of frequency "
                f"'{frequency.name}' falls on. "
                "Give a stamp on its grid."
            )
        return cls(
            values=np.concatenate(columns),
            offsets=np.concatenate([[0], np.cumsum(lengths)]),
            ids=np.array(
                [str(i) for i in range(len(columns))] if ids is None else list(ids), dtype=object
            ),
            times=frequency.advance(start, np.concatenate([np.arange(n) for n in lengths])),
            frequency=frequency,
            names=tuple(names)
            if names
            else tuple(
                f"y{c}" if columns[0].shape[1] > 1 else "y" for c in range(columns[0].shape[1])
            ),
        )

    def __repr__(self) -> str:
        beside = (
            "" if self.covariates is None else f", covariates={', '.join(self.covariates.names)}"
        )
        return (
            f"Panel(series={len(self)}, steps={len(self.values)}, missing={self.missing}, "
            f"frequency={self.frequency.name!r}, channels={', '.join(self.names)}{beside})"
        )

    def __len__(self) -> int:
        """The number of series."""
        return len(self.ids)

    @cached_property
    def lengths(self) -> Int[np.ndarray, " series"]:
        """The number of steps of each series, missing ones included."""
        return np.diff(self.offsets)

    @property
    def channels(self) -> int:
        """The number of channels."""
        return self.values.shape[1]

    @property
    def observed(self) -> Bool[np.ndarray, "total channel"]:
        """A mask of the observed values."""
        return ~np.isnan(self.values)

    @cached_property
    def missing(self) -> int:
        """The number of missing values."""
        return int(np.isnan(self.values).sum())

    @property
    def series_of_step(self) -> Int[np.ndarray, " total"]:
        """The number of the series of every row of `values`."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @cached_property
    def even(self) -> bool:
        """True if all series have the same length."""
        return bool((self.lengths == self.lengths[0]).all())

    @cached_property
    def extremes(
        self,
    ) -> tuple[Float[np.ndarray, "series channel"], Float[np.ndarray, "series channel"]]:
        """The smallest and the largest observed value of each series; NaN where none was."""
        if self.even and not self.missing:
            by_series = self.values.reshape(len(self), -1, self.channels)
            return by_series.min(axis=1), by_series.max(axis=1)
        begins = self.offsets[:-1]
        lowest = np.fmin.reduceat(self.values, begins, axis=0)
        return lowest, np.fmax.reduceat(self.values, begins, axis=0)

    def series(self, index: int) -> Float[np.ndarray, "time channel"]:
        """Return the values of one series, by its number."""
        return self.values[self.offsets[index] : self.offsets[index + 1]]

    def with_values(self, values: Float[np.ndarray, "total channel"]) -> "Panel":
        """Return the same series and times with other values."""
        made = copy(self)  # keeps what was checked and computed
        made.__dict__.update(values=values)
        for name in ("missing", "extremes"):
            made.__dict__.pop(name, None)
        made._refuse_other_shape()
        made._refuse_infinite()
        return made

    def slice(
        self,
        starts: Int[np.ndarray, " series"],
        stops: Int[np.ndarray, " series"],
        ahead: int | None = None,
    ) -> "Panel":
        """Cut every series to its own steps `starts[i]` to `stops[i] - 1`; a series that would be
        empty is left out.

        Known covariates are kept as far as they extend, or with `ahead` that many steps beyond the
        cut.
        """
        starts = np.clip(np.broadcast_to(starts, len(self)), 0, self.lengths)
        stops = np.clip(np.broadcast_to(stops, len(self)), starts, self.lengths)
        kept = np.flatnonzero(stops > starts)
        if not len(kept):
            raise Refusal(
                "Nothing is left of any series after this cut. Cut less, or give longer series."
            )
        return self._cut(kept, starts[kept], stops[kept], ahead)

    def take(self, index: Int[np.ndarray, " chosen"]) -> "Panel":
        """Return the series with these numbers, in this order."""
        index = np.asarray(index, dtype=np.int64)
        return self._cut(index, np.zeros_like(index), self.lengths[index], None)

    def _cut(
        self, kept: np.ndarray, starts: np.ndarray, stops: np.ndarray, ahead: int | None
    ) -> "Panel":
        """The series `kept`, each from its own step `starts` to before `stops`."""
        rows, offsets = row_ranges(self.offsets[:-1][kept] + starts, stops - starts)
        covariates = self.covariates
        if covariates is not None:
            reach = covariates.reaches()[kept]
            reach = reach if ahead is None else np.minimum(reach, stops + ahead)
            covariates = covariates.cut(kept, rows, starts, reach - starts)
        return replace(
            self,
            values=self.values[rows],
            times=self.times[rows],
            offsets=offsets,
            ids=self.ids[kept],
            covariates=covariates,
        )

    def future(self, horizon: int) -> np.ndarray:
        """Return the times of the next `horizon` steps of every series, `[series, horizon]`."""
        last = self.times[self.offsets[1:] - 1]
        return self.frequency.advance(last[:, None], np.arange(1, horizon + 1))
