"""Several predictions drawn over the data."""

from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np
from jaxtyping import Float, Shaped

from ..._check import Refusal
from .._axes import in_legend, positions, records, seen_lines, time_axis, value_axis
from .._theme import INK, PALETTE, QUIET, WIDE, Figure, themed


def overlay_plot(
    times: Shaped[np.ndarray, " time"],
    data: Float[np.ndarray, " _time"],
    predictions: Mapping[str, Float[np.ndarray, " _time"]],
    *,
    origin: Any = None,
    origin_label: str = "nothing seen from here on",
    target: str = "y",
    time: str | None = None,
    title: str | None = None,
    subtitle: str | None = None,
) -> Figure:
    """Draw predictions and the data at these `times` on one axis; NaN where there is no prediction.

    `origin` is a time to mark by a dashed line, usually the last one that was available to the
    predictions, and `origin_label` is its label. `target` and `time` name the axes with their
    units.

    >>> figure = overlay_plot(
    ...     np.arange(3),
    ...     np.array([1.0, 2.0, 3.0]),
    ...     {"1 step": np.array([np.nan, 1.1, 2.1])},
    ...     origin=0,
    ... )
    >>> bool(np.isnan(figure.layer[2].data["y"][0]))
    True
    """
    wrong = {name: len(values) for name, values in predictions.items() if len(values) != len(times)}
    if len(data) != len(times) or wrong:
        raise Refusal(
            f"`data` and every prediction must have one value for each of the {len(times)} "
            f"`times`, but these differ: {wrong or len(data)}."
        )
    names = ["data", *predictions]
    colours = ["#AEB6C1", *(PALETTE * (len(names) // len(PALETTE) + 1))[: len(names) - 1]]
    scale = {"domain": names, "range": colours}
    x, y = time_axis(times, "t", time), value_axis("y", target)
    layers = []
    for name, given in {"data": data, **predictions}.items():
        values = np.asarray(given, dtype=np.float64)
        lines = seen_lines(times, values, x, y, name, width=1.3 if name == "data" else 2.0)
        layers += [in_legend(layer, name, scale) for layer in lines]
    if origin is not None:
        base = alt.Chart(
            records(
                {"t": positions(np.asarray([origin]).astype(times.dtype)), "label": [origin_label]}
            )
        )
        layers.append(base.mark_rule(color=QUIET, strokeDash=[3, 3]).encode(x=x))
        layers.append(
            base.mark_text(align="left", baseline="top", dx=6, dy=4, color=INK, fontSize=11).encode(
                x=x, y=alt.value(0), text="label:N"
            )
        )
    figure = alt.layer(*layers).properties(width=WIDE[0], height=WIDE[1])
    return themed(figure, title or "Predictions over the data", subtitle)
