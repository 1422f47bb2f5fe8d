"""Trend, seasons and remainder of every step, by a local method."""

from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool

from ..._check import percents
from ..._types import Levels
from ...classical import Rows, normal_quantiles, seen
from ...data import to_frame
from .._table import index_columns
from ._channel import ChannelFit, panel_rows, rows_of

if TYPE_CHECKING:
    from ._forecaster import LocalForecaster


def components_of(
    done: "LocalForecaster", learned: tuple[ChannelFit, ...], levels: Levels
) -> tuple[Any, Bool[np.ndarray, "series channel"]]:
    """Return the table of `LocalForecaster.components`, and a mask of the series whose components
    multiply."""
    panel = done.required_history
    shape = panel.values.shape
    columns: dict[str, np.ndarray] = {}
    spread: dict[str, np.ndarray] = {}
    factors = np.zeros((len(panel), panel.channels), bool)
    asked = percents(levels)
    for channel, one in enumerate(learned):
        whole = panel_rows(panel, channel, done.columns)
        span = seen(whole)
        rows = whole.cut(span.first, span.stop)
        place = Rows(np.arange(float(shape[0])), panel.offsets).cut(span.first, span.stop)
        for which, fit in one.parts:
            own = rows_of(rows, which)
            made = fit.components(own)
            deviations = fit.deviations(own) if asked else {}
            factors[which, channel] = made.factors
            mine = place.values[np.isin(np.repeat(np.arange(len(rows)), rows.lengths), which)]
            for name, values in made.columns.items():
                held = columns.setdefault(name, np.full(shape, np.nan))
                held[mine.astype(np.int64), channel] = values
            for name, values in deviations.items():
                held = spread.setdefault(name, np.zeros(shape))
                held[mine.astype(np.int64), channel] = values
    multiply = factors[panel.series_of_step]
    known = ~np.isnan(columns["trend"])
    for name, held in columns.items():  # 0 or factor 1 for a component that a series lacks
        neutral = np.where(multiply, 1.0, 0.0)
        columns[name] = np.where(np.isnan(held) & known, neutral, held)
    added, product = sum(columns.values()), np.prod(list(columns.values()), axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = np.where(multiply, panel.values / product, panel.values - added)
    parts = {"y": panel.values}
    for name, held in columns.items():
        parts[name] = held
        for level in asked:
            wide = spread[name] * normal_quantiles([0.5 + level / 200])[0]
            parts |= _ends(f"{name}-{{}}-{level:g}", held, wide, multiply)
    parts["rest"] = rest
    table = index_columns(panel) | {name: each.reshape(-1) for name, each in parts.items()}
    return to_frame(table, panel.kind, panel.frequency.zone), factors


def _ends(
    name: str, middle: np.ndarray, wide: np.ndarray, multiply: np.ndarray
) -> dict[str, np.ndarray]:
    """The bounds of an interval: `wide` to each side, on the log scale if components multiply."""
    with np.errstate(over="ignore"):  # a bound of which nothing is known is infinite
        far = np.exp(np.where(multiply, wide, 0.0))
    low = np.where(multiply, middle / far, middle - wide)
    high = np.where(multiply, middle * far, middle + wide)
    return {name.format("lo"): np.minimum(low, high), name.format("hi"): np.maximum(low, high)}
