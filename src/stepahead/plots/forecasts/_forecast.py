"""The forecast figure: history, forecast, and its intervals."""

import re
from collections.abc import Sequence

import altair as alt
import numpy as np

from ..._check import Refusal, counted, whole
from ...data import Panel
from .._axes import (
    Columns,
    chosen_ids,
    column,
    in_legend,
    is_clock,
    positions,
    records,
    rows_of,
    seen_lines,
    side_by_side,
    time_axis,
    value_axis,
)
from .._theme import INK, PALETTE, QUIET, SMALL, WIDE, Figure, themed, tints
from ._panel_columns import panel_columns, table_columns

MOST_SERIES = 6


def interval_levels(table: Columns) -> list[str]:
    """The levels for which a forecast has both bounds (`lo-80` and `hi-80`), as text, the widest
    first.

    >>> interval_levels({"forecast": [], "lo-80": [], "hi-80": [], "lo-95": [], "hi-95": []})
    ['95', '80']
    """
    names = [str(key) for key in table.keys()]  # noqa: SIM118
    found = [
        match[1]
        for name in names
        if (match := re.fullmatch(r"lo-([0-9.]+)", name)) and f"hi-{match[1]}" in names
    ]
    return sorted(found, key=float, reverse=True)


def forecast_plot(
    history: Columns | Panel,
    forecast: Columns,
    *,
    ids: Sequence[str] | None = None,
    actual: Columns | Panel | None = None,
    recent: int | None = None,
    target: str = "y",
    title: str | None = None,
    subtitle: str | None = None,
) -> Figure:
    """Draw the forecast of each chosen series after its history.

    `history` and `actual` are panels, or have the columns `unique_id`, `ds` and `y`; `forecast` has
    `unique_id`, `ds`, `forecast` and, for every interval, `lo-<level>` and `hi-<level>` with the
    level in percent. Values are in the unit of the data, which `target` names on the axis. In a
    panel with several channels each is a series `id, channel`. `ids` are the series to draw (the
    first six by default). `recent` is the number of past steps to show (by default five times the
    horizon, at least 60). A missing value is a gap in the line.

    >>> from numpy import arange
    >>> past = {"unique_id": ["a"] * 3, "ds": arange(3), "y": [1.0, 2.0, 3.0]}
    >>> ahead = {
    ...     "unique_id": ["a"] * 2,
    ...     "ds": arange(3, 5),
    ...     "forecast": [4.0, 5.0],
    ...     "lo-80": [3.5, 4.0],
    ...     "hi-80": [4.5, 6.0],
    ... }
    >>> figure = forecast_plot(past, ahead, target="sales in pieces")
    >>> figure.to_dict()["layer"][0]["encoding"]["color"]["scale"]["domain"]
    ['history', 'forecast', '80% interval']
    """
    if isinstance(forecast, Panel):
        raise Refusal(
            "The history comes first, then the table of its forecast: `forecast_plot(panel, "
            "table)`."
        )
    if isinstance(history, Panel):
        forecast, history = table_columns(history, forecast), panel_columns(history)
    actual = panel_columns(actual) if isinstance(actual, Panel) else actual
    names, total = chosen_ids(forecast, ids, MOST_SERIES)
    levels = interval_levels(forecast)
    size = WIDE if len(names) == 1 else SMALL
    below = "step" if len(names) == 1 and not is_clock(column(forecast, "ds")) else None
    panels = [
        _one_series(history, forecast, actual, name, levels, recent, target, below)
        for name in names
    ]
    panels = [panel.properties(width=size[0], height=size[1]) for panel in panels]
    horizon = int(rows_of(forecast, names[0]).sum())
    if len(panels) == 1:
        return themed(
            panels[0], title or f"{names[0]}: the next {counted(horizon, 'step')}", subtitle
        )
    shown = f"{len(names)} of {total:,} series" if total > len(names) else None
    figure = side_by_side(panels, names)
    return themed(
        figure.resolve_scale(color="shared"),
        title or f"The next {counted(horizon, 'step')}",
        subtitle or shown,
    )


def _one_series(
    history: Columns,
    forecast: Columns,
    actual: Columns | None,
    name: str,
    levels: list[str],
    recent: int | None,
    target: str,
    below: str | None,
) -> alt.LayerChart:
    """The layers of one series: the widest interval first, so that narrower ones are on top."""
    rows = rows_of(forecast, name)
    ahead = column(forecast, "ds")[rows]
    expected = column(forecast, "forecast")[rows].astype(np.float64)
    past = rows_of(history, name)
    steps = max(5 * len(ahead), 60) if recent is None else whole("recent", recent)
    seen, values = (
        column(history, "ds")[past][-steps:],
        column(history, "y")[past][-steps:].astype(np.float64),
    )

    real = np.flatnonzero(~np.isnan(values))
    joined = len(real) > 0 and real[-1] == len(values) - 1
    times = np.concatenate([seen[-1:], ahead]) if joined else ahead
    start = values[-1:] if joined else values[:0]

    scale = _legend_scale(levels, actual is not None)
    drawn = [values, expected, *(column(forecast, f"hi-{level}")[rows] for level in levels)]
    x, y = time_axis(ahead, "t", below), value_axis("y", target, _one_of_a_count(drawn))
    layers: list[alt.Chart] = []
    for level in levels:
        low, high = (
            np.concatenate([start, column(forecast, f"{side}-{level}")[rows].astype(np.float64)])
            for side in ("lo", "hi")
        )
        data = records({"t": positions(times), "y": low, "high": high})
        area = alt.Chart(data).mark_area(opacity=1).encode(x=x, y=y, y2="high:Q")
        layers.append(in_legend(area, _interval(level), scale, "square"))
    lines = {"history": seen_lines(seen, values, x, y, target, width=1.6)}
    if actual is not None:
        rows = rows_of(actual, name)
        lines["what came"] = seen_lines(
            column(actual, "ds")[rows],
            column(actual, "y")[rows].astype(np.float64),
            x,
            y,
            target,
            width=1.8,
        )
    lines["forecast"] = seen_lines(
        times, np.concatenate([start, expected]), x, y, target, width=2.4
    )
    layers += [
        in_legend(layer, entry, scale, "square")
        for entry, drawn in lines.items()
        for layer in drawn
    ]
    if joined:
        origin = alt.Chart(records({"t": positions(seen[-1:])})).mark_rule(
            color=QUIET, strokeDash=[3, 3], strokeWidth=1
        )
        layers.insert(len(levels), origin.encode(x=x))
    return alt.LayerChart(layer=layers)


def _one_of_a_count(drawn: list[np.ndarray]) -> float | None:
    """1 for a history of zeros with a forecast below one, which would fill the figure; else None.

    >>> small = np.array([0.001])
    >>> _one_of_a_count([np.zeros(3), small]), _one_of_a_count([10 * small, small])
    (1.0, None)
    """
    history, *ahead = drawn
    largest = max(float(np.nanmax(each, initial=0)) for each in ahead)
    zeros = len(history) and not np.nan_to_num(history).any()
    return 1.0 if zeros and 0 < largest < 1 else None


def _interval(level: str) -> str:
    return f"{level}% interval"


def _legend_scale(levels: list[str], actual: bool) -> dict[str, list[str]]:
    """The entries of the legend and their colours: lines first, then intervals from the narrowest
    to the widest."""
    entries = {
        "history": INK,
        **({"what came": PALETTE[1]} if actual else {}),
        "forecast": PALETTE[0],
        **dict(zip(map(_interval, levels[::-1]), tints(len(levels))[::-1], strict=True)),
    }
    return {"domain": list(entries), "range": list(entries.values())}
