"""The sections of a report: each a heading, a figure or a table, and a few sentences."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..._check import counted
from ...data import Panel
from .._axes import MOST_POINTS, column
from .._theme import Figure
from ..comparison import error_by_step_plot, learning_curve_plot
from ..forecasts import (
    Curve,
    Errors,
    clock,
    errors_histogram,
    errors_of,
    errors_over_time,
    forecast_plot,
)
from ..series import series_plot
from ._html import Markup, element, joined
from ._page import chart, legend
from ._report import Comparison, Provenance, Residuals, Training
from ._words import columns_of, number, when

MOST_ROWS = 120
"""Rows of a forecast that are printed as numbers for one series; the others are in the forecast's
table."""

MOST_MODELS = 5
"""Models whose error by step ahead is drawn, besides the naive one."""

ALIKE = 0.01
"""Two models whose errors differ by no more than this share at every step ahead are drawn as one.
"""

FEW = 12
"""Fewer residuals than this are summed up without a figure."""

HEADINGS = {
    "mase": "Error (MASE)",
    "smape": "sMAPE, %",
    "mae": "MAE",
    "rmse": "RMSE",
    "pinball": "Pinball loss",
    "won": "Won",
    "seconds": "Seconds",
}


def part(title: str, *content: Markup | None) -> Markup:
    """A section of the page."""
    return element("section", element("h2", title), *content)


def words(*sentences: str) -> Markup:
    """A paragraph of sentences, empty ones left out."""
    return element("p", " ".join(sentence for sentence in sentences if sentence))


def forecast_part(drawn: Sequence[Curve], panel: Panel, *, named: bool) -> Markup:
    """History and forecast of the curves drawn, the whole history of a single curve, and the
    forecast as numbers."""
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
    """Steps of history in the forecast's figure: all of a short one, else the last five
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
    """The figure of a curve; with a caption and without a legend of its own where it is one of
    several."""
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
    """The whole history, where the forecast's figure shows only its end."""
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
    """The forecast as numbers, a table for each curve, folded; a single short one is open."""
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


def table(head: Sequence[str], rows: Sequence[Sequence[Any]], strong: int | None = None) -> Markup:
    """A table; the first column names its rows, the row `strong` is set off."""
    body = [
        element(
            "tr",
            element("th", row[0], scope="row"),
            *(element("td", cell) for cell in row[1:]),
            class_="strong" if n == strong else None,
        )
        for n, row in enumerate(rows)
    ]
    return element(
        "table",
        element("thead", element("tr", *(element("th", cell, scope="col") for cell in head))),
        element("tbody", *body),
    )


def comparison_part(comparison: Comparison, model: str) -> Markup:
    """The leaderboard, and the error by step ahead of the best models and of the naive one."""
    board = comparison.leaderboard
    names = [str(name) for name in column(board, "model").tolist()]
    known = [str(key) for key in board.keys()]  # noqa: SIM118
    shown = [name for name in known if name in HEADINGS or name.startswith("coverage-")]
    mase = (
        column(board, "mase").astype(np.float64) if "mase" in known else np.full(len(names), np.nan)
    )
    naive = mase[names.index(comparison.naive)] if comparison.naive in names else np.nan
    against = bool(naive > 0)
    head = [
        "Model",
        *([f"Against {comparison.naive}"] if against else []),
        *(_heading(name) for name in shown),
    ]
    rows = [
        [
            joined(name, element("span", "chosen", class_="chip")) if name == model else name,
            *([_bar(mase[n] / naive)] if against else []),
            *(_cell(key, column(board, key)[n]) for key in shown),
        ]
        for n, name in enumerate(names)
    ]
    origins = (
        f"at {comparison.origins} origin{'s' if comparison.origins != 1 else ''} "
        if comparison.origins
        else ""
    )
    text = words(
        f"Each model forecast {origins}inside the data, from the values before, and was compared "
        "with the values after.",
        (
            "MASE is the mean absolute error, divided by that of repeating the last season within "
            "the history: below 1 is better."
            if "mase" in known
            else ""
        ),
        (
            "Won is the share of comparisons in which a model had the smallest error."
            if "won" in known
            else ""
        ),
    )
    strong = names.index(model) if model in names else None
    board_drawn = element("div", table(head, rows, strong), class_="scroll board")
    return part("Models compared", text, board_drawn, _by_step(comparison, model, names))


def _heading(name: str) -> str:
    return HEADINGS.get(name) or f"Within {name.removeprefix('coverage-')}%"


def _cell(key: str, value: float) -> str:
    if key == "won" or key.startswith("coverage-"):
        return f"{value:.0%}" if np.isfinite(value) else "–"
    return (
        f"{value:.1f}"
        if key == "seconds"
        else f"{value:.3f}"
        if key == "mase" and np.isfinite(value)
        else number(value)
    )


def _bar(ratio: float) -> Markup:
    """A ratio to the naive error as a bar; 1 is marked, twice that fills the cell."""
    if not np.isfinite(ratio):
        return Markup("–")
    inside = element(
        "i",
        style=f"width:{min(ratio, 2) * 50:.1f}%",
        class_="same" if abs(ratio - 1) < 0.005 else "worse" if ratio > 1 else "better",
    )
    return joined(element("span", inside, class_="bar"), f"{ratio:.2f}")


def _by_step(comparison: Comparison, model: str, ranked: Sequence[str]) -> Markup | None:
    """The error by step of the chosen model, the best of the others and the naive one; without
    models equal to another, and without a single step."""
    errors = comparison.by_step
    if errors is None or len(column(errors, "step")) < 2:
        return None
    models = [str(name) for name in errors.keys() if str(name) != "step"]  # noqa: SIM118
    values = {name: column(errors, name).astype(np.float64) for name in models}
    ends = [model, *([comparison.naive] if comparison.naive else [])]
    distinct: list[str] = []
    for name in [name for name in dict.fromkeys([*ends, *ranked, *values]) if name in values]:
        if np.isfinite(values[name]).any() and not any(
            np.allclose(values[name], values[k], rtol=ALIKE, equal_nan=True) for k in distinct
        ):
            distinct.append(name)
    drawn = sorted(distinct[: MOST_MODELS + 1], key=lambda name: name == comparison.naive)
    lines = {name: values[name] for name in drawn}
    figure = error_by_step_plot(
        lines,
        measure=comparison.measure,
        reference=comparison.naive if comparison.naive in lines else None,
    )
    label = f"{comparison.measure} of {', '.join(lines)} at each step ahead"
    left = [name for name in values if name not in lines]
    text = words(
        "Error at each step ahead: where a line meets the dashed one, the naive forecast is as "
        "good.",
        f"Not drawn: {', '.join(left)}." if left else "",
    )
    return joined(
        element("h3", "Error by step ahead"),
        text,
        element("figure", chart(figure, "by-step", label, height=300)),
    )


def training_part(training: Training) -> Markup:
    """The learning curve, the number of epochs, and the reason why training stopped."""
    curves = {
        name: np.asarray(values, dtype=np.float64)
        for name, values in training.losses.items()
        if len(values)
    }
    if not curves:
        return part("Training", words(f"No epochs of training: {training.stopped}."))
    ran = max(len(values) for values in curves.values())
    sentence = (
        f"Training ran for {ran:,} {training.unit}{'s' if ran != 1 else ''}. It stopped:"
        f" {training.stopped.rstrip('.')}."
    )
    figure = learning_curve_plot(curves, unit=training.unit)
    return part(
        "Training",
        words(sentence),
        element("figure", chart(figure, "learning", f"Loss by {training.unit}", height=260)),
    )


def residuals_part(residuals: Residuals, panel: Panel) -> Markup:
    """The residuals over time, their histogram, and sentences on bias and autocorrelation."""
    errors = errors_of(residuals.table, panel.names[0] if panel.channels == 1 else "value")
    if errors is None:
        return part("Residuals", words("No step has both an actual and a fitted value."))
    errors = replace(errors, times=clock(panel, errors.times))
    if len(errors.values) < FEW:
        return part("Residuals", words(*_errors_in_words(errors, residuals.description)))
    over_time = chart(errors_over_time(errors), "residuals", "Residuals over time", height=230)
    histogram = chart(
        errors_histogram(errors), "histogram", "Histogram of the residuals", height=230
    )
    pair = element(
        "div",
        element("figure", element("figcaption", "Over time"), over_time),
        element("figure", element("figcaption", "Histogram"), histogram),
    )
    return part(
        "Residuals",
        words(*_errors_in_words(errors, residuals.description)),
        element("div", pair, class_="pair"),
    )


def _errors_in_words(errors: Errors, description: str) -> list[str]:
    """Sentences on the residuals: their number, bias, and autocorrelation at lag 1."""
    unit = " standard deviations" if errors.series > 1 else ""
    side = "too high" if errors.mean > 0 else "too low"
    biased = abs(errors.mean) > 0.1 * errors.spread
    of = (
        f" of {errors.series:,} series, each in its own standard deviation"
        if errors.series > 1
        else ""
    )
    autocorrelation = (
        f"The autocorrelation at lag 1 is {errors.neighbours:.2f}"
        if np.isfinite(errors.neighbours) and len(errors.values) >= FEW
        else ""
    )
    verdict = (
        ": something predictable is left in them."
        if abs(errors.neighbours) > 0.2
        else ": little that could be predicted is left in them."
    )
    return [
        (
            f"{len(errors.values):,} residuals{of}: fitted values ({description}) minus actual"
            " values. Above zero the model was too high."
        ),
        (
            f"On average the model was {number(abs(errors.mean))}{unit} {side}."
            if biased
            else "On average they are close to zero: no bias."
        ),
        autocorrelation + verdict if autocorrelation else "",
    ]


def provenance_part(provenance: Provenance) -> Markup:
    """Notes on data and assumptions, the command, and versions."""
    versions = ", ".join(
        f"{name} {version}" for name, version in (provenance.versions or {}).items()
    )
    last = " · ".join(
        text for text in (f"made {provenance.made}" if provenance.made else "", versions) if text
    )
    return joined(
        (
            part(
                "Data and assumptions",
                element("ul", *(element("li", line) for line in provenance.notes)),
            )
            if provenance.notes
            else None
        ),
        part("Command that makes this report", element("pre", element("code", provenance.command))),
        element("footer", last) if last else None,
    )
