"""A look at a panel before anything is trained: lengths, spans, gaps, constant series, outliers."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from ._frequency import Frequency
from ._panel import Panel

_FAR = 6.0
"""How many robust standard deviations from its neighbours' median make a value an outlier."""
_NEIGHBOURS = 7
"""How many seen values around a value its median is taken of."""
_SIGMA = 1.4826
"""The standard deviation of a normal variable over its median absolute deviation."""


@dataclass(frozen=True)
class SeriesLook:
    """One series and channel: `missing` steps, the `longest_gap` among them, and the `outliers` as stamps and values."""

    id: str
    channel: str
    steps: int
    first: np.datetime64 | int
    last: np.datetime64 | int
    missing: int
    longest_gap: int
    low: float
    high: float
    mean: float
    constant: bool
    outlier_times: np.ndarray
    outlier_values: np.ndarray


@dataclass(frozen=True)
class Inspection:
    """What `inspect` found: one row a series and channel, and the totals."""

    rows: tuple[SeriesLook, ...]
    frequency: Frequency
    series: int
    steps: int
    shortest: int
    longest: int
    missing: int
    constant: tuple[str, ...]
    all_missing: tuple[str, ...]
    short: tuple[str, ...]
    outliers: int


def inspect(panel: Panel) -> Inspection:
    """Look at every series and channel of a panel.

    An outlier is a seen value further than 6 robust standard deviations (1.4826 times the median absolute deviation, over the
    series, of values from the median of the 7 seen values around them; when that deviation is zero, values that differ from a
    neighbourhood otherwise constant are not called outliers). `short` names series of fewer than two seasons; a constant series
    has values that are all the same.

    >>> found = inspect(Panel.from_arrays([[1.0, 2.0, 1.5, 2.5, 90.0, 2.0, 1.0, np.nan, 2.0], [5.0, 5.0, 5.0]], ids=["a", "b"]))
    >>> found.rows[0].outlier_times.tolist(), found.missing, found.constant
    ([4], 1, ('b',))
    """
    rows: list[SeriesLook] = []
    gaps = _longest_gaps(panel)
    for number, name in enumerate(panel.ids):
        values, times = panel.series(number), panel.times[panel.offsets[number] : panel.offsets[number + 1]]
        rows.extend(_look(str(name), panel.names[c], values[:, c], times, int(gaps[number, c])) for c in range(panel.channels))
    lengths = panel.lengths
    return Inspection(
        rows=tuple(rows),
        frequency=panel.frequency,
        series=len(panel),
        steps=int(lengths.sum()),
        shortest=int(lengths.min()),
        longest=int(lengths.max()),
        missing=panel.missing,
        constant=tuple(dict.fromkeys(row.id for row in rows if row.constant)),
        all_missing=tuple(dict.fromkeys(row.id for row in rows if row.missing == row.steps)),
        short=tuple(str(i) for i in panel.ids[lengths < 2 * panel.frequency.season]),
        outliers=sum(len(row.outlier_times) for row in rows),
    )


def _look(name: str, channel: str, values: Float[np.ndarray, " time"], times: np.ndarray, gap: int) -> SeriesLook:
    seen = ~np.isnan(values)
    held = values[seen]
    far = _outliers(held)
    low, high, mean = (float(held.min()), float(held.max()), float(held.mean())) if len(held) else (np.nan, np.nan, np.nan)
    return SeriesLook(
        id=name,
        channel=channel,
        steps=len(values),
        first=times[0],
        last=times[-1],
        missing=int((~seen).sum()),
        longest_gap=gap,
        low=low,
        high=high,
        mean=mean,
        constant=len(held) > 1 and low == high,
        outlier_times=times[seen][far],
        outlier_values=held[far],
    )


def _outliers(values: Float[np.ndarray, " time"]) -> np.ndarray:
    """Where a value lies far from the median of its neighbourhood."""
    if len(values) < _NEIGHBOURS:
        return np.zeros(len(values), dtype=bool)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(values, _NEIGHBOURS // 2, mode="reflect"), _NEIGHBOURS)
    away = np.abs(values - np.median(around, axis=1))
    return away > _FAR * _SIGMA * np.median(away) if np.median(away) > 0 else np.zeros(len(values), dtype=bool)


def _longest_gaps(panel: Panel) -> Int[np.ndarray, "series channel"]:
    """The longest run of missing steps in every series and channel."""
    gone = ~panel.observed
    place = np.arange(len(gone))[:, None]
    start = np.repeat(panel.offsets[:-1], panel.lengths)[:, None] - 1
    last_seen = np.maximum.accumulate(np.where(gone, -1, place), axis=0)
    run = np.where(gone, place - np.maximum(last_seen, start), 0)
    return np.maximum.reduceat(run, panel.offsets[:-1], axis=0)
