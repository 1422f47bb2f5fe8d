"""The report of the hidden states of a text: the text in the colours of its states, the tokens that
each state emits, and the transitions between states."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from .._axes import Columns
from .._theme import PALETTE, themed
from ..tokens import ROW, Emitted, emission_panel
from ._html import Markup, element, joined
from ._page import chart, drawing_program, page
from ._report import Provenance
from ._report_parts import part, provenance_part, words
from ._states_parts import states_part, steps_part

SHOWN = 1500
"""The number of tokens of the text that are shown."""

PALE = "3d"
"""Opacity of a state's colour behind a token, as two hexadecimal digits."""


@dataclass(frozen=True, eq=False)
class TokenStatesReport:
    """The contents of the page.

    `lines` are the tokens of each line with the state of the best path, counted from 1; `gap` is
    the text between two tokens; `emitted` are the most probable tokens of every state with their
    probabilities; `summary` has a row for every state; `transition[i, j]` is the probability that
    state i + 1 is followed by j + 1.
    """

    name: str
    lines: Sequence[Sequence[tuple[str, int]]]
    gap: str
    emitted: Emitted
    summary: Columns
    transition: Float[np.ndarray, "state state"]
    provenance: Provenance
    facts: Sequence[str] = ()


def token_states_report_html(report: TokenStatesReport, drawing: str | None = None) -> str:
    """Write the report as one HTML page that needs no network; all text in it is escaped.

    `drawing` is the result of `drawing_program()`, which is called if it is not given.
    """
    count = len(report.transition)
    title = f"{report.name}: {count} hidden state{'s' if count != 1 else ''}"
    return page(
        title,
        element(
            "header",
            element("p", "Hidden states of a text", class_="kicker"),
            element("h1", title),
            words(*report.facts),
        ),
        _emitted(report),
        _text(report),
        states_part(
            report.summary,
            "Each token counts for every state as much as the state is probable there. Tokens, on "
            "average: the expected duration of a visit.",
            "token",
        ),
        steps_part(report.transition, "token"),
        provenance_part(report.provenance),
        drawing=drawing_program() if drawing is None else drawing,
    )


def _emitted(report: TokenStatesReport) -> Markup:
    """The bars of every state."""
    figures = []
    for place, (tokens, _) in enumerate(report.emitted):
        drawn = chart(
            themed(emission_panel(report.emitted, place)),
            f"emission-{place}",
            f"Most probable tokens of state {place + 1}",
            height=ROW * len(tokens) + 50,
            legend=False,
        )
        figures.append(element("figure", element("figcaption", f"State {place + 1}"), drawn))
    return part(
        "What each state emits",
        words("The most probable tokens in every state; ␣ is a space, </s> the end of a line."),
        element("div", *figures, class_="grid"),
    )


def _text(report: TokenStatesReport) -> Markup:
    """The beginning of the text; the background of every token is the colour of its state."""
    left, shown = SHOWN, []
    for line in report.lines:
        if left <= 0:
            break
        shown.append(element("p", *_line(line[:left], report.gap)))
        left -= len(line)
    total = sum(map(len, report.lines))
    entries = [
        element("li", element("i", style=f"background:{_pale(k + 1)}"), f"State {k + 1}")
        for k in range(len(report.transition))
    ]
    return part(
        "The path of states",
        words(
            "Every token in the colour of its state on the most probable path.",
            f"The first {SHOWN:,} of {total:,} tokens." if total > SHOWN else "",
        ),
        element("ul", *entries, class_="legend"),
        element("div", *shown, class_="path"),
    )


def _line(line: Sequence[tuple[str, int]], gap: str) -> list[Markup | str]:
    """Consecutive tokens of one state as one span, with the gaps between them inside."""
    runs: list[tuple[int, list[str]]] = []
    for token, state in line:
        if not runs or runs[-1][0] != state:
            runs.append((state, []))
        runs[-1][1].append(token)
    spans: list[Markup | str] = []
    for n, (state, tokens) in enumerate(runs):
        before = gap if n else ""
        title = f"state {state}"
        style = f"background:{_pale(state)}"
        spans.append(joined(before, element("span", gap.join(tokens), style=style, title=title)))
    return spans


def _pale(state: int) -> str:
    return PALETTE[(state - 1) % len(PALETTE)] + PALE
