"""The series themselves, before anything is fitted."""

from collections.abc import Sequence

import altair as alt
import numpy as np

from .._axes import (
    Columns,
    chosen_ids,
    column,
    is_clock,
    rows_of,
    seen_lines,
    side_by_side,
    time_axis,
    value_axis,
)
from .._theme import INK, SMALL, WIDE, Figure, themed

MOST_SERIES = 8


def series_plot(
    table: Columns,
    *,
    ids: Sequence[str] | None = None,
    target: str = "y",
    title: str | None = None,
    subtitle: str | None = None,
) -> Figure:
    """Draw each chosen series of a long table (`unique_id`, `ds`, `y`) as a line; a missing value
    is a gap.

    Without `ids` the first eight are drawn. Long series are thinned to what can be seen, extremes
    kept. `target` names the quantity and its unit on the axis.

    >>> figure = series_plot(
    ...     {"unique_id": ["a", "a", "b"], "ds": [0, 1, 0], "y": [1.0, 2.0, 5.0]}, ids=["b"]
    ... )
    >>> float(figure.layer[0].data["y"][0])
    5.0
    """
    names, total = chosen_ids(table, ids, MOST_SERIES)
    size = WIDE if len(names) == 1 else SMALL
    panels = []
    for name in names:
        rows = rows_of(table, name)
        times, values = column(table, "ds")[rows], column(table, "y")[rows].astype(np.float64)
        title_below = "step" if len(names) == 1 and not is_clock(times) else None
        x, y = time_axis(times, "t", title_below), value_axis("y", target)
        lines = seen_lines(times, values, x, y, target, width=1.4, color=INK)
        panels.append(alt.LayerChart(layer=lines, width=size[0], height=size[1]))
    if len(panels) == 1:
        return themed(panels[0], title or names[0], subtitle)
    shown = f"{len(names)} of {total:,} series" if total > len(names) else None
    return themed(side_by_side(panels, names), title or "The series", subtitle or shown)
