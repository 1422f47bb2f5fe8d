"""Perplexity by order, which shows the order beyond which a longer context does not help."""

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np

from ..._check import Refusal
from .._axes import log_axis, records, side_by_side
from .._theme import PALETTE, SMALL, Figure, themed

HEIGHT = 250


def perplexity_plot(
    perplexities: Mapping[str, Mapping[str, Sequence[float]]],
    *,
    measure: str = "perplexity",
    first: int = 1,
    title: str | None = None,
    subtitle: str | None = None,
) -> Figure:
    """Draw the perplexity of models of order `first`, `first` + 1, …: one panel for each text and
    one line for each kind of model.

    `perplexities[text][model]` are the values by order; `measure` is the title of their axis. A
    ring marks the lowest value of each line: beyond it a longer context does not help. The axes are
    logarithmic, and each text has its own. Values that are not finite are left out.

    >>> figure = perplexity_plot({"words": {"Kneser-Ney": [600.0, 186.0, 148.0, 149.0]}})
    >>> figure.concat[0].layer[0].layer[1].data.values.tolist()
    [['Kneser-Ney', 3, 148.0]]
    """
    if not perplexities or not all(perplexities.values()):
        raise Refusal(
            "`perplexities` must hold at least one text with at least one model, but something is "
            "empty."
        )
    names = list(dict.fromkeys(name for lines in perplexities.values() for name in lines))
    scale = {
        "domain": names,
        "range": [PALETTE[place % len(PALETTE)] for place in range(len(names))],
    }
    colour = alt.Color("model:N", scale=scale, sort=names, legend={"symbolType": "stroke"})
    panels = [_panel(lines, colour, measure, first) for lines in perplexities.values()]
    return themed(
        side_by_side(panels, list(perplexities)), title or "What more context is worth", subtitle
    )


def _panel(
    lines: Mapping[str, Sequence[float]], colour: alt.Color, measure: str, first: int
) -> alt.LayerChart | alt.FacetChart:
    """The lines of one text, and a ring at the lowest value of each."""
    rows = [
        (name, first + place, float(value))
        for name, values in lines.items()
        for place, value in enumerate(values)
        if np.isfinite(value)
    ]
    data = records(dict(zip(("model", "order", "value"), zip(*rows, strict=True), strict=True)))
    lowest = data.loc[data.groupby("model", sort=False)["value"].idxmin()]
    orders = sorted(data["order"].unique().tolist())
    x = alt.X(
        "order:Q",
        title="order n (n − 1 tokens of context)",
        axis={"values": orders, "format": "d", "labelFlush": False},
        scale={"nice": False},
    )
    y = log_axis("value", measure, data["value"].tolist())
    hints = ["model:N", "order:Q", alt.Tooltip("value:Q", title=measure, format=".4~g")]
    line = alt.Chart(data).mark_line(
        strokeWidth=2.2, point=alt.OverlayMarkDef(size=26, filled=True)
    )
    ring = alt.Chart(lowest).mark_point(size=130, strokeWidth=2, filled=False)
    layers = (part.encode(x=x, y=y, color=colour, tooltip=hints) for part in (line, ring))
    return alt.layer(*layers).properties(width=SMALL[0], height=HEIGHT)
