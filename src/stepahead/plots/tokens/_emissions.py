"""Tokens that hidden states emit: for each state the bars of its most probable tokens."""

from collections.abc import Sequence

import altair as alt

from ..._check import Refusal
from .._axes import records, side_by_side
from .._theme import INK, PALETTE, SMALL, Figure, themed
from ._next_tokens import ROW

Emitted = Sequence[tuple[Sequence[str], Sequence[float]]]
"""Of every state its most probable tokens, and their probabilities."""


def emissions_plot(
    emitted: Emitted, *, title: str | None = None, subtitle: str | None = None
) -> Figure:
    """Draw the most probable tokens of every hidden state, each state in its colour.

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
    shown = [token if token.strip() else "␣" for token in tokens]
    data = records(
        {
            "token": shown,
            "p": [float(p) for p in probabilities],
            "label": [f"{p:.1%}" for p in probabilities],
        }
    )
    y = alt.Y(
        "token:N",
        sort=shown,
        title=None,
        axis={"ticks": False, "domain": False, "grid": False, "labelLimit": 110},
    )
    x = alt.X(
        "p:Q",
        title="probability",
        scale={"domain": [0, most * 1.15], "nice": False},
        axis={"tickCount": 4, "format": "%"},
    )
    base = alt.Chart(data).encode(x=x, y=y)
    bars = base.mark_bar(color=PALETTE[place % len(PALETTE)], cornerRadiusEnd=2).encode(
        tooltip=["token:N", alt.Tooltip("p:Q", format=".4f")]
    )
    label = base.mark_text(align="left", dx=4, color=INK, fontSize=11).encode(text="label:N")
    return alt.layer(bars, label).properties(width=SMALL[0] - 60, height=ROW * len(shown))
