"""The trust horizon: errors by step ahead of a model and of naive forecasts, and the steps at which
the model is better."""

import altair as alt
import numpy as np

from ..._check import counted
from ...evaluation import Trust
from .._axes import LABELS, model_encodings, records
from .._theme import PALETTE, QUIET, WIDE, Figure, themed, tints


def trust_plot(
    trust: Trust, *, measure: str = "mean absolute scaled error", title: str | None = None
) -> Figure:
    """Draw a model's error at every step with its 95 % band, the naive forecasts as dashed lines,
    and the trusted steps shaded.

    `measure` names the loss and its unit. The text of the verdict is below the title.

    >>> from stepahead.evaluation import trust_horizon
    >>> noise = np.random.default_rng(0).normal(size=(60, 3))
    >>> figure = trust_plot(
    ...     trust_horizon("GRU", 1 + 0.1 * noise, {"last value": np.full((60, 3), 2.0)})
    ... )
    >>> figure.title.text, figure.layer[0].data["end"].tolist()
    ('GRU can be trusted up to 3 steps ahead', [3.5])
    """
    steps = np.arange(1, len(trust.p) + 1)
    names = [trust.model, *trust.rivals]
    colours = [PALETTE[0], *(QUIET, *PALETTE[1:])[: len(trust.rivals)]]
    x = alt.X(
        "k:Q",
        title="steps ahead",
        scale={"domain": [0.5, len(steps) + 0.5], "nice": False},
        axis={"tickMinStep": 1, "format": "d"},
    )
    y = alt.Y(
        "loss:Q",
        title=measure,
        scale={"zero": True, "nice": True},
        axis={"tickCount": 6, "labelExpr": LABELS},
    )
    lines = model_encodings(names, colours, list(trust.rivals))
    layers = []
    if trust.horizon:
        shaded = alt.Chart(records({"k": [0.5], "end": [trust.horizon + 0.5]})).mark_rect(
            color=tints(4)[1], opacity=0.45
        )
        layers.append(shaded.encode(x=x, x2="end:Q"))
    spread = 1.96 * trust.loss_error
    band = alt.Chart(
        records(
            {
                "k": steps,
                "loss": trust.loss - spread,
                "high": trust.loss + spread,
                "model": trust.model,
            }
        )
    )
    layers.append(band.mark_area(opacity=0.2).encode(x=x, y=y, y2="high:Q", color=lines["color"]))
    hints = [
        "model:N",
        alt.Tooltip("k:Q", title="steps ahead"),
        alt.Tooltip("loss:Q", title=measure, format=".4~g"),
    ]
    for name, loss in {trust.model: trust.loss, **trust.rivals}.items():
        point = len(steps) <= 40 and alt.OverlayMarkDef(size=26, filled=True)
        mark = alt.Chart(records({"k": steps, "loss": loss, "model": name})).mark_line(
            strokeWidth=2.2, point=point
        )
        layers.append(mark.encode(x=x, y=y, tooltip=hints, **lines))
    distance = f"{counted(trust.horizon, 'step')} ahead"
    verdict = (
        f"{trust.model} can be trusted up to {distance}"
        if trust.horizon
        else f"No step ahead of {trust.model} can be trusted"
    )
    figure = alt.layer(*layers).properties(width=WIDE[0], height=WIDE[1])
    return themed(figure, title or verdict, str(trust))
