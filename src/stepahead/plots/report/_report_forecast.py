"""The section of a report on the forecast: figures, and a table of the numbers."""

from collections.abc import Sequence

from ..._check import counted
from ...data import Panel
from .._theme import Figure
from .._thinned import MOST_POINTS
from ..forecasts import (
    Curve,
    forecast_plot,
)
from ..series import series_plot
from ._html import Markup, element, joined
from ._page import chart, legend
from ._report_parts import part, table, words
from ._words import columns_of, when

MOST_ROWS = 120
"""The number of rows of a forecast that are printed for one series; all are in the table of the
forecast."""


def forecast_part(drawn: Sequence[Curve], panel: Panel, *, named: bool) -> Markup:
    """History and forecast of the drawn curves, the whole history of a single curve, and a table of
    the forecast."""
    count = len(panel) * panel.channels
    how = "as asked for" if named else "from the steadiest to the most variable of the longer ones"
    which = (
        f"{len(drawn)} of {count:,} {'series' if panel.channels == 1 else 'curves'} are drawn, "
        f"{how}."
        if count > len(drawn)
        else ""
    )
    bounds = " and ".join(f"{level}%" for level in reversed(drawn[0].bounds))
    shading = (
        f"The shaded ranges hold {bounds} of the outcomes that the model expects." if bounds else ""
    )
    figures = [_forecast_figure(curve) for curve in drawn]
    if len(drawn) == 1:
        body = [
            _curve_figure(drawn[0], figures[0], "forecast", height=340),
            _whole_history(drawn[0]),
        ]
    else:
        each = [
            _curve_figure(curve, figure, f"forecast-{n}", height=230)
            for n, (curve, figure) in enumerate(zip(drawn, figures, strict=True))
        ]
        body = [legend(figures[0]), element("div", *each, class_="grid")]
    return part(
        "History and forecast", words(which, shading), *body, _forecast_tables(drawn, panel)
    )


def _recent(curve: Curve) -> int:
    """The number of past steps in the forecast's figure: all if they are few, else five
    horizons."""
    return (
        len(curve.times)
        if len(curve.times) <= max(300, 10 * len(curve.ahead))
        else max(5 * len(curve.ahead), 120)
    )


def _forecast_figure(curve: Curve) -> Figure:
    return forecast_plot(
        curve.history(), curve.forecast(), recent=_recent(curve), target=curve.channel
    )


def _curve_figure(curve: Curve, figure: Figure, name: str, *, height: int) -> Markup:
    """The figure of a curve; if it is one of several, with a caption and without its own legend."""
    recent, alone = _recent(curve), name == "forecast"
    cut = (
        f"the last {recent:,} of {counted(len(curve.times), 'step')}, then "
        if recent < len(curve.times)
        else ""
    )
    label = f"{curve.label}: {cut}the forecast of {counted(len(curve.ahead), 'step')}"
    caption = None if alone else element("figcaption", curve.label)
    return element("figure", caption, chart(figure, name, label, height=height, legend=alone))


def _whole_history(curve: Curve) -> Markup | None:
    """The whole history, if the forecast's figure shows only its end."""
    total = len(curve.times)
    if _recent(curve) == total:
        return None
    figure = series_plot(curve.history(), target=curve.channel)
    thin = (
        f"The line is drawn through about {MOST_POINTS:,} of {counted(total, 'step')}; no extreme "
        "is left out."
        if total > MOST_POINTS
        else ""
    )
    drawn = chart(figure, "history", f"All {counted(total, 'step')} of {curve.label}", height=220)
    return joined(
        element("h3", "The whole history"),
        element("figure", drawn),
        element("p", thin, class_="note") if thin else None,
    )


def _forecast_tables(drawn: Sequence[Curve], panel: Panel) -> Markup:
    """The forecast as collapsed tables, one for each curve; a single short one is expanded."""
    unfolded = len(drawn) == 1 and len(drawn[0].ahead) <= 24
    folded = []
    for curve in drawn:
        ends = [
            (f"{end} {level}%", values[k])
            for level, values in reversed(curve.bounds.items())
            for k, end in enumerate(("low", "high"))
        ]
        columns = columns_of(
            [values[:MOST_ROWS] for values in (curve.expected, *(values for _, values in ends))]
        )
        head = ["", "forecast", *(name for name, _ in ends)]
        rows = list(
            zip(
                [when(stamp, panel.frequency) for stamp in curve.ahead[:MOST_ROWS]],
                *columns,
                strict=True,
            )
        )
        more = (
            f"{len(curve.ahead) - MOST_ROWS:,} more steps are in the forecast's table."
            if len(curve.ahead) > MOST_ROWS
            else ""
        )
        name = "Forecast values" if len(drawn) == 1 else curve.label
        body = joined(
            element("div", table(head, rows), class_="scroll"),
            element("p", more, class_="note") if more else None,
        )
        folded.append(
            element(
                "details",
                element("summary", name),
                body,
                class_="fold",
                open="open" if unfolded else None,
            )
        )
    return element(
        "div",
        element("h3", "Forecast values") if len(drawn) > 1 else None,
        *folded,
        class_=None if unfolded else "on-screen",
    )
