"""The direction of time: residuals by newest input, forward and backward."""

import altair as alt
import numpy as np

from ...evaluation import Direction
from .._axes import records, side_by_side
from .._theme import PALETTE, QUIET, SMALL, Figure, themed


def direction_plot(direction: Direction, *, title: str | None = None) -> Figure:
    """Draw the residual by the newest input, forward and backward: a cloud without structure if the
    two are independent.

    Each panel has the share of the variance that is unexplained and the p-value of independence.
    The verdict is below the title.

    >>> from stepahead.data import Panel
    >>> from stepahead.evaluation import direction_of_time
    >>> noise = np.random.default_rng(0).normal(size=80)
    >>> figure = direction_plot(
    ...     direction_of_time(Panel.from_arrays([noise]), key=0, permutations=19)
    ... )
    >>> figure.title.text
    'Direction of time: no evidence'
    """
    panels, names = [], []
    for name, one in (("forward", direction.forward), ("backward", direction.backward)):
        data = records({"input": one.inputs[:, -1], "residual": one.residuals})
        x = alt.X(
            "input:Q",
            title="the value before, standard deviations",
            scale={"nice": True, "zero": False},
            axis={"tickCount": 5},
        )
        y = alt.Y(
            "residual:Q",
            title="residual",
            scale={"nice": True, "zero": False},
            axis={"tickCount": 5},
        )
        dots = alt.Chart(data).mark_circle(size=14, opacity=0.55, color=PALETTE[0]).encode(x=x, y=y)
        zero = (
            alt.Chart(records({"residual": np.zeros(1)}))
            .mark_rule(color=QUIET, strokeWidth=1)
            .encode(y=y)
        )
        panels.append(alt.layer(zero, dots).properties(width=SMALL[0], height=SMALL[1]))
        names.append(
            f"{name}: {100 * one.error:.0f} % of the variance left, p = {one.independence.p:.2g}"
        )
    return themed(
        side_by_side(panels, names),
        title or f"Direction of time: {direction.verdict}",
        str(direction).split(" (")[0] + ".",
    )
