"""Sections of a report: a heading, a figure or a table, and a few sentences; and the sections on
training, residuals and origin."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...data import Panel
from ..comparison import learning_curve_plot
from ..forecasts import (
    Errors,
    clock,
    errors_histogram,
    errors_of,
    errors_over_time,
)
from ._html import Markup, element, joined
from ._page import chart
from ._report import Provenance, Residuals, Training
from ._words import number

FEW = 12
"""Fewer residuals than this are summarised without a figure."""


def part(title: str, *content: Markup | None) -> Markup:
    """A section of the page."""
    return element("section", element("h2", title), *content)


def words(*sentences: str) -> Markup:
    """A paragraph of sentences; empty ones are left out."""
    return element("p", " ".join(sentence for sentence in sentences if sentence))


def table(head: Sequence[str], rows: Sequence[Sequence[Any]], strong: int | None = None) -> Markup:
    """A table; the first column names its rows, and the row number `strong` is emphasised."""
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
