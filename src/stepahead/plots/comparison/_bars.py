"""Bar charts: one panel per measure, one bar per model."""

from collections.abc import Mapping, Sequence

import altair as alt

from ..._check import Refusal
from .._axes import LABELS, records
from .._theme import INK, PALETTE, WIDE, Figure, themed

ROW, GAP = 24, 28
"""Height of a bar with its margin, and the space between panels, in pixels."""


def bars_plot(
    measures: Mapping[str, Mapping[str, float]], *, title: str, subtitle: str | None = None
) -> Figure:
    """Draw `measures[measure][name]` as bars from 0: one panel per measure, the names on the left
    in the order of the first measure.

    >>> figure = bars_plot(
    ...     {"MSE": {"linear": 0.05, "GRU": 0.04}, "weights": {"linear": 5, "GRU": 900}},
    ...     title="Two models",
    ... )
    >>> len(figure.concat), figure.concat[1].data["label"].tolist()
    (2, ['5', '900'])
    """
    if not measures or not all(measures.values()):
        raise Refusal(
            "`measures` must hold at least one measure of at least one thing, but something is "
            "empty."
        )
    names = list(next(iter(measures.values())))
    panels = bar_panels(measures, names, dict.fromkeys(names, PALETTE[0]))
    return themed(alt.concat(*panels, columns=len(panels), spacing=GAP), title, subtitle)


def bar_panels(
    measures: Mapping[str, Mapping[str, float]], names: Sequence[str], colours: Mapping[str, str]
) -> list[alt.LayerChart | alt.FacetChart]:
    """One panel per measure; names are at the first panel, and each value is at the end of its
    bar."""
    width = (WIDE[0] - GAP * (len(measures) - 1)) // len(measures)
    panels = []
    for number, (measure, values) in enumerate(measures.items()):
        shown = [name for name in names if name in values]
        data = records(
            {
                "name": shown,
                "value": [float(values[name]) for name in shown],
                "label": [_label(float(values[name])) for name in shown],
                "colour": [colours[name] for name in shown],
            }
        )
        axis = (
            alt.Axis(
                labelLimit=240,
                labelColor=INK,
                labelFontSize=12,
                ticks=False,
                domain=False,
                grid=False,
            )
            if number == 0
            else None
        )
        most = max(data["value"].max(), 1e-12) * 1.3
        y = alt.Y("name:N", sort=list(names), title=None, axis=axis)
        x = alt.X(
            "value:Q",
            title=measure,
            scale={"domain": [0, most], "nice": False},
            axis={"tickCount": 3, "labelExpr": LABELS, "grid": False},
        )
        base = alt.Chart(data).encode(x=x, y=y)
        bars = base.mark_bar(height={"band": 0.62}, opacity=0.85).encode(
            color=alt.Color("colour:N", scale=None)
        )
        text = base.mark_text(align="left", dx=4, color=INK, fontSize=11).encode(text="label:N")
        panels.append(alt.layer(bars, text).properties(width=width, height=ROW * len(names)))
    return panels


def _label(value: float) -> str:
    """Whole numbers unchanged, others with three significant digits.

    >>> _label(16_320.0), _label(0.04951), _label(12.3456)
    ('16,320', '0.0495', '12.3')
    """
    return f"{value:,.0f}" if value == round(value) else f"{value:.3g}"
