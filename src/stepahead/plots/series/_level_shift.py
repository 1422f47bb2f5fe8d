"""Level shift: a series, with the level and spread of each of its parts."""

import altair as alt
import numpy as np
from jaxtyping import Float, Shaped

from ...evaluation import Stationarity
from .._axes import positions, records, seen_lines, time_axis, value_axis
from .._theme import INK, PALETTE, QUIET, WIDE, Figure, themed


def level_shift_plot(
    times: Shaped[np.ndarray, " time"],
    values: Float[np.ndarray, " time"],
    found: Stationarity,
    *,
    title: str | None = None,
) -> Figure:
    """Draw a series with the mean of each of its parts as steps, one standard deviation around
    them, and the position of the largest change of level.

    `times` and `values` are the series of which `found` is the result of `stationarity`. The levels
    are those after subtracting the season. A vertical line marks the position of the change, if the
    change is significant and not a steady trend. The verdict is below the title.

    >>> from stepahead.data import Panel
    >>> from stepahead.evaluation import stationarity
    >>> panel = Panel.from_arrays(
    ...     [np.random.default_rng(0).normal(size=80) + 3 * (np.arange(80) >= 40)]
    ... )
    >>> figure = level_shift_plot(panel.times, panel.values[:, 0], stationarity(panel)[0])
    >>> figure.title.text, figure.layer[-1].data["t"].tolist()
    ('Level shift: the level moved and stayed', [40.0])
    """
    x, y = time_axis(times, "t", None), value_axis("y", found.channel)
    shift = found.level_shift
    stops = np.append(shift.starts[1:], len(times) - 1)
    parts = records(
        {
            "t": positions(times[shift.starts]),
            "end": positions(times[stops]),
            "y": shift.levels,
            "low": shift.levels - shift.spreads,
            "high": shift.levels + shift.spreads,
        }
    )
    low = value_axis("low", found.channel)
    band = (
        alt.Chart(parts)
        .mark_rect(color=PALETTE[1], opacity=0.18)
        .encode(x=x, x2="end:Q", y=low, y2="high:Q")
    )
    line = (
        alt.Chart(parts).mark_rule(color=PALETTE[1], strokeWidth=2.5).encode(x=x, x2="end:Q", y=y)
    )
    layers = [band, *seen_lines(times, values, x, y, found.channel, 1.0, color=QUIET), line]
    if found.moved and (shift.came_back or not shift.steady):
        place = positions(np.asarray([shift.since], dtype=times.dtype))
        layers.append(
            alt.Chart(records({"t": place})).mark_rule(color=INK, strokeDash=[3, 3]).encode(x=x)
        )
    how = (
        "moved and came back"
        if shift.came_back
        else "kept moving"
        if shift.steady
        else "moved and stayed"
    )
    sentence = f"the level {how if found.moved else 'stayed'}"
    figure = alt.layer(*layers).properties(width=WIDE[0], height=WIDE[1])
    return themed(
        figure,
        title or f"Level shift: {sentence}",
        f"{found.verdict}: ADF p = {found.adf:.2g}, KPSS p = {found.kpss:.2g}",
    )
