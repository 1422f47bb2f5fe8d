"""Error by step ahead of several models."""

from collections.abc import Mapping

import altair as alt
import numpy as np
from jaxtyping import Float

from ..._check import Refusal
from .._axes import LABELS, log_axis, model_encodings, records
from .._theme import PALETTE, QUIET, WIDE, Figure, themed


def error_by_step_plot(
    errors: Mapping[str, Float[np.ndarray, " _horizon"] | Float[np.ndarray, "_run _horizon"]],
    *,
    measure: str = "MAE",
    reference: str | None = None,
    floor: float | None = None,
    logarithmic: bool = False,
    along: str = "steps ahead",
    title: str | None = None,
    subtitle: str | None = None,
) -> Figure:
    """Draw the error of several models at every step ahead, from k = 1.

    `errors` maps a model's name to its error at k = 1, 2, …; of an array `[run, horizon]` the
    median is a line and the range over the runs (seeds, windows) a band. `measure` is the title of
    the axis, with the unit ("MSE in °C²"). The model named `reference`, usually a naive one, is
    grey and dashed. `floor` is a lower bound of the error that no model can beat; `along` is the
    title of the horizontal axis. With `logarithmic` the error axis is.

    >>> figure = error_by_step_plot(
    ...     {"GRU": np.array([1.0, 1.5]), "naive": np.array([1.2, 2.4])}, reference="naive"
    ... )
    >>> figure.layer[1].data[["k", "error"]].values.tolist()
    [[1.0, 1.2], [2.0, 2.4]]
    """
    if not errors:
        raise Refusal("`errors` must hold at least one model's errors, but it is empty.")
    names = list(errors)
    tables = {
        name: np.atleast_2d(np.asarray(values, dtype=np.float64)) for name, values in errors.items()
    }
    middle = {name: np.nanmedian(table, axis=0) for name, table in tables.items()}
    colours = _colours(names, reference)
    lines = model_encodings(names, colours, [name for name in names if name == reference])
    longest = max(len(values) for values in middle.values())
    x = alt.X(
        "k:Q",
        title=along,
        scale={"domain": [1, max(longest, 2)], "nice": False},
        axis={"tickMinStep": 1, "format": "d"},
    )
    linear = alt.Y(
        "error:Q",
        title=measure,
        scale={"zero": True, "nice": True},
        axis={"tickCount": 6, "labelExpr": LABELS},
    )
    everything = [float(value) for table in tables.values() for value in table.ravel()] + (
        [floor] if floor else []
    )
    y = log_axis("error", measure, everything) if logarithmic else linear
    point = longest <= 40 and alt.OverlayMarkDef(size=26, filled=True)
    hints = [
        "model:N",
        alt.Tooltip("k:Q", title=along),
        alt.Tooltip("error:Q", title=measure, format=".4~g"),
    ]
    layers = []
    for name in names:
        rows = records(
            {
                "model": [name] * len(middle[name]),
                "k": list(range(1, len(middle[name]) + 1)),
                "error": middle[name],
            }
        )
        line = alt.Chart(rows).mark_line(strokeWidth=2.2, point=point)
        layers.append(line.encode(x=x, y=y, tooltip=hints, **lines))
    layers += [
        _band(name, tables[name], x, y, lines["color"]) for name in names if len(tables[name]) > 1
    ]
    if floor is not None:
        layers += _lower_bound(floor, longest, y)
    figure = alt.layer(*layers).properties(width=WIDE[0], height=WIDE[1])
    return themed(figure, title or "Error by step ahead", subtitle)


def _colours(names: list[str], reference: str | None) -> list[str]:
    """A colour for each model, grey for the reference."""
    bright = iter(PALETTE * (len(names) // len(PALETTE) + 1))
    return [QUIET if name == reference else next(bright) for name in names]


def _band(
    name: str, table: Float[np.ndarray, "run horizon"], x: alt.X, y: alt.Y, colour: alt.Color
) -> alt.Chart:
    """The band from the lowest to the highest run."""
    steps = table.shape[1]
    data = records(
        {
            "model": [name] * steps,
            "k": list(range(1, steps + 1)),
            "error": np.nanmin(table, 0),
            "high": np.nanmax(table, 0),
        }
    )
    return alt.Chart(data).mark_area(opacity=0.15).encode(x=x, y=y, y2="high:Q", color=colour)


def _lower_bound(floor: float, longest: int, y: alt.Y) -> list[alt.Chart]:
    """A line at the error that no model can beat, and its name at the right end."""
    base = alt.Chart(
        records({"k": [max(longest, 2)], "error": [float(floor)], "label": ["noise floor"]})
    )
    rule = base.mark_rule(color=QUIET, strokeWidth=1).encode(y=y)
    label = base.mark_text(align="right", baseline="top", dy=5, color=QUIET, fontSize=11).encode(
        x="k:Q", y=y, text="label:N"
    )
    return [rule, label]
