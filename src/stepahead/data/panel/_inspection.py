"""Inspection of a panel before training: lengths, spans, gaps, constant series, outliers."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from ..calendar import Frequency
from ._outliers import outliers
from ._panel import Panel


@dataclass(frozen=True)
class SeriesSummary:
    """The inspection of one series and channel: `missing` steps, the `longest_gap` among them, and
    the `outliers` with times and values."""

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
    """The result of `inspect`: one row for each series and channel, and the totals."""

    rows: tuple[SeriesSummary, ...]
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
    """Inspect every series and channel of a panel.

    Outliers are values far from the values before and after them that do not recur every season:
    `data.outliers` has the rule. `short` names series of fewer than two seasons; a constant series
    has only equal values.

    >>> found = inspect(
    ...     Panel.from_arrays(
    ...         [[1.0, 2.0, 1.5, 2.5, 90.0, 2.0, 1.0, np.nan, 2.0], [5.0, 5.0, 5.0]], ids=["a", "b"]
    ...     )
    ... )
    >>> found.rows[0].outlier_times.tolist(), found.missing, found.constant
    ([4], 1, ('b',))
    """
    rows: list[SeriesSummary] = []
    gaps = _longest_gaps(panel)
    for number, name in enumerate(panel.ids):
        values, times = (
            panel.series(number),
            panel.times[panel.offsets[number] : panel.offsets[number + 1]],
        )
        season = panel.frequency.season
        rows.extend(
            _look(str(name), panel.names[c], values[:, c], times, int(gaps[number, c]), season)
            for c in range(panel.channels)
        )
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


def _look(
    name: str,
    channel: str,
    values: Float[np.ndarray, " time"],
    times: np.ndarray,
    gap: int,
    season: int,
) -> SeriesSummary:
    seen = ~np.isnan(values)
    held = values[seen]
    far = outliers(values, season)
    low, high, mean = (
        (float(held.min()), float(held.max()), float(held.mean()))
        if len(held)
        else (np.nan, np.nan, np.nan)
    )
    return SeriesSummary(
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
        outlier_times=times[far],
        outlier_values=values[far],
    )


def _longest_gaps(panel: Panel) -> Int[np.ndarray, "series channel"]:
    """The longest run of missing steps in every series and channel."""
    gone = ~panel.observed
    place = np.arange(len(gone))[:, None]
    start = np.repeat(panel.offsets[:-1], panel.lengths)[:, None] - 1
    last_seen = np.maximum.accumulate(np.where(gone, -1, place), axis=0)
    run = np.where(gone, place - np.maximum(last_seen, start), 0)
    return np.maximum.reduceat(run, panel.offsets[:-1], axis=0)
