"""The report of a classifier: scores, confusion matrix, calibration, and accuracy by the share of
the sequence that was read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any, NamedTuple

import altair as alt
import numpy as np
from jaxtyping import Int

from .._axes import records
from .._theme import INK, PALETTE, Figure, themed
from ..tokens import confusion_plot
from ._html import Markup, element
from ._page import chart, drawing_program, page
from ._report import Provenance
from ._report_parts import part, provenance_part, table, words
from ._words import number

MOST_DRAWN = 30
"""The largest number of labels for which the confusion matrix is drawn."""

Rows = Sequence[Mapping[str, Any]]


class _Kind(NamedTuple):
    """The words for what is predicted."""

    name: str
    done: str
    baseline: str
    measures: str


KINDS = {
    "label": _Kind(
        "Classifier",
        "labelled",
        "the most frequent label alone",
        "With 95 % intervals by resampling the examples; the baseline says every label with its "
        "share. The log loss is in nats; the calibration error is the mean distance between the "
        "probability of the predicted label and the share that was right.",
    ),
    "tag": _Kind(
        "Tagger",
        "tagged",
        "the most frequent tag of each word",
        "With 95 % intervals by resampling sentences; the baseline gives each word its most "
        "frequent tag in the training text. Unknown words are those that the training text did "
        "not have; whole sentences have every tag right; the log loss is in nats a word.",
    ),
}


@dataclass(frozen=True, eq=False)
class LabelReport:
    """The contents of the page: rows of `judged_labels`, `judged_early` and `judged_tags` (from
    `labelling`), the data of the evaluation ("40 examples"), and what is predicted, a label or a
    tag. A part without rows is left out."""

    title: str
    examples: str
    names: Sequence[str]
    measures: Rows
    labels: Rows
    confusion: Int[np.ndarray, "label label"]
    calibration: Rows
    early: Rows
    provenance: Provenance
    kind: str = "label"


def label_report_html(report: LabelReport, drawing: str | None = None) -> str:
    """Write the report as one HTML page that needs no network.

    `drawing` is the result of `drawing_program()`, which is called if it is not given.
    """
    return page(
        report.title,
        element(
            "header",
            element("p", KINDS[report.kind].name, class_="kicker"),
            element("h1", report.title),
            words(_summary(report)),
        ),
        part(
            "Scores",
            words(KINDS[report.kind].measures),
            _table(report.measures),
        ),
        part(f"Scores by {report.kind}", _table(report.labels)),
        *_confusion(report),
        part(
            "Calibration",
            words(
                f"On the dashed line, probabilities are shares: of {report.kind}s said with 80 %,"
                " 80 % are right."
            ),
            _drawn(
                calibration_plot(report.calibration), "calibration", "Share right by probability"
            ),
        ),
        *_early(report),
        provenance_part(report.provenance),
        drawing=drawing_program() if drawing is None else drawing,
    )


def _summary(report: LabelReport) -> str:
    first = report.measures[0]
    return (
        f"{first['value']:.1%} of {report.examples} are {KINDS[report.kind].done} right (95 % "
        f"interval {first['low']:.1%} to {first['high']:.1%})"
        + ("." if isnan(first["baseline"]) else f"; {KINDS[report.kind].baseline} gives ")
        + ("" if isnan(first["baseline"]) else f"{first['baseline']:.1%}.")
    )


def _early(report: LabelReport) -> list[Markup]:
    if not report.early:
        return []
    return [
        part(
            "Early classification",
            words("How often the label is right when the first part of each sequence is seen."),
            _drawn(early_plot(report.early), "early", "Accuracy by share of the sequence seen"),
        )
    ]


def _table(rows: Rows) -> Markup:
    head = [str(name).replace("_", " ") for name in rows[0]]
    body = [
        [number(value) if isinstance(value, float) else str(value) for value in row.values()]
        for row in rows
    ]
    return element("div", table(head, body), class_="scroll")


def _confusion(report: LabelReport) -> list[Markup]:
    if len(report.names) > MOST_DRAWN:
        return []
    figure = confusion_plot(report.confusion, report.names)
    return [part("Confusion", _drawn(figure, "confusion", "True labels by predicted labels", 460))]


def _drawn(figure: Figure, name: str, label: str, height: int = 280) -> Markup:
    return element("figure", chart(figure, name, label, height=height, legend=False))


def calibration_plot(rows: Rows) -> Figure:
    """Draw the share of correct predictions by the probability of the predicted label; the size of
    a point is the number of examples.

    >>> calibration_plot([{"probability": 0.8, "right": 0.7, "examples": 10}]).title.text
    'Calibration'
    """
    names = ("probability", "right", "examples")
    points = alt.Chart(records({name: [row[name] for row in rows] for name in names})).encode(
        x=alt.X("probability:Q", scale={"domain": [0, 1]}, title="probability of the label"),
        y=alt.Y("right:Q", scale={"domain": [0, 1]}, title="share right"),
        size=alt.Size("examples:Q", legend=None),
    )
    ends = records({"probability": [0.0, 1.0], "right": [0.0, 1.0]})
    line = alt.Chart(ends).mark_line(strokeDash=[4, 4], color=INK, strokeWidth=1)
    line = line.encode(x="probability:Q", y="right:Q")
    drawn = alt.layer(line, points.mark_circle(color=PALETTE[0], opacity=0.9))
    return themed(drawn.properties(width=420, height=280), "Calibration", None)


def early_plot(rows: Rows) -> Figure:
    """Draw the accuracy by the share of each sequence that was read.

    >>> early_plot([{"share": 0.5, "accuracy": 0.7}, {"share": 1.0, "accuracy": 0.9}]).title.text
    'Accuracy by the share seen'
    """
    table = records({name: [row[name] for row in rows] for name in ("share", "accuracy")})
    base = alt.Chart(table).encode(
        x=alt.X("share:Q", axis={"format": "%"}, title="share of the sequence seen"),
        y=alt.Y("accuracy:Q", scale={"domain": [0, 1]}, title="accuracy"),
    )
    line = base.mark_line(color=PALETTE[0])
    drawn = alt.layer(line, base.mark_circle(color=PALETTE[0], size=60))
    return themed(drawn.properties(width=420, height=280), "Accuracy by the share seen", None)
