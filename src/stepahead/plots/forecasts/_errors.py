"""Residuals over time, and their histogram."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd
from jaxtyping import Float, Shaped

from .._axes import Columns, column, positions, records, time_axis, value_axis
from .._theme import INK, PALETTE, QUIET, Figure, themed, tints
from .._thinned import MOST_POINTS

MOST_PLACES = 240
"""Number of positions along the time axis at which many residuals are summarised."""


@dataclass(frozen=True, eq=False)
class Errors:
    """Residuals, fitted − actual, where a value was observed; of several series each divided by its
    own standard deviation."""

    times: Shaped[np.ndarray, " error"]
    values: Float[np.ndarray, " error"]
    series: int
    quantity: str
    mean: float
    spread: float
    neighbours: float


def errors_of(fitted: Columns, target: str) -> Errors | None:
    """Residuals from columns unique_id, ds, y, fitted (and channel), with the steps of a series in
    order; None if no step has both an actual and a fitted value.

    `target` is the name of the values. `mean` and `spread` are those of the residuals as drawn;
    `neighbours` is the autocorrelation at lag 1.

    >>> table = {
    ...     "unique_id": ["a"] * 4,
    ...     "ds": np.arange(4),
    ...     "y": [1.0, 2.0, 3.0, np.nan],
    ...     "fitted": [2.0, 2.0, 4.0, 9.0],
    ... }
    >>> errors_of(table, "y").values.tolist()
    [1.0, 0.0, 1.0]
    """
    error = column(fitted, "fitted").astype(np.float64) - column(fitted, "y").astype(np.float64)
    several = "channel" in fitted.keys()  # noqa: SIM118
    frame = pd.DataFrame(
        {name: column(fitted, name) for name in ("unique_id", *(["channel"] if several else []))}
    )
    curve = frame.groupby(list(frame.columns), sort=False).ngroup().to_numpy()
    order = np.argsort(curve, kind="stable")
    order = order[np.isfinite(error[order])]
    if len(order) == 0:
        return None
    error, curve, times = error[order], curve[order], column(fitted, "ds")[order]
    new = np.concatenate([[True], curve[1:] != curve[:-1]])
    starts, number = np.flatnonzero(new), np.cumsum(new) - 1
    count = np.diff(np.append(starts, len(error)))
    centred = error - (np.add.reduceat(error, starts) / count)[number]
    deviation = np.sqrt(np.add.reduceat(centred**2, starts) / count)
    before = ~new[1:]
    unit = centred / np.where(deviation > 0, deviation, 1)[number]
    values = error if len(starts) == 1 else error / np.where(deviation > 0, deviation, 1)[number]
    return Errors(
        times=times,
        values=values,
        series=len(starts),
        quantity=f"residual, {target}" if len(starts) == 1 else "residual, standard deviations",
        mean=float(values.mean()),
        spread=float(values.std()),
        neighbours=float((unit[1:] * unit[:-1])[before].mean()) if before.any() else float("nan"),
    )


def errors_over_time(errors: Errors) -> Figure:
    """Residuals over time. For one short series: one dot per residual. For several series, or a
    long one: the median and the range of the middle 80 %."""
    zero = alt.Chart(records({"y": [0.0]})).mark_rule(color=QUIET, strokeWidth=1).encode(y="y:Q")
    if errors.series > 1 or len(errors.values) > MOST_POINTS:
        return themed(alt.layer(*_ranges(errors), zero))
    data = records({"t": positions(errors.times), "y": errors.values})
    dots = alt.Chart(data).mark_circle(size=14, opacity=0.55, color=PALETTE[0])
    return themed(
        alt.layer(
            zero,
            dots.encode(x=time_axis(errors.times, "t", None), y=value_axis("y", errors.quantity)),
        )
    )


def _ranges(errors: Errors) -> list[alt.Chart]:
    """Many residuals, summarised at no more than `MOST_PLACES` positions."""
    distinct, place = np.unique(errors.times, return_inverse=True)
    group = np.arange(len(distinct)) * min(MOST_PLACES, len(distinct)) // len(distinct)
    times = distinct[np.unique(group, return_index=True)[1]]
    order = np.argsort(group[place], kind="stable")
    parts = np.split(errors.values[order], np.flatnonzero(np.diff(group[place][order])) + 1)
    low, middle, high = np.array([np.quantile(part, (0.1, 0.5, 0.9)) for part in parts]).T
    x, y = time_axis(times, "t", None), value_axis("low", errors.quantity)
    scale = {
        "domain": ["median", "middle 80% of the residuals"],
        "range": [PALETTE[0], tints(2)[1]],
    }
    band = alt.Chart(
        records({"t": positions(times), "low": low, "high": high, "entry": scale["domain"][1]})
    ).mark_area(opacity=0.8)
    line = alt.Chart(
        records({"t": positions(times), "low": middle, "entry": scale["domain"][0]})
    ).mark_line(strokeWidth=1.6)
    colour = alt.Color("entry:N", scale=scale)
    return [band.encode(x=x, y=y, y2="high:Q", color=colour), line.encode(x=x, y=y, color=colour)]


def errors_histogram(errors: Errors) -> Figure:
    """Histogram of the residuals; those beyond the 0.1 % and 99.9 % quantiles are counted in the
    outermost bars."""
    return histogram(errors.values, errors.quantity)


def histogram(values: Float[np.ndarray, " value"], quantity: str) -> Figure:
    """Histogram of values, with a line at 0 if 0 is in their range; values beyond the 0.1 % and
    99.9 % quantiles are counted in the outermost bars. `quantity` is the title of the axis."""
    low, high = np.quantile(values, (0.001, 0.999))
    low, high = (low, high) if high > low else (low - 0.5, high + 0.5)
    bars = int(np.clip(np.sqrt(len(values)), 8, 40))
    count, edges = np.histogram(np.clip(values, low, high), bars, (low, high))
    data = records({"from": edges[:-1], "to": edges[1:], "count": count})
    drawn = (
        alt.Chart(data)
        .mark_bar(color=PALETTE[0], opacity=0.75, binSpacing=1)
        .encode(
            x=alt.X(
                "from:Q",
                bin="binned",
                title=quantity,
                scale={"nice": False, "zero": False},
                axis={"tickCount": 7},
            ),
            x2="to:Q",
            y=alt.Y("count:Q", title="how often", axis={"tickCount": 4, "tickMinStep": 1}),
            tooltip=[
                alt.Tooltip("from:Q", format=".4~g"),
                alt.Tooltip("to:Q", format=".4~g"),
                "count:Q",
            ],
        )
    )
    zero = (
        alt.Chart(records({"from": [0.0]}))
        .mark_rule(color=INK, strokeDash=[3, 3], strokeWidth=1)
        .encode(x="from:Q")
    )
    return themed(alt.layer(drawn, zero) if low < 0 < high else alt.layer(drawn))
