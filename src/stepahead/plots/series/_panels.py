"""One panel for each series of a table, with axes of time and value."""

from collections.abc import Callable, Sequence

import altair as alt
import numpy as np

from .._axes import (
    Columns,
    chosen_ids,
    column,
    is_clock,
    rows_of,
    side_by_side,
    time_axis,
    value_axis,
)
from .._theme import SMALL, WIDE, Figure, themed

MOST_SERIES = 8
"""The largest number of series that are drawn if no ids are given."""

Layers = Callable[[np.ndarray, np.ndarray, np.ndarray, alt.X, alt.Y], list[alt.Chart]]
"""`(rows, times, values, x, y) -> layers`: the drawing of one series."""


def series_panels(
    table: Columns,
    ids: Sequence[str] | None,
    target: str,
    layers: Layers,
    *,
    title: Callable[[list[str]], str],
    subtitle: str | None,
    count_shown: bool = False,
) -> Figure:
    """Draw one panel for each chosen series: a single one over the whole width, several in two
    columns.

    `title` is called with the ids that are drawn. With `count_shown` the subtitle says how many of
    all series these are, unless `subtitle` is given.
    """
    names, total = chosen_ids(table, ids, MOST_SERIES)
    width, height = WIDE if len(names) == 1 else SMALL
    panels = []
    for name in names:
        rows = np.flatnonzero(rows_of(table, name))
        times, values = column(table, "ds")[rows], column(table, "y")[rows].astype(np.float64)
        title_below = "step" if len(names) == 1 and not is_clock(times) else None
        x, y = time_axis(times, "t", title_below), value_axis("y", target)
        drawn = layers(rows, times, values, x, y)
        panels.append(alt.LayerChart(layer=drawn, width=width, height=height))
    if len(panels) == 1:
        return themed(panels[0], title(names), subtitle)
    shown = f"{len(names)} of {total:,} series" if count_shown and total > len(names) else None
    return themed(side_by_side(panels, names), title(names), subtitle or shown)
