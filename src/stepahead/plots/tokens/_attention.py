"""Attention weights of a translation: one row per target token, one column per source token."""

from collections.abc import Sequence

import altair as alt
import numpy as np
from jaxtyping import Float

from ..._check import Refusal
from .._axes import CATEGORIES, records
from .._theme import PALETTE, Figure, themed


def attention_plot(
    weights: Float[np.ndarray, "target source"],
    source: Sequence[str],
    target: Sequence[str],
    *,
    title: str | None = None,
    subtitle: str | None = None,
) -> Figure:
    """Draw `weights[i, j]`, the attention of target token i to source token j, darker for more;
    each row sums to 1.

    `TranslationModel.attention(text)` gives all three: `attention_plot(*model.attention(text))`.

    >>> figure = attention_plot(np.array([[0.9, 0.1], [0.2, 0.8]]), ["ein", "ein"], ["a", "</s>"])
    >>> figure.data["source"].tolist()  # the same word twice is two columns
    ['1 ein', '2 ein', '1 ein', '2 ein']
    """
    if weights.shape != (len(target), len(source)):
        raise Refusal(
            f"`weights` must have a row for each of {len(target)} tokens of the target and a "
            f"column for each of {len(source)} of the "
            f"source, but it is {weights.shape}."
        )
    columns, rows = _numbered(source), _numbered(target)
    cells = records(
        {
            "target": np.repeat(rows, len(columns)),
            "source": np.tile(columns, len(rows)),
            "weight": weights.ravel(),
        }
    )
    label = "substring(datum.label, indexof(datum.label, ' ') + 1)"
    axis = {**CATEGORIES, "labelExpr": label, "labelFontSize": 12}
    colour = alt.Color(
        "weight:Q",
        scale={"interpolate": "rgb", "range": ["#FFFFFF", PALETTE[0]], "domain": [0, 1]},
        legend={"title": "weight", "format": ".1f"},
    )
    base = alt.Chart(cells).encode(
        x=alt.X(
            "source:N",
            sort=columns,
            title="source",
            axis={**axis, "orient": "top", "labelAngle": -50},
        ),
        y=alt.Y("target:N", sort=rows, title="target", axis=axis),
    )
    heat = base.mark_rect(stroke="#E8EAED").encode(
        color=colour, tooltip=["target:N", "source:N", alt.Tooltip("weight:Q", format=".3f")]
    )
    side = float(np.clip(560 / max(weights.shape), 12, 34))
    return themed(
        alt.layer(heat, data=cells).properties(width={"step": side}, height={"step": side}),
        title or "Attention",
        subtitle,
    )


def _numbered(tokens: Sequence[str]) -> list[str]:
    """Tokens with their number in front, so that equal ones stay distinct; the mark of subwords
    becomes a space."""
    return [
        f"{place} {token.replace('▁', ' ').strip() or '␣'}" for place, token in enumerate(tokens, 1)
    ]
