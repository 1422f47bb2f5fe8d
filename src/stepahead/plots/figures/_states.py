"""Hidden states over a series: every value in the colour of its state."""

from collections.abc import Sequence

import altair as alt
import numpy as np

from .._axes import (
    Columns,
    chosen_ids,
    column,
    is_clock,
    records,
    rows_of,
    seen_lines,
    side_by_side,
    time_axis,
    value_axis,
)
from .._theme import PALETTE, QUIET, SMALL, WIDE, Figure, themed

MOST_SERIES, MOST_POINTS = 8, 3000


def states_plot(
    table: Columns,
    *,
    ids: Sequence[str] | None = None,
    target: str = "y",
    title: str | None = None,
    subtitle: str | None = None,
) -> Figure:
    """Draw each chosen series of a table (`unique_id`, `ds`, `y`, `state`) as a line, and on it
    every value in the colour of its state.

    Without `ids` the first eight are drawn. Of long series so many points are drawn as can be seen.

    >>> figure = states_plot(
    ...     {"unique_id": ["a"] * 3, "ds": [0, 1, 2], "y": [1, 2, 9], "state": [1, 1, 2]}
    ... )
    >>> figure.layer[-1].data["state"].tolist()
    ['1', '1', '2']
    """
    names, _ = chosen_ids(table, ids, MOST_SERIES)
    size = WIDE if len(names) == 1 else SMALL
    domain = [str(k) for k in np.unique(column(table, "state"))]
    panels = []
    for name in names:
        rows = np.flatnonzero(rows_of(table, name))
        times, values = column(table, "ds")[rows], column(table, "y")[rows].astype(np.float64)
        title_below = "step" if len(names) == 1 and not is_clock(times) else None
        x, y = time_axis(times, "t", title_below), value_axis("y", target)
        lines = seen_lines(times, values, x, y, target, width=0.8, color=QUIET)
        every = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST_POINTS)).astype(int))
        drawn = every[~np.isnan(values[every])]
        state = np.array([str(k) for k in column(table, "state")[rows[drawn]]], dtype=object)
        data = records({"t": times[drawn], "y": values[drawn], "state": state})
        colour = alt.Color(
            "state:N", scale=alt.Scale(domain=domain, range=list(PALETTE)[: len(domain)])
        )
        points = alt.Chart(data).mark_circle(size=26, opacity=0.9).encode(x=x, y=y, color=colour)
        panels.append(alt.LayerChart(layer=[*lines, points], width=size[0], height=size[1]))
    heading = title or "Hidden states"
    if len(panels) == 1:
        return themed(panels[0], heading, subtitle)
    return themed(side_by_side(panels, names), heading, subtitle)
