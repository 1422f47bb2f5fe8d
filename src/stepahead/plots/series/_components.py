"""The components of a series: itself with its trend, each component with its interval, and the
remainder."""

import re
from collections.abc import Sequence

import altair as alt
import numpy as np

from ..._check import Refusal
from .._axes import (
    Columns,
    chosen_ids,
    column,
    is_clock,
    positions,
    records,
    rows_of,
    seen_lines,
    time_axis,
    value_axis,
)
from .._theme import INK, PALETTE, QUIET, WIDE, Figure, themed

LEAST_HEIGHT = 90
"""The smallest height of a panel, in pixels."""


def components_plot(
    table: Columns,
    *,
    ids: Sequence[str] | None = None,
    target: str = "y",
    title: str | None = None,
    subtitle: str | None = None,
) -> Figure:
    """Draw the components of one series in panels below each other, with a common time axis.

    `table` has `unique_id`, `ds`, `y`, `rest` and, between them, every component by its name, with
    the ends of an interval if there is one (`trend`, `trend-lo-95`, `trend-hi-95`), as `components`
    of a structural or a local model returns it. `ids` names the series (by default the first). The
    trend is drawn over the series; `target` names the unit. A dashed line marks the value at which
    a component has no effect: 0, or 1 if components are multiplied.

    >>> table = {
    ...     "unique_id": ["a", "a"],
    ...     "ds": np.arange(2),
    ...     "y": [1.0, 2.0],
    ...     "trend": [1.1, 1.9],
    ...     "trend-lo-95": [0.5, 1.2],
    ...     "trend-hi-95": [1.7, 2.6],
    ...     "rest": [-0.1, 0.1],
    ... }
    >>> len(components_plot(table).concat)
    2
    """
    found, parts = component_levels(table), component_names(table)
    if not parts:
        raise Refusal(
            "`table` has no component between `y` and `rest`, such as `trend`. Give what "
            "`components()` of a structural or a local model returns."
        )
    name = chosen_ids(table, ids, 1)[0][0]
    rows = rows_of(table, name)
    times = column(table, "ds")[rows]
    below = None if is_clock(times) else "step"
    over = "trend" if "trend" in parts else None
    idle = idle_at(table, rows, [*parts, "rest"])
    panels = [_panel(table, rows, over, found, target, below)]
    panels += [
        _panel(table, rows, each, found, each, below, alone=idle)
        for each in [*(each for each in parts if each != over), "rest"]
    ]
    height = max(LEAST_HEIGHT, 2 * WIDE[1] // (len(panels) + 1))
    sized = [
        each.properties(width=WIDE[0], height=height if number else int(1.4 * height))
        for number, each in enumerate(panels)
    ]
    figure = alt.concat(*sized, columns=1, spacing=14)
    return themed(figure, title or f"{name}: its components", subtitle)


def idle_at(table: Columns, rows: np.ndarray, parts: Sequence[str]) -> float:
    """The value at which a component has no effect: 1 if the product of the components is y, 0 if
    their sum is.

    >>> idle_at({"y": [6.0], "trend": [5.0], "rest": [1.2]}, np.array([0]), ["trend", "rest"])
    1.0
    """
    each = np.stack([column(table, part)[rows].astype(np.float64) for part in parts])
    y = column(table, "y")[rows].astype(np.float64)
    seen = np.isfinite(y) & np.isfinite(each).all(axis=0)
    added, multiplied = (
        np.abs(whole - y)[seen].sum() for whole in (each.sum(axis=0), each.prod(axis=0))
    )
    return 1.0 if multiplied < added else 0.0


def component_names(table: Columns) -> list[str]:
    """The components: the columns between y and rest, without the ends of intervals.

    >>> component_names({"y": [], "trend": [], "trend-lo-95": [], "season 4": [], "rest": []})
    ['trend', 'season 4']
    """
    names = [str(key) for key in table.keys()]  # noqa: SIM118
    if not {"y", "rest"} <= {*names}:
        return []
    between = names[names.index("y") + 1 : names.index("rest")]
    return [each for each in between if not re.search(r"-(lo|hi)-[0-9.]+$", each)]


def component_levels(table: Columns) -> dict[str, str]:
    """The components that have an interval, each with its widest level as text.

    >>> component_levels({"y": [], "trend": [], "trend-lo-95": [], "trend-hi-95": []})
    {'trend': '95'}
    """
    names = [str(key) for key in table.keys()]  # noqa: SIM118
    found: dict[str, str] = {}
    for each in names:
        match = re.fullmatch(r"(.+)-lo-([0-9.]+)", each)
        if match and match[1] in names and f"{match[1]}-hi-{match[2]}" in names:
            name, level = match[1], match[2]
            found[name] = max(found.get(name, level), level, key=float)
    return found


def _panel(
    table: Columns,
    rows: np.ndarray,
    name: str | None,
    levels: dict[str, str],
    target: str,
    below: str | None,
    *,
    alone: float | None = None,
) -> alt.LayerChart:
    """One component with its interval: with the series behind it or, for `alone`, with a dashed
    line at that value."""
    times = column(table, "ds")[rows]
    x, y = time_axis(times, "t", below), value_axis("y", target)
    layers: list[alt.Chart] = []

    def numbers(of: str) -> np.ndarray:
        return column(table, of)[rows].astype(np.float64)

    if name in levels:
        low, high = (numbers(f"{name}-{side}-{levels[name]}") for side in ("lo", "hi"))
        band = records({"t": positions(times), "y": low, "high": high})
        layers.append(
            alt.Chart(band).mark_area(color=PALETTE[0], opacity=0.2).encode(x=x, y=y, y2="high:Q")
        )
    if alone is not None:
        zero = alt.Chart(records({"y": [alone]})).mark_rule(color=QUIET, strokeDash=[3, 3])
        layers.append(zero.encode(y=y))
    else:
        layers += [
            each.encode(color=alt.value(INK))
            for each in seen_lines(times, numbers("y"), x, y, target, width=1.2)
        ]
    if name is not None:
        layers += [
            each.encode(color=alt.value(PALETTE[0]))
            for each in seen_lines(times, numbers(name), x, y, name, width=1.8)
        ]
    return alt.LayerChart(layer=layers)
