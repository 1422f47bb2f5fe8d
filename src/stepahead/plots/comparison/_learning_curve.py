"""The learning curve: losses by epoch, and the epoch whose weights are used."""

from collections.abc import Mapping

import altair as alt
import numpy as np
from jaxtyping import Float

from ..._check import Refusal
from .._axes import LABELS, log_axis, records
from .._theme import PALETTE, QUIET, WIDE, Figure, themed


def learning_curve_plot(
    losses: Mapping[str, Float[np.ndarray, " _epoch"]],
    *,
    epochs: Float[np.ndarray, " _epoch"] | None = None,
    best: float | None = None,
    measure: str = "loss",
    unit: str = "epoch",
    logarithmic: bool = True,
    title: str | None = None,
    subtitle: str | None = None,
) -> Figure:
    """Draw losses during training: `{"training": ..., "validation": ...}`, one value per epoch, NaN
    where there is none.

    `epochs` are the positions of the values (1, 2, … by default) and `unit` is their name;
    `measure` names the loss. `best` marks the epoch whose weights are used. The vertical axis is
    logarithmic unless a loss is not positive (a log density can be negative) or `logarithmic` is
    False.

    >>> figure = learning_curve_plot({"training": np.array([1.0, 0.5, 0.25])}, best=3)
    >>> figure.layer[0].data["epoch"].tolist()
    [1.0, 2.0, 3.0]
    """
    if not losses:
        raise Refusal("`losses` must hold at least one curve, but it is empty.")
    names = list(losses)
    longest = max(len(values) for values in losses.values())
    place = np.arange(1.0, longest + 1) if epochs is None else np.asarray(epochs, dtype=np.float64)
    if len(place) < longest:
        raise Refusal(
            f"`epochs` must place every value of `losses`, {longest} of them, but it holds "
            f"{len(place)}."
        )
    every = [float(value) for values in losses.values() for value in values]
    rows = {
        "curve": [name for name in losses for _ in losses[name]],
        "epoch": [float(place[i]) for name in losses for i in range(len(losses[name]))],
        "loss": every,
    }
    lowest = min((value for value in every if value == value), default=1.0)
    linear = alt.Y(
        "loss:Q",
        title=measure,
        scale={"zero": False, "nice": True},
        axis={"tickCount": 6, "labelExpr": LABELS},
    )
    y = log_axis("loss", measure, every) if logarithmic and lowest > 0 else linear
    x = alt.X("epoch:Q", title=unit, scale={"zero": False, "nice": False}, axis={"tickMinStep": 1})
    legend = {"symbolType": "stroke", "symbolStrokeWidth": 3, "symbolOpacity": 1}
    colour = alt.Color(
        "curve:N",
        scale={"domain": names, "range": list(PALETTE[: len(names)])},
        sort=names,
        legend=legend,
    )
    point = longest <= 40 and alt.OverlayMarkDef(size=24, filled=True)
    hints = [
        "curve:N",
        alt.Tooltip("epoch:Q", title=unit),
        alt.Tooltip("loss:Q", title=measure, format=".4~g"),
    ]
    layers = [
        alt.Chart(records(rows))
        .mark_line(strokeWidth=2.2, point=point)
        .encode(x=x, y=y, color=colour, tooltip=hints)
    ]
    if best is not None:
        base = alt.Chart(records({"epoch": [float(best)], "label": [f"best: {unit} {best:g}"]}))
        layers.append(base.mark_rule(color=QUIET, strokeDash=[3, 3]).encode(x=x))
        label = base.mark_text(align="right", baseline="top", dx=-6, dy=4, color=QUIET, fontSize=11)
        layers.append(label.encode(x=x, y=alt.value(0), text="label:N"))
    figure = alt.layer(*layers).properties(width=WIDE[0], height=WIDE[1])
    return themed(figure, title or "Learning curve", subtitle)
