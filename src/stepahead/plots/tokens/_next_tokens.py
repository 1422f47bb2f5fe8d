"""Next-token probabilities: a bar for each of the most probable tokens."""

from collections.abc import Sequence

import altair as alt

from ..._check import Refusal
from .._axes import records
from .._theme import INK, PALETTE, SMALL, Figure, themed

ROW = 22
"""Height of a bar with its room, in pixels."""


def next_tokens_plot(
    tokens: Sequence[str],
    probabilities: Sequence[float],
    *,
    title: str,
    subtitle: str | None = None,
) -> Figure:
    """Draw the probability that each of `tokens` comes next, in the order given, as bars from 0.

    >>> figure = next_tokens_plot(["cat", "dog"], [0.6, 0.25], title="after: the")
    >>> figure.data["label"].tolist()
    ['0.6', '0.25']
    """
    if len(tokens) != len(probabilities) or not tokens:
        raise Refusal(
            f"There are {len(tokens)} tokens and {len(probabilities)} probabilities. Give one for "
            "each, and at least one."
        )
    shown = [token if token.strip() else f"{token!r}" for token in tokens]
    data = records(
        {
            "token": shown,
            "p": [float(p) for p in probabilities],
            "label": [f"{p:.2g}" for p in probabilities],
        }
    )
    y = alt.Y(
        "token:N",
        sort=shown,
        title=None,
        axis={"ticks": False, "domain": False, "grid": False, "labelLimit": 160},
    )
    x = alt.X(
        "p:Q",
        title="probability",
        scale={"domain": [0, max(probabilities) * 1.12]},
        axis={"tickCount": 5},
    )
    base = alt.Chart(data)
    bars = base.mark_bar(color=PALETTE[0], cornerRadiusEnd=2).encode(
        x=x, y=y, tooltip=["token:N", alt.Tooltip("p:Q", format=".4f")]
    )
    label = base.mark_text(align="left", dx=4, color=INK, fontSize=11).encode(
        x=x, y=y, text="label:N"
    )
    return themed(
        alt.layer(bars, label).properties(width=SMALL[0], height=ROW * len(shown)), title, subtitle
    )
