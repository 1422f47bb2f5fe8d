"""The confusion matrix: true labels by predicted labels."""

from collections.abc import Sequence

import altair as alt
import numpy as np
from jaxtyping import Int

from ..._check import Refusal
from .._axes import records
from .._theme import INK, PALETTE, Figure, themed

CELL, LEAST = 34, 320
"""Size of a cell, and the smallest size of the whole, in pixels."""


def confusion_plot(
    confusion: Int[np.ndarray, "label label"],
    names: Sequence[str],
    *,
    title: str = "Confusion matrix",
    subtitle: str | None = None,
) -> Figure:
    """Draw `confusion[i, j]`, the number of examples of label `names[i]` predicted as `names[j]`:
    one row per true label, one column per predicted label.

    The colour is the share of the row, so that rare labels are as visible as frequent ones; the
    number is the count, and 0 is left out.

    >>> figure = confusion_plot(np.array([[8, 2], [1, 9]]), ["no", "yes"])
    >>> figure.data["share"].tolist()
    [0.8, 0.2, 0.1, 0.9]
    """
    count = len(names)
    if confusion.shape != (count, count) or not count:
        raise Refusal(
            f"`confusion` must be [label, label] = {(count, count)} for {count} names, but it is "
            f"{confusion.shape}."
        )
    share = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    table = records(
        {
            "true": np.repeat(list(names), count),
            "predicted": np.tile(list(names), count),
            "count": confusion.reshape(-1),
            "share": share.reshape(-1),
            "shown": [f"{number:,}" if number else "" for number in confusion.reshape(-1).tolist()],
        }
    )
    side = max(LEAST, CELL * count)
    axis = {"domain": False, "ticks": False, "grid": False, "labelColor": INK, "labelLimit": 160}
    x = alt.X(
        "predicted:N",
        sort=list(names),
        title="predicted",
        axis={**axis, "labelAngle": -45 if max(map(len, names)) > 3 else 0},
    )
    base = alt.Chart(table).encode(
        x=x, y=alt.Y("true:N", sort=list(names), title="true", axis=axis)
    )
    colour = alt.Color(
        "share:Q", scale={"domain": [0, 1], "range": ["#F4F6F9", PALETTE[0]]}, legend=None
    )
    hints = [
        alt.Tooltip("true:N"),
        alt.Tooltip("predicted:N"),
        alt.Tooltip("count:Q", format=","),
        alt.Tooltip("share:Q", format=".1%", title="share of the row"),
    ]
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(color=colour, tooltip=hints)
    text = base.mark_text(fontSize=11).encode(
        text="shown:N",
        color=alt.condition("datum.share > 0.55", alt.value("white"), alt.value(INK)),
    )
    return themed(alt.layer(cells, text).properties(width=side, height=side), title, subtitle)
