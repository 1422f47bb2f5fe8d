"""The curves of a report: the series and channels of a panel with their forecasts, and the choice
of those that are drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float, Int, Shaped

from ..._check import Refusal, known_name
from ...data import Panel, to_wall
from .._axes import Columns, column

MOST_CURVES = 6


@dataclass(frozen=True, eq=False)
class Curve:
    """One channel of one series: observed values and forecasts. `bounds` maps a level in percent to
    the two ends of its interval."""

    label: str
    channel: str
    times: Shaped[np.ndarray, " time"]
    values: Float[np.ndarray, " time"]
    ahead: Shaped[np.ndarray, " horizon"]
    expected: Float[np.ndarray, " horizon"]
    bounds: dict[str, tuple[Float[np.ndarray, " horizon"], Float[np.ndarray, " horizon"]]]

    def history(self) -> dict[str, np.ndarray]:
        """The observed values, as columns for a figure."""
        return {
            "unique_id": np.full(len(self.times), self.label, object),
            "ds": self.times,
            "y": self.values,
        }

    def forecast(self) -> dict[str, np.ndarray]:
        """The forecasts, as columns for a figure."""
        columns = {
            "unique_id": np.full(len(self.ahead), self.label, object),
            "ds": self.ahead,
            "forecast": self.expected,
        }
        for level, (low, high) in self.bounds.items():
            columns |= {f"lo-{level}": low, f"hi-{level}": high}
        return columns


def horizon_of(panel: Panel, forecast: Columns) -> int:
    """The number of steps in a forecast of this panel; the forecast of another panel is an
    error."""
    ids = column(forecast, "unique_id")
    each, rest = divmod(len(ids), len(panel) * panel.channels)
    if (
        rest
        or each < 1
        or (ids[:: each * panel.channels].astype(str) != panel.ids.astype(str)).any()
    ):
        raise Refusal(
            f"`forecast` must hold the same number of rows for each of the {len(panel):,} series "
            "of `history`, in their order, "
            f"but it holds {len(ids):,} rows. Give the table as the forecaster made it."
        )
    return each


def curves(
    panel: Panel, forecast: Columns, index: Int[np.ndarray, " shown"], levels: Sequence[str]
) -> list[Curve]:
    """The curves of a panel with the numbers in `index`, with their forecasts: number s·channels +
    c is channel c of series s. Times are local."""
    horizon = horizon_of(panel, forecast)
    columns = {
        name: column(forecast, name).astype(np.float64)
        for name in ["forecast", *(f"{side}-{lv}" for lv in levels for side in ("lo", "hi"))]
    }
    columns = {
        name: values.reshape(len(panel), horizon, panel.channels)
        for name, values in columns.items()
    }
    found = []
    for s, c in zip(*np.divmod(np.asarray(index, np.int64), panel.channels), strict=True):
        one = panel.take(np.array([s]))
        channel = one.names[c]
        found.append(
            Curve(
                label=f"{one.ids[0]}, {channel}" if panel.channels > 1 else str(one.ids[0]),
                channel=channel,
                times=clock(one, one.times),
                values=one.values[:, c],
                ahead=clock(one, one.future(horizon)[0]),
                expected=columns["forecast"][s, :, c],
                bounds={
                    level: (columns[f"lo-{level}"][s, :, c], columns[f"hi-{level}"][s, :, c])
                    for level in levels
                },
            )
        )
    return found


def clock(panel: Panel, times: np.ndarray) -> np.ndarray:
    """Local times of the panel's zone, from UTC or from a frame's timestamps with a zone."""
    zone = panel.frequency.zone
    if not zone:
        return times
    return to_wall(
        pd.DatetimeIndex(times).tz_convert(None).to_numpy() if times.dtype == object else times,
        zone,
    )


def chosen(
    panel: Panel, shown: Sequence[str] | None = None, most: int = MOST_CURVES
) -> Int[np.ndarray, " shown"]:
    """Indices of the curves to draw: all if they are few; else, among the longer half, an even
    selection from the least to the most variable.

    Variability is the standard deviation over the mean absolute value. Constant series are drawn
    only if there are no others. `shown` gives the ids of series instead.

    >>> quiet, wild, flat, short = (
    ...     np.sin(np.arange(50.0)) + 9,
    ...     9 * np.sin(np.arange(50.0)) + 9,
    ...     np.ones(50),
    ...     np.arange(4.0),
    ... )
    >>> chosen(Panel.from_arrays([quiet, flat, wild, short]), most=2).tolist()
    [0, 2]
    """
    channels = np.arange(panel.channels)
    if shown is not None:
        known = [str(i) for i in panel.ids]
        rows = np.array([known.index(known_name("series", str(i), known)) for i in shown])
        return (rows[:, None] * panel.channels + channels).ravel()
    if len(panel) * panel.channels <= most:
        return np.arange(len(panel) * panel.channels)
    seen, variety = _variety(panel)
    worth = np.flatnonzero(variety > 0) if (variety > 0).any() else np.arange(len(variety))
    longer = worth[seen[worth] >= np.median(seen[worth])]
    longer = (
        longer if len(longer) >= most else worth[np.argsort(-seen[worth], kind="stable")][:most]
    )
    ranked = longer[np.argsort(variety[longer], kind="stable")]
    return ranked[np.linspace(0, len(ranked) - 1, min(most, len(ranked))).round().astype(np.int64)]


def _variety(panel: Panel) -> tuple[np.ndarray, np.ndarray]:
    """For each curve, the number of observed values, and their standard deviation over their mean
    absolute value."""
    first = panel.offsets[:-1]
    seen = np.add.reduceat(panel.observed.astype(np.int64), first)
    values = np.nan_to_num(panel.values)
    count = np.maximum(seen, 1)
    size = np.add.reduceat(np.abs(values), first) / count
    mean = np.add.reduceat(values, first) / count
    away = np.where(panel.observed, panel.values - np.repeat(mean, panel.lengths, axis=0), 0)
    spread = np.sqrt(np.add.reduceat(away**2, first) / count)
    return seen.ravel(), np.where(size > 0, spread / np.where(size > 0, size, 1), 0).ravel()
