"""Parts of the reports of hidden states: a row for every state, and the transitions between
them."""

from typing import Any

import numpy as np
from jaxtyping import Float

from .._axes import Columns, column
from ..tokens import transitions_plot
from ._html import Markup, element
from ._page import chart
from ._report_parts import part, table, words
from ._words import number

CELL = 44
"""Height of a row of the matrix, in pixels."""

HEADINGS = {
    "state": "State",
    "steps": "Steps, on average",
    "duration": "Tokens, on average",
    "tokens": "Most probable tokens",
}
"""Headings of columns whose names are not clear enough."""


def states_part(summary: Columns, sentence: str, unit: str) -> Markup:
    """A table with a row for every state; its share is that of all units (steps, tokens)."""
    known = [str(key) for key in summary.keys()]  # noqa: SIM118 - a protocol, no dict
    columns = {name: column(summary, name) for name in known}
    rows = [
        [_cell(name, values[n]) for name, values in columns.items()]
        for n in range(len(columns["state"]))
    ]
    headings = HEADINGS | {"share": f"Share of all {unit}s"}
    head = [headings.get(name, name.capitalize()) for name in known]
    return part("The states", words(sentence), element("div", table(head, rows), class_="scroll"))


def _cell(name: str, value: Any) -> str:
    if name == "state":
        return str(int(value))
    if isinstance(value, str):
        return value
    return f"{value:.1%}" if name == "share" else "∞" if np.isinf(value) else number(value)


def steps_part(transition: Float[np.ndarray, "state state"], unit: str) -> Markup:
    """The transition matrix from one `unit` (step, token) to the next."""
    names = [str(k + 1) for k in range(len(transition))]
    drawn = chart(
        transitions_plot(transition, names),
        "transitions",
        "Probability of each state after each state",
        height=CELL * len(names) + 70,
        legend=False,
    )
    return part(
        f"From {unit} to {unit}",
        words(f"The probability of each state (column) one {unit} after each state (row)."),
        element("figure", drawn, style=f"max-width:{max(260, 2 * CELL * len(names) + 60)}px"),
    )
