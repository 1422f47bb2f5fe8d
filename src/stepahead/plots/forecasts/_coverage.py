"""Coverage by step ahead: the share of actual values inside each interval, compared with its
nominal level."""

import altair as alt

from .._axes import Columns, column, records
from .._theme import PALETTE, QUIET, WIDE, Figure, themed


def coverage_plot(
    table: Columns, *, title: str | None = None, subtitle: str | None = None
) -> Figure:
    """Draw the coverage of every model's intervals at each step ahead; the nominal level of each is
    a dashed line.

    `table` is `evaluation.intervals(report, by_step=True)`: columns model, level, step, coverage,
    in percent. Coverage below the dashed line means that the intervals are too narrow at that step.

    >>> import numpy as np
    >>> table = {
    ...     "model": np.array(["GRU"] * 2),
    ...     "level": np.full(2, 80.0),
    ...     "step": np.arange(1, 3),
    ...     "coverage": np.array([81.0, 76.0]),
    ... }
    >>> coverage_plot(table).layer[0].data["level"].tolist()
    [80.0]
    """
    cells = {name: column(table, name) for name in ("model", "level", "step", "coverage")}
    models = list(dict.fromkeys(cells["model"].tolist()))
    colour = alt.Color(
        "model:N",
        scale={
            "domain": models,
            "range": [PALETTE[number % len(PALETTE)] for number in range(len(models))],
        },
        sort=models,
        legend={"symbolType": "stroke", "symbolStrokeWidth": 3, "symbolOpacity": 1},
    )
    last = max(int(cells["step"].max()), 2)
    x = alt.X(
        "step:Q",
        title="steps ahead",
        scale={"domain": [1, last], "nice": False},
        axis={"tickMinStep": 1, "format": "d"},
    )
    low = min(float(cells["coverage"].min()), float(cells["level"].min())) - 3
    axis_title, scale = (
        "inside the interval, percent",
        {"domain": [max(low, 0), 100], "nice": False},
    )
    nominal = records({"level": sorted(set(cells["level"].tolist()))})
    level = alt.Y("level:Q", title=axis_title, scale=scale, axis={"tickCount": 6})
    rule = alt.Chart(nominal).mark_rule(color=QUIET, strokeDash=[5, 4]).encode(y=level)
    text = alt.Chart(nominal).transform_calculate(label="datum.level + ' %'")
    name = text.mark_text(align="left", dx=8, color=QUIET, fontSize=11).encode(
        x=alt.value(WIDE[0]), y=level, text="label:N"
    )
    hints = [
        "model:N",
        alt.Tooltip("level:Q", title="nominal"),
        alt.Tooltip("step:Q"),
        alt.Tooltip("coverage:Q", format=".1f"),
    ]
    lines = alt.Chart(records(cells)).mark_line(
        strokeWidth=2.2, point=last <= 40 and alt.OverlayMarkDef(size=26, filled=True)
    )
    drawn = lines.encode(
        x=x,
        y=alt.Y("coverage:Q", title=axis_title, scale=scale),
        color=colour,
        detail="level:N",
        tooltip=hints,
    )
    figure = alt.layer(rule, name, drawn).properties(width=WIDE[0], height=WIDE[1])
    return themed(figure, title or "How often the intervals held", subtitle)
