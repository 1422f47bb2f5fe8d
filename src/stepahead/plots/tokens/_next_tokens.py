"""Next-token probabilities: bars of the most probable tokens."""

from collections.abc import Sequence

import altair as alt

from ..._check import Refusal
from .._axes import records
from .._theme import INK, PALETTE, SMALL, Figure, themed

ROW = 22
"""Height of a bar with its margin, in pixels."""


def next_tokens_plot(
    tokens: Sequence[str],
    probabilities: Sequence[float],
    *,
    title: str,
    subtitle: str | None = None,
) -> Figure:
    """Draw the probability that each of `tokens` comes next as bars from 0, in the given order.

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
    bars = token_bars(shown, probabilities, most=max(probabilities), width=SMALL[0])
    return themed(bars, title, subtitle)


def token_bars(
    tokens: Sequence[str],
    probabilities: Sequence[float],
    *,
    most: float,
    width: int,
    color: str = PALETTE[0],
    percent: bool = False,
) -> alt.LayerChart | alt.FacetChart:
    """Bars from 0, one for each token in the given order, with its probability at the end; the axis
    has room for the probability `most` and its label."""
    shown = list(tokens)
    labels = [f"{p:.1%}" if percent else f"{p:.2g}" for p in probabilities]
    data = records({"token": shown, "p": [float(p) for p in probabilities], "label": labels})
    y = alt.Y(
        "token:N",
        sort=shown,
        title=None,
        axis={"ticks": False, "domain": False, "grid": False, "labelLimit": 160},
    )
    x = alt.X(
        "p:Q",
        title="probability",
        scale={"domain": [0, most * 1.15], "nice": False},
        axis={"tickCount": 4} | ({"format": "%"} if percent else {}),
    )
    base = alt.Chart(data).encode(x=x, y=y)
    bars = base.mark_bar(color=color, cornerRadiusEnd=2).encode(
        tooltip=["token:N", alt.Tooltip("p:Q", format=".4f")]
    )
    label = base.mark_text(align="left", dx=4, color=INK, fontSize=11).encode(text="label:N")
    return alt.layer(bars, label).properties(width=width, height=ROW * len(shown))
