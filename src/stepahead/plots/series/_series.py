"""The figure of the series themselves."""

from collections.abc import Sequence

import altair as alt
import numpy as np

from .._axes import Columns, seen_lines
from .._theme import INK, Figure
from ._panels import series_panels


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

    `ids` are the series to draw (the first eight by default). Long series are thinned to the
    visible points; extremes are kept. `target` names the quantity and its unit on the axis.

    >>> figure = series_plot(
    ...     {"unique_id": ["a", "a", "b"], "ds": [0, 1, 0], "y": [1.0, 2.0, 5.0]}, ids=["b"]
    ... )
    >>> float(figure.layer[0].data["y"][0])
    5.0
    """

    def line(
        rows: np.ndarray, times: np.ndarray, values: np.ndarray, x: alt.X, y: alt.Y
    ) -> list[alt.Chart]:
        return seen_lines(times, values, x, y, target, width=1.4, color=INK)

    return series_panels(
        table,
        ids,
        target,
        line,
        title=lambda names: title or (names[0] if len(names) == 1 else "The series"),
        subtitle=subtitle,
        count_shown=True,
    )
