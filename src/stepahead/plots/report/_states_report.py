"""The report of hidden states: the path over the series, the states, the steps between them, and
the state that comes next."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from .._axes import Columns, column
from ..series import states_plot
from ..tokens import transitions_plot
from ._html import Markup, element
from ._page import chart, drawing_program, page
from ._report import Provenance
from ._report_parts import part, provenance_part, table, words
from ._words import number

DRAWN = 6
"""Series that are drawn, and whose next states are told."""

AHEAD = (1, 2, 3, 5, 10, 20, 50)
"""Steps ahead at which the probability of every state is told."""


@dataclass(frozen=True, eq=False)
class StatesReport:
    """Contents of the page. `path` has the columns unique_id, ds, `target`, state, and p1, p2, …,
    the probability of every state; `summary` a row for every state: state, share, steps, and the
    mean and deviation of the values in it; `transition[i, j]` is the probability that state i + 1
    is followed by j + 1."""

    path: Columns
    summary: Columns
    transition: Float[np.ndarray, "state state"]
    provenance: Provenance
    target: str = "y"
    facts: Sequence[str] = ()


def states_report_html(report: StatesReport, drawing: str | None = None) -> str:
    """Write the report as one HTML page that opens without a network; every text in it is shown as
    text.

    `drawing` is what `drawing_program()` returned, which is called where it is not given.
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
        _summary(report),
        _steps(report),
        _next(report, names, ids),
        provenance_part(report.provenance),
        drawing=drawing_program() if drawing is None else drawing,
    )


def _path(report: StatesReport, names: Sequence[str]) -> Markup:
    """The most probable path over each series."""
    left = len(names) - DRAWN
    figures = [
        element(
            "figure",
            element("figcaption", str(name)) if len(names) > 1 else None,
            chart(
                states_plot(report.path, ids=[name], target=report.target),
                f"path-{n}",
                f"{name}: every value in the colour of its state",
                height=300,
            ),
        )
        for n, name in enumerate(names[:DRAWN])
    ]
    return part(
        "The path of states",
        words(
            "Every value in the colour of its state on the most probable path.",
            f"{left:,} more series are not drawn." if left > 0 else "",
        ),
        *figures,
    )


def _summary(report: StatesReport) -> Markup:
    """A row for every state."""
    known = [str(key) for key in report.summary.keys()]  # noqa: SIM118
    headings = {"state": "State", "share": "Share of all steps", "steps": "Steps, on average"}
    head = [headings.get(name, name.capitalize()) for name in known]
    rows = [
        [_cell(name, column(report.summary, name)[n]) for name in known]
        for n in range(len(report.transition))
    ]
    return part(
        "The states",
        words(
            "Each step counts for every state as much as the state is probable there. Steps: the "
            "expected duration of a visit."
        ),
        element("div", table(head, rows), class_="scroll"),
    )


def _cell(name: str, value: float) -> str:
    if name == "state":
        return str(int(value))
    return f"{value:.1%}" if name == "share" else "∞" if np.isinf(value) else number(value)


def _steps(report: StatesReport) -> Markup:
    """The transition matrix."""
    names = [str(k + 1) for k in range(len(report.transition))]
    figure = transitions_plot(report.transition, names)
    drawn = chart(
        figure,
        "transitions",
        "Probability of each state after each state",
        height=max(160, 44 * len(names) + 90),
        legend=False,
    )
    return part(
        "From step to step",
        words("The probability of each state (column) one step after each state (row)."),
        element("figure", drawn),
    )


def _next(report: StatesReport, names: Sequence[str], ids: np.ndarray) -> Markup:
    """The probability of every state at steps after the last one of each series."""
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
