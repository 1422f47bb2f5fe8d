"""Transition probabilities as a heat map."""

from collections.abc import Sequence

import altair as alt
import numpy as np
from jaxtyping import Float

from ..._check import Refusal
from .._axes import CATEGORIES, records
from .._theme import INK, PALETTE, Figure, themed

MOST_WORDS = 60
"""The largest number of rows or columns that can be read."""

WRITTEN = 16
"""Up to this many rows and columns, probabilities are written into the cells."""


def transitions_plot(
    matrix: Float[np.ndarray, "row column"],
    rows: Sequence[str],
    columns: Sequence[str] | None = None,
    *,
    title: str | None = None,
    subtitle: str | None = None,
) -> Figure:
    """Draw `matrix[i, j]`, the probability that `rows[i]` is followed by `columns[j]` (by default
    the same tokens), darker for larger ones.

    The colour follows the square root of the probability, so that small ones differ visibly from 0.

    >>> figure = transitions_plot(np.array([[0.0, 1.0], [0.5, 0.5]]), ["a", "b"])
    >>> figure.data["label"].tolist()
    ['', '1', '.5', '.5']
    """
    columns = list(rows) if columns is None else list(columns)
    rows = list(rows)
    if matrix.shape != (len(rows), len(columns)):
        raise Refusal(
            f"`matrix` must have a row for each of {len(rows)} and a column for each of "
            f"{len(columns)} tokens, but it is {matrix.shape}."
        )
    if max(matrix.shape) > MOST_WORDS:
        raise Refusal(
            f"A heat map of {matrix.shape[0]} × {matrix.shape[1]} cannot be read. Draw the "
            f"{MOST_WORDS} most frequent tokens, or fewer."
        )
    first, second = (_visible(names) for names in (rows, columns))
    cells = records(
        {
            "from": np.repeat(first, len(second)),
            "to": np.tile(second, len(first)),
            "p": matrix.ravel(),
            "label": [
                f"{p:.2f}".lstrip("0").rstrip("0").rstrip(".") if p >= 0.005 else ""
                for p in matrix.ravel()
            ],
        }
    )
    side = float(np.clip(560 / max(matrix.shape), 12, 44))
    angle = -60 if max(map(len, second)) > 2 else 0
    x = alt.X(
        "to:N", sort=second, title="next", axis={**CATEGORIES, "orient": "top", "labelAngle": angle}
    )
    y = alt.Y("from:N", sort=first, title="now", axis=CATEGORIES)
    colour = alt.Color(
        "p:Q",
        scale={
            "type": "sqrt",
            "interpolate": "rgb",
            "range": ["#FFFFFF", PALETTE[0]],
            "domain": [0, 1],
        },
        legend={"title": "probability", "format": ".2~f"},
    )
    base = alt.Chart(cells).encode(x=x, y=y)
    heat = base.mark_rect(stroke="#E8EAED").encode(
        color=colour, tooltip=["from:N", "to:N", alt.Tooltip("p:Q", format=".4f")]
    )
    shown = base.mark_text(fontSize=11 if max(matrix.shape) <= WRITTEN else 0).encode(
        text="label:N",
        color=alt.condition("datum.p > 0.5", alt.value("#FFFFFF"), alt.value(INK)),
    )
    return themed(
        alt.layer(heat, shown).properties(width={"step": side}, height={"step": side}),
        title or "Transition probabilities",
        subtitle,
    )


def _visible(names: Sequence[str]) -> list[str]:
    """Names of tokens, with a space shown as a visible character."""
    return [name if name.strip() else "␣" for name in names]
