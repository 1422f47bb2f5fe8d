"""Comparison of forecasting strategies: error by step ahead, and the costs of each."""

from collections.abc import Mapping

import altair as alt
import numpy as np
from jaxtyping import Float

from ..._check import known_name
from .._axes import LABELS, model_encodings, records
from .._theme import PALETTE, QUIET, WIDE, Figure, themed
from ._bars import GAP, bar_panels


def strategies_plot(
    errors: Mapping[str, Float[np.ndarray, " _horizon"]],
    costs: Mapping[str, Mapping[str, float]],
    *,
    measure: str = "MASE",
    title: str = "Strategies side by side",
    subtitle: str | None = None,
) -> Figure:
    """Draw the error at k = 1, 2, … of every strategy, and below it a panel of bars for each cost.

    `errors` maps a name to its error by step ahead; names without costs (the naive forecasts) are
    dashed and grey. `measure` names the error. `costs` maps a cost with its unit to the numbers by
    name: `{"weights": {"recursive": 3_300, …}, "seconds to fit": {…}}`.

    >>> errors = {
    ...     "recursive": np.array([1.0, 2.0]),
    ...     "MIMO": np.array([1.0, 1.5]),
    ...     "last value": np.array([2.0, 3.0]),
    ... }
    >>> costs = {
    ...     "weights": {"recursive": 10, "MIMO": 20},
    ...     "seconds": {"recursive": 1.5, "MIMO": 1.0},
    ... }
    >>> figure = strategies_plot(errors, costs)
    >>> len(figure.concat[0].layer), figure.concat[1].concat[0].data["label"].tolist()
    (3, ['10', '20'])
    """
    costed = list(next(iter(costs.values())))
    for name in costed:
        known_name("strategy", name, tuple(errors))
    bright = dict(zip(costed, PALETTE * (len(costed) // len(PALETTE) + 1), strict=False))
    colours = {name: bright.get(name, QUIET) for name in errors}
    longest = max(2, *(len(values) for values in errors.values()))
    x = alt.X(
        "k:Q",
        title="steps ahead",
        scale={"domain": [1, longest], "nice": False},
        axis={"tickMinStep": 1, "format": "d"},
    )
    y = alt.Y(
        "error:Q",
        title=measure,
        scale={"zero": True, "nice": True},
        axis={"tickCount": 6, "labelExpr": LABELS},
    )
    lines = model_encodings(
        list(colours), list(colours.values()), [name for name in errors if name not in bright]
    )
    hints = [
        "model:N",
        alt.Tooltip("k:Q", title="steps ahead"),
        alt.Tooltip("error:Q", title=measure, format=".4~g"),
    ]
    layers = []
    for name, values in errors.items():
        rows = records(
            {
                "model": [name] * len(values),
                "k": np.arange(1, len(values) + 1),
                "error": np.asarray(values, np.float64),
            }
        )
        line = alt.Chart(rows).mark_line(
            strokeWidth=2.2, point=longest <= 40 and alt.OverlayMarkDef(size=26, filled=True)
        )
        layers.append(line.encode(x=x, y=y, tooltip=hints, **lines))
    above = alt.layer(*layers).properties(width=WIDE[0], height=WIDE[1])
    panels = bar_panels(costs, costed, colours)
    below = alt.concat(*panels, columns=len(panels), spacing=GAP)
    return themed(
        alt.concat(above, below, columns=1, spacing=36).resolve_scale(
            color="independent", strokeDash="independent"
        ),
        title,
        subtitle,
    )
