"""The style of every figure: fonts, colours, a light grid. It is set on each figure, not
globally."""

from typing import Any

import altair as alt

Figure = alt.LayerChart | alt.ConcatChart
"""The return type of every function of this package: an Altair chart, which notebooks show and
`save_figure` writes."""

INK = "#1F2937"
QUIET = "#6B7280"
GRID = "#E8EAED"
PALETTE = ("#2563EB", "#E0702E", "#0E9384", "#B4438F", "#7A6BD8", "#B8901B", "#475467", "#D23F57")
"""Colours that colour-blind readers can distinguish; the first is that of the forecast."""

FONT = "Inter, Helvetica Neue, Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif"

WIDE = (760, 320)
"""Width and height of a figure with one panel, in pixels."""

SMALL = (366, 190)
"""The same for each panel of small multiples."""


LOOK: dict[str, Any] = {
    "font": FONT,
    "view": alt.ViewConfig(stroke=None),
    "title": alt.TitleConfig(
        anchor="start",
        frame="group",
        fontSize=16,
        fontWeight=600,
        color=INK,
        subtitleFontSize=12,
        subtitleColor=QUIET,
        offset=14,
    ),
    "axis": alt.AxisConfig(
        domain=False,
        grid=True,
        gridColor=GRID,
        tickColor=GRID,
        labelColor=QUIET,
        labelFontSize=11,
        labelPadding=6,
        titleColor=INK,
        titleFontSize=12,
        titleFontWeight=500,
        titlePadding=10,
    ),
    "axisX": alt.AxisConfig(grid=False, domain=True, domainColor="#C4C9D0", tickColor="#C4C9D0"),
    "legend": alt.LegendConfig(
        orient="top",
        direction="horizontal",
        title=None,
        labelColor=INK,
        labelFontSize=12,
        symbolStrokeWidth=3,
        symbolSize=200,
        offset=8,
    ),
}


def themed(figure: Any, title: str | None = None, subtitle: str | None = None) -> Any:
    """Give a finished figure its title and the common style; every figure function calls it
    last."""
    if title is not None:
        figure = figure.properties(title=alt.Title(title, subtitle=subtitle or alt.Undefined))
    return figure.properties(background="white", padding=16).configure(**LOOK)


def tints(count: int) -> list[str]:
    """Shades of the forecast's colour for `count` nested intervals, the widest (lightest) first.

    >>> tints(2)
    ['#D3E0FB', '#A8C1F7']
    """
    red, green, blue = (int(PALETTE[0][i : i + 2], 16) for i in (1, 3, 5))
    shares = [0.2 * (i + 1) / max(count / 2, 1) for i in range(count)]
    return [
        "#" + "".join(f"{round(255 - (255 - part) * share):02X}" for part in (red, green, blue))
        for share in shares
    ]
