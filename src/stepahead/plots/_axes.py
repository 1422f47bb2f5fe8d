"""The data of a chart from columns: the time axis, thinned lines, gaps where values are missing."""

import json
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import altair as alt
import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Shaped

from .._check import Refusal, known_name
from ._theme import INK
from ._thinned import thinned

CATEGORIES = {
    "grid": False,
    "ticks": False,
    "domain": False,
    "labelLimit": 120,
    "labelOverlap": False,
}
"""The axis of a heat map: only the names."""

LABELS = (
    "datum.value != 0 && (abs(datum.value) >= 1e9 || abs(datum.value) < 1e-4) ? format(datum.value,"
    " '.3~e') : datum.label"
)
"""The number format of a value axis: scientific only where plain numbers would be mostly zeros."""


@runtime_checkable
class Columns(Protocol):
    """Columns by name: a dict of arrays, a pandas frame, or any object with these two methods."""

    def keys(self) -> Any:
        """The names of the columns."""
        ...

    def __getitem__(self, name: str, /) -> Any:
        """The values of one column."""
        ...


def column(table: Columns, name: str) -> np.ndarray:
    """One column as an array; an unknown name is an error that lists the known ones."""
    known_name("column", name, [str(key) for key in table.keys()])  # noqa: SIM118 - a frame iterates over the same, a protocol need not
    return np.asarray(table[name])


def isolated(values: Float[np.ndarray, " time"]) -> Bool[np.ndarray, " time"]:
    """True for values without a neighbour on either side: a line cannot show them, so they need a
    dot.

    >>> isolated(np.array([1.0, np.nan, 2.0, np.nan, 3.0, 4.0])).tolist()
    [True, False, True, False, False, False]
    """
    gap = np.isnan(np.concatenate([[np.nan], values, [np.nan]]))
    return ~gap[1:-1] & gap[:-2] & gap[2:]


def is_clock(times: Shaped[np.ndarray, "..."]) -> bool:
    """True if the times are dates, False if they are counts."""
    return np.issubdtype(times.dtype, np.datetime64)


def positions(times: Shaped[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
    """Times as Vega needs them: milliseconds since 1970 for dates (local time, without a zone), the
    number itself for counts."""
    if is_clock(times):
        return times.astype("M8[us]").astype(np.int64) / 1000.0
    if not np.issubdtype(times.dtype, np.number):
        raise Refusal(
            f"Times must be dates (datetime64) or numbers, but they are {times.dtype}. Convert "
            "them first."
        )
    return times.astype(np.float64)


def time_axis(times: Shaped[np.ndarray, " time"], name: str, title: str | None) -> alt.X:
    """The horizontal axis for these times; dates need no title."""
    if is_clock(times):
        axis = {"title": title, "tickCount": 7, "labelOverlap": True, "labelSeparation": 6}
        return alt.X(f"{name}:T", scale={"type": "utc", "nice": False}, axis=axis)
    axis = {"format": "d", "tickMinStep": 1} if np.issubdtype(times.dtype, np.integer) else {}
    return alt.X(
        f"{name}:Q",
        scale={"zero": False, "nice": False},
        axis=axis | {"title": title, "tickCount": 8},
    )


def stamps(times: Shaped[np.ndarray, " time"]) -> list[str]:
    """Times as text for tooltips, without the parts of the time of day that are the same in all."""
    if not is_clock(times):
        return [f"{t:g}" for t in times.tolist()]
    whole_days = bool((times.astype("M8[D]") == times).all())
    return np.datetime_as_string(times, unit="D" if whole_days else "m").tolist()


def records(columns: dict[str, Any]) -> pd.DataFrame:
    """Rows for Vega, in the one form that Altair does not copy at each change of a figure; a line
    has a gap at a NaN."""
    return pd.DataFrame(columns)


def chosen_ids(table: Columns, ids: Sequence[str] | None, most: int) -> tuple[list[str], int]:
    """The series to draw (those asked for, else the first `most`), and the number of all series; an
    unknown id is an error."""
    present = [str(i) for i in dict.fromkeys(column(table, "unique_id").tolist())]
    if ids is None:
        return present[:most], len(present)
    return [known_name("series", str(i), present) for i in ids], len(present)


def rows_of(table: Columns, series: str) -> Bool[np.ndarray, " row"]:
    """A mask of the rows of a long table that belong to one series."""
    return np.array([str(i) == series for i in column(table, "unique_id").tolist()], dtype=bool)


def value_axis(name: str, title: str, top: float | None = None) -> alt.Y:
    """The vertical axis. Its title is the quantity and its unit; it does not have to begin at zero,
    and reaches up to `top`, if that is given."""
    scale = {"zero": False, "nice": True}
    return alt.Y(
        f"{name}:Q",
        title=title,
        scale=scale if top is None else scale | {"domainMax": top},
        axis={"tickCount": 5, "labelExpr": LABELS},
    )


def seen_lines(
    times: Shaped[np.ndarray, " time"],
    values: Float[np.ndarray, " time"],
    x: alt.X,
    y: alt.Y,
    target: str,
    width: float,
    **style: Any,
) -> list[alt.Chart]:
    """A line through the observed values, broken at gaps, and dots for isolated ones."""
    indices = thinned(values)
    values, times = values[indices], times[indices]
    rows = {"t": positions(times), "y": values}
    hints = [alt.Tooltip("when:N", title="when"), alt.Tooltip("y:Q", title=target, format=",.4~g")]
    line = (
        alt.Chart(records({**rows, "when": stamps(times)}))
        .mark_line(strokeWidth=width, **style)
        .encode(x=x, y=y, tooltip=hints)
    )
    dotted = ~np.isnan(values) if len(values) < 40 else isolated(values)
    if not dotted.any():
        return [line]
    dots = alt.Chart(records({name: column[dotted] for name, column in rows.items()})).mark_circle(
        size=16, opacity=1, **style
    )
    return [line, dots.encode(x=x, y=y)]


def log_axis(name: str, title: str, values: Sequence[float]) -> alt.Y:
    """A logarithmic vertical axis that spans `values`, with a few round ticks.

    >>> log_axis("y", "loss", [0.03, 7.0]).to_dict()["axis"]["values"]
    [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0]
    >>> log_axis("y", "loss", [0.052, 0.061]).to_dict()["axis"]["values"]
    [0.052, 0.054, 0.056, 0.058, 0.06]
    """
    finite = [value for value in values if value > 0 and np.isfinite(value)] or [1.0]
    margin = max(float(max(finite) / min(finite)) ** 0.05, 1.001)
    low, high = min(finite) / margin, max(finite) * margin
    axis = {"values": round_ticks(low, high), "format": ",~r"}
    return alt.Y(
        f"{name}:Q",
        title=title,
        scale={"type": "log", "domain": [low, high], "nice": False},
        axis=axis,
    )


def round_ticks(low: float, high: float) -> list[float]:
    """Ticks for 0 < low < high: powers of ten if the range covers many decades, also 2 and 5 times
    them if it covers a few, even steps within one decade."""
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    ticks = [
        float(f"{digit}e{decade}")
        for decade in decades
        for digit in ((1,) if len(decades) > 5 else (1, 2, 5))
    ]
    inside = [tick for tick in ticks if low <= tick <= high]
    if len(inside) > 2:
        return inside
    power = int(np.floor(np.log10((high - low) / 4)))
    step = min(
        (float(f"{digit}e{power}") for digit in (1, 2, 5, 10)),
        key=lambda s: abs((high - low) / s - 5),
    )
    return [
        round(step * n, 1 - power)
        for n in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)
    ]


def side_by_side(
    panels: Sequence[alt.LayerChart | alt.FacetChart], names: Sequence[str]
) -> alt.ConcatChart:
    """Panels in a grid of two columns, each with its name above."""
    titled = []
    for panel, name in zip(panels, names, strict=True):
        label = alt.Chart(records({"name": [name]})).mark_text(
            align="left", fontSize=13, fontWeight=600, color=INK
        )
        titled.append(
            alt.layer(panel, label.encode(x=alt.value(0), y=alt.value(-14), text="name:N"))
        )
    return alt.concat(*titled, columns=2, bounds="flush", spacing={"row": 62, "column": 84})


def in_legend(
    chart: alt.Chart, entry: str, scale: dict[str, Any], symbol: str = "stroke"
) -> alt.Chart:
    """A layer in a single colour with one entry in the legend."""
    legend = {"symbolType": symbol, "symbolStrokeWidth": 3 if symbol == "stroke" else 0}
    return chart.transform_calculate(entry=json.dumps(entry)).encode(
        color=alt.Color("entry:N", scale=scale, sort=None, legend=legend)
    )


DASHES = ([5, 4], [2, 3])
"""Dash patterns of the lines of the naive forecasts, one after the other."""


def model_encodings(
    names: Sequence[str], colours: Sequence[str], dashed: Sequence[str]
) -> dict[str, Any]:
    """Encodings of lines by the column `model`, so that the legend shows each in its colour and
    dashes."""
    dashes = {name: DASHES[number % len(DASHES)] for number, name in enumerate(dashed)}
    shared: dict[str, Any] = {
        "sort": list(names),
        "legend": {
            "symbolType": "stroke",
            "symbolStrokeWidth": 2.5,
            "symbolSize": 500,
            "symbolOpacity": 1,
            "labelLimit": 260,
        },
    }
    return {
        "color": alt.Color(
            "model:N", scale={"domain": list(names), "range": list(colours)}, **shared
        ),
        "strokeDash": alt.StrokeDash(
            "model:N",
            scale={"domain": list(names), "range": [dashes.get(name, [1, 0]) for name in names]},
            **shared,
        ),
    }
