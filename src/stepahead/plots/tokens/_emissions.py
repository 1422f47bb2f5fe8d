"""Tokens that hidden states emit: bars of the most probable tokens of each state."""

from collections.abc import Sequence

import altair as alt

from ..._check import Refusal
from .._axes import side_by_side
from .._theme import PALETTE, SMALL, Figure, themed
from ._next_tokens import token_bars

Emitted = Sequence[tuple[Sequence[str], Sequence[float]]]
"""For every state its most probable tokens, and their probabilities."""


def emissions_plot(
    emitted: Emitted, *, title: str | None = None, subtitle: str | None = None
) -> Figure:
    """Draw the most probable tokens of every hidden state, each state in its colour. `emitted` has
    the tokens and the probabilities of each state.

    >>> figure = emissions_plot([(["e", "a"], [0.5, 0.25]), (["t", "n"], [0.3, 0.2])])
    >>> figure.concat[1].layer[0].data["token"].tolist()
    ['t', 'n']
    """
    if not emitted:
        raise Refusal("There is no state. Give the tokens of one at least.")
    panels = [emission_panel(emitted, place) for place in range(len(emitted))]
    names = [f"State {place + 1}" for place in range(len(emitted))]
    return themed(side_by_side(panels, names), title or "What each state emits", subtitle)


def emission_panel(emitted: Emitted, place: int) -> alt.LayerChart | alt.FacetChart:
    """The bars of one state; all states have the same axis."""
    tokens, probabilities = emitted[place]
    most = max(max(values) for _, values in emitted)
    return token_bars(
        [token if token.strip() else "␣" for token in tokens],
        probabilities,
        most=most,
        width=SMALL[0] - 60,
        color=PALETTE[place % len(PALETTE)],
        percent=True,
    )
