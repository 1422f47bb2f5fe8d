"""The report of hidden states: their path over the series, the states, the transitions between
them, and the probable next states."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from .._axes import Columns, column
from ..series import by_column, states_plot
from ._html import Markup, element
from ._page import chart, drawing_program, page
from ._report import Provenance
from ._report_parts import part, provenance_part, table, words
from ._states_parts import states_part, steps_part

DRAWN = 6
"""The number of series that are drawn, and whose next states are listed."""

AHEAD = (1, 2, 3, 5, 10, 20, 50)
"""The steps ahead for which the probability of every state is listed."""


@dataclass(frozen=True, eq=False)
class StatesReport:
    """The contents of the page.

    `path` has the columns unique_id, ds, those of the values (`columns`), state, and p1, p2, …, the
    probability of every state; `summary` has a row for every state: state, share, steps, and the
    mean and standard deviation of the values in it; `transition[i, j]` is the probability that
    state i + 1 is followed by j + 1. `target` is the title of the axis of values.
    """

    path: Columns
    summary: Columns
    transition: Float[np.ndarray, "state state"]
    provenance: Provenance
    target: str = "y"
    columns: Sequence[str] = ("y",)
    facts: Sequence[str] = ()


def states_report_html(report: StatesReport, drawing: str | None = None) -> str:
    """Write the report as one HTML page that needs no network; all text in it is escaped.

    `drawing` is the result of `drawing_program()`, which is called if it is not given.
    """
    ids = column(report.path, "unique_id")
    names = list(dict.fromkeys(ids.tolist()))
    count = len(report.transition)
    states = f"{count} hidden state{'s' if count != 1 else ''}"
    title = f"{names[0]}: {states}" if len(names) == 1 else f"{len(names):,} series: {states}"
    return page(
        title,
        element(
            "header",
            element("p", "Hidden states", class_="kicker"),
            element("h1", title),
            words(*report.facts),
        ),
        _path(report, names),
        states_part(
            report.summary,
            "Each step counts for every state as much as the state is probable there. Steps: the "
            "expected duration of a visit.",
            "step",
        ),
        steps_part(report.transition, "step"),
        _next(report, names, ids),
        provenance_part(report.provenance),
        drawing=drawing_program() if drawing is None else drawing,
    )


def _path(report: StatesReport, names: Sequence[str]) -> Markup:
    """The most probable path over each column of each series."""
    left = len(names) - DRAWN
    several = len(report.columns) > 1
    figures = [
        _drawn(report, name, values, f"path-{n}-{c}", several or len(names) > 1)
        for n, name in enumerate(names[:DRAWN])
        for c, values in enumerate(report.columns)
    ]
    return part(
        "The path of states",
        words(
            "Every value in the colour of its state on the most probable path.",
            f"{left:,} more series are not drawn." if left > 0 else "",
        ),
        *figures,
    )


def _drawn(report: StatesReport, name: str, values: str, key: str, titled: bool) -> Markup:
    several = len(report.columns) > 1
    label = (
        str(name)
        if not several
        else values
        if len(np.unique(column(report.path, "unique_id"))) == 1
        else f"{name}: {values}"
    )
    figure = states_plot(
        by_column(report.path, [values], [name]), target=values if several else report.target
    )
    said = f"{label}: every value in the colour of its state"
    return element(
        "figure",
        element("figcaption", label) if titled else None,
        chart(figure, key, said, height=200 if several else 300),
    )


def _next(report: StatesReport, names: Sequence[str], ids: np.ndarray) -> Markup:
    """The probability of every state some steps after the end of each series."""
    count = len(report.transition)
    posterior = np.stack([column(report.path, f"p{k + 1}") for k in range(count)], axis=1)
    head = ["", *(f"State {k + 1}" for k in range(count))]
    content: list[Markup] = []
    for name in names[:DRAWN]:
        now = posterior[np.flatnonzero(ids == name)[-1]].astype(np.float64)
        laws = [now, *(now @ np.linalg.matrix_power(report.transition, k) for k in AHEAD)]
        labels = ["last step", *(f"{k} step{'s' if k > 1 else ''} ahead" for k in AHEAD)]
        rows = [
            [label, *(f"{p:.1%}" for p in law)] for label, law in zip(labels, laws, strict=True)
        ]
        text = f"The state is {now.argmax() + 1} at the last step, with probability {now.max():.0%}"
        then = laws[1]
        content += [
            element("h3", str(name)) if len(names) > 1 else words(),
            words(
                f"{text}; one step later it is {then.argmax() + 1} with probability "
                f"{then.max():.0%}."
            ),
            element("div", table(head, rows), class_="scroll"),
        ]
    return part("What comes next", *content)
