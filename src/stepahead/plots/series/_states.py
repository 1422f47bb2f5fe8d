"""Hidden states over a series: every value has the colour of its state."""

from collections.abc import Sequence

import altair as alt
import numpy as np

from .._axes import Columns, column, records, seen_lines
from .._theme import PALETTE, QUIET, Figure
from ._panels import series_panels

MOST_POINTS = 3000
"""The largest number of points of a series that are drawn."""


def states_plot(
    table: Columns,
    *,
    ids: Sequence[str] | None = None,
    target: str = "y",
    columns: Sequence[str] = ("y",),
    title: str | None = None,
    subtitle: str | None = None,
) -> Figure:
    """Draw each chosen series of a table (`unique_id`, `ds`, `y`, `state`) as a line, with every
    value in the colour of its state.

    `ids` are the series to draw (the first eight by default). Long series are thinned to the
    visible points. `target` is the title of the axis of values. If the values of a step are in
    several `columns`, each of them has its own panel.

    >>> figure = states_plot(
    ...     {"unique_id": ["a"] * 3, "ds": [0, 1, 2], "y": [1, 2, 9], "state": [1, 1, 2]}
    ... )
    >>> figure.layer[-1].data["state"].tolist()
    ['state 1', 'state 1', 'state 2']
    """
    if len(columns) > 1:
        table, target = by_column(table, columns, ids), ""
        ids = None
    domain = [f"state {k}" for k in np.unique(column(table, "state"))]
    colour = alt.Color(
        "state:N", scale=alt.Scale(domain=domain, range=list(PALETTE)[: len(domain)])
    )

    def line_and_points(
        rows: np.ndarray, times: np.ndarray, values: np.ndarray, x: alt.X, y: alt.Y
    ) -> list[alt.Chart]:
        lines = seen_lines(times, values, x, y, target, width=0.8, color=QUIET)
        every = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST_POINTS)).astype(int))
        drawn = every[~np.isnan(values[every])]
        state = np.array([f"state {k}" for k in column(table, "state")[rows[drawn]]], dtype=object)
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


def by_column(table: Columns, columns: Sequence[str], ids: Sequence[str] | None = None) -> Columns:
    """The values of several columns below each other, as `y`: each column of each chosen series
    (all, if `ids` is None) becomes a series.

    >>> both = {"unique_id": ["a"], "ds": [0], "wind": [3.0], "rain": [0.0], "state": [1]}
    >>> found = by_column(both, ("wind", "rain"))
    >>> found["unique_id"].tolist(), found["y"].tolist(), found["state"].tolist()
    (['wind', 'rain'], [3.0, 0.0], [1, 1])
    """
    names = column(table, "unique_id")
    rows = np.flatnonzero(np.isin(names, names if ids is None else list(ids)))
    alone = len(np.unique(names[rows])) == 1
    named = [
        np.array([each if alone else f"{name}: {each}" for name in names[rows]], dtype=object)
        for each in columns
    ]
    values = [column(table, each)[rows].astype(np.float64) for each in columns]
    kept = {name: np.tile(column(table, name)[rows], len(columns)) for name in ("ds", "state")}
    return {"unique_id": np.concatenate(named), "y": np.concatenate(values), **kept}
