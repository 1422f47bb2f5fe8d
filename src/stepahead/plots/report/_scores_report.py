"""The report of scores of texts or translations: the measures, their distribution, their change
with length or distance, and examples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from ..comparison import learning_curve_plot
from ..forecasts import histogram
from ._html import Markup, element
from ._page import chart, drawing_program, page
from ._report import Provenance
from ._report_parts import part, provenance_part, table, words
from ._words import number

Rows = Sequence[Mapping[str, Any]]

FEW = 8
"""With fewer values than this there is no histogram."""


@dataclass(frozen=True, eq=False)
class Spread:
    """A histogram: the values, and the title of their axis."""

    values: Float[np.ndarray, " value"]
    quantity: str


@dataclass(frozen=True, eq=False)
class Course:
    """Curves by name at the same `places`, and the titles of both axes."""

    curves: Mapping[str, Float[np.ndarray, " _place"]]
    places: Float[np.ndarray, " _place"]
    measure: str
    unit: str


@dataclass(frozen=True, eq=False)
class ScoresReport:
    """The contents of the page: what was evaluated (`kind`, `title`), sentences, the measures as
    rows, and parts, each with a heading, a sentence, and a `Spread`, a `Course` or rows of a table.
    A part without rows or with few values is left out."""

    kind: str
    title: str
    facts: Sequence[str]
    explained: str
    measures: Rows
    parts: Sequence[tuple[str, str, Spread | Course | Rows]]
    provenance: Provenance


def scores_report_html(report: ScoresReport, drawing: str | None = None) -> str:
    """Write the report as one HTML page that needs no network; all text in it is escaped.

    `drawing` is the result of `drawing_program()`, which is called if it is not given.
    """
    drawn = (_part(number, *each) for number, each in enumerate(report.parts))
    return page(
        report.title,
        element(
            "header",
            element("p", report.kind, class_="kicker"),
            element("h1", report.title),
            words(*report.facts),
        ),
        part("Scores", words(report.explained), _table(report.measures)),
        *(each for each in drawn if each is not None),
        provenance_part(report.provenance),
        drawing=drawing_program() if drawing is None else drawing,
    )


def _part(place: int, title: str, sentence: str, content: Spread | Course | Rows) -> Markup | None:
    """One part, or None if it is empty."""
    if isinstance(content, Spread):
        if len(content.values) < FEW:
            return None
        figure = histogram(content.values, content.quantity)
        return part(title, words(sentence), _drawn(figure, place, title, 230))
    if isinstance(content, Course):
        figure = learning_curve_plot(
            content.curves,
            epochs=content.places,
            measure=content.measure,
            unit=content.unit,
            logarithmic=False,
        )
        return part(title, words(sentence), _drawn(figure, place, title, 280))
    return part(title, words(sentence), _table(content, "scroll texts")) if content else None


def _drawn(figure: Any, place: int, title: str, height: int) -> Markup:
    return element("figure", chart(figure, f"part-{place}", title, height=height))


def _table(rows: Rows, kind: str = "scroll") -> Markup:
    head = [str(name).replace("_", " ") for name in rows[0]]
    body = [[_cell(value) for value in row.values()] for row in rows]
    return element("div", table(head, body), class_=kind)


def _cell(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    return "" if np.isnan(value) else number(value)
