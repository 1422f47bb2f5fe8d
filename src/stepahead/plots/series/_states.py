"""Hidden states over a series: every value in the colour of its state."""

from collections.abc import Sequence

import altair as alt
import numpy as np

from .._axes import Columns, column, records, seen_lines
from .._theme import PALETTE, QUIET, Figure
from ._panels import series_panels

MOST_POINTS = 3000
"""Points of a series that are drawn."""


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
    domain = [str(k) for k in np.unique(column(table, "state"))]
    colour = alt.Color(
        "state:N", scale=alt.Scale(domain=domain, range=list(PALETTE)[: len(domain)])
    )

    def line_and_points(
        rows: np.ndarray, times: np.ndarray, values: np.ndarray, x: alt.X, y: alt.Y
    ) -> list[alt.Chart]:
        lines = seen_lines(times, values, x, y, target, width=0.8, color=QUIET)
        every = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST_POINTS)).astype(int))
        drawn = every[~np.isnan(values[every])]
        state = np.array([str(k) for k in column(table, "state")[rows[drawn]]], dtype=object)
        data = records({"t": times[drawn], "y": values[drawn], "state": state})
        points = alt.Chart(data).mark_circle(size=26, opacity=0.9)
        return [*lines, points.encode(x=x, y=y, color=colour)]

    return series_panels(
        table,
        ids,
        target,
        line_and_points,
        title=lambda names: title or "Hidden states",
        subtitle=subtitle,
    )
