"""A prediction as the table that a user asked for."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._check import Refusal
from .._types import Prediction
from ..data import Panel, to_frame

PERCENT = (80, 95)
"""The interval levels of a table, in percent, where none were given."""


def tails(levels: Sequence[float]) -> tuple[float, ...]:
    """The probabilities, rising, that bound central intervals of these levels, given in percent.

    >>> tails((80,))
    (0.1, 0.9)
    """
    for level in levels:
        if not 1 <= level < 100:
            raise Refusal(f"`levels` are in percent, from 1 to below 100, but one is {level!r}. Give (80, 95).")
    return tuple(sorted({p for level in levels for p in ((100 - level) / 200, (100 + level) / 200)}))


def forecast_table(history: Panel, done: Prediction, levels: Sequence[float]) -> Any:
    """A data frame, of the kind that the panel came from, of `forecast_columns`; refuse a forecast that is not finite."""
    wrong = ~(np.isfinite(done.mean) & np.isfinite(done.quantiles).all(axis=-1)).all(axis=(1, 2))
    if wrong.any():
        name = history.ids[int(np.argmax(wrong))]
        raise Refusal(
            f"The forecast of series '{name}' is not finite: this model cannot follow numbers of such a size. "
            "Give the series in another unit, leave it out, or take another model."
        )
    return to_frame(forecast_columns(history, done, tuple(levels)), history.kind, history.frequency.zone)


def forecast_columns(history: Panel, done: Prediction, levels: tuple[float, ...] = ()) -> dict[str, np.ndarray]:
    """Flat columns: unique_id, ds, channel (where there are several), forecast, lo-L and hi-L for each level in percent."""
    series, horizon, channels = done.mean.shape
    columns = {
        "unique_id": np.repeat(history.ids, horizon * channels),
        "ds": np.repeat(history.future(horizon).reshape(-1), channels),
    }
    if channels > 1:
        columns["channel"] = np.tile(np.array(history.names, dtype=object), series * horizon)
    columns["forecast"] = done.mean.reshape(-1)
    for level in levels:
        for side, tail in (("lo", (100 - level) / 200), ("hi", (100 + level) / 200)):
            columns[f"{side}-{level:g}"] = done.quantiles[..., done.levels.index(tail)].reshape(-1)
    return columns
