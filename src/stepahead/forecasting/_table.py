"""Predictions as tables."""

from typing import Any

import numpy as np

from .._check import Refusal, percents
from .._types import Levels, Prediction
from ..data import Panel, to_frame
from ._lower_bound import counts, with_lower_bound, with_whole_ends

PERCENT = (80, 95)
"""The default interval levels of a table, in percent."""


def forecast_table(
    history: Panel, done: Prediction, levels: Levels, lower: float | None = None
) -> Any:
    """Return the `bounded_columns` as a data frame of the kind that the panel came from."""
    columns = bounded_columns(history, done, levels, lower)
    return to_frame(columns, history.kind, history.frequency.zone)


def bounded_columns(
    history: Panel, done: Prediction, levels: Levels, lower: float | None = None
) -> dict[str, np.ndarray]:
    """Return the `forecast_columns` with values below `lower` raised to it; by default the bound is
    0 for series that were never negative: see `with_lower_bound`. Interval ends of counts are whole
    numbers. Times with a time zone are in UTC. A forecast that is not finite is refused.

    >>> done = Prediction(np.array([[[-2.0]]]))
    >>> bounded_columns(Panel.from_arrays([[3.0, 0.0]]), done, ())["forecast"].tolist()
    [0.0]
    """
    wrong = ~(np.isfinite(done.mean) & np.isfinite(done.quantiles).all(axis=-1)).all(axis=(1, 2))
    if wrong.any():
        name = history.ids[int(np.argmax(wrong))]
        raise Refusal(
            f"The forecast of series '{name}' is not finite: this model cannot follow numbers of "
            "such a size. "
            "Give the series in another unit, leave it out, or take another model."
        )
    done = with_lower_bound(with_whole_ends(done, counts(history)), history, lower)
    return forecast_columns(history, done, levels)


def forecast_columns(
    history: Panel, done: Prediction, levels: Levels = ()
) -> dict[str, np.ndarray]:
    """Return the columns unique_id, ds, channel (if there are several), forecast, and lo-L and hi-L
    for each level L in percent."""
    series, horizon, channels = done.mean.shape
    columns = {
        "unique_id": np.repeat(history.ids, horizon * channels),
        "ds": np.repeat(history.future(horizon).reshape(-1), channels),
    }
    if channels > 1:
        columns["channel"] = np.tile(np.array(history.names, dtype=object), series * horizon)
    columns["forecast"] = done.mean.reshape(-1)
    for level in percents(levels):
        for side, end in zip(("lo", "hi"), done.interval(level), strict=True):
            columns[f"{side}-{level:g}"] = end.reshape(-1)
    return columns


def index_columns(panel: Panel) -> dict[str, np.ndarray]:
    """Return the index columns: unique_id, ds, and channel if there are several."""
    channels = panel.channels
    columns = {
        "unique_id": np.repeat(panel.ids[panel.series_of_step], channels),
        "ds": np.repeat(panel.times, channels),
    }
    if channels > 1:
        columns["channel"] = np.tile(np.array(panel.names, dtype=object), len(panel.values))
    return columns
