"""Tables of steps: one row for each channel of each step."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from ..._check import percents
from ..._types import Levels
from ...classical import normal_quantiles
from ...data import Panel, to_frame

ROUNDING = 1e-12
"""A rest below this share of its value comes from rounding."""


def table_of_components(
    panel: Panel,
    values: Float[np.ndarray, "total channel"],
    logs: Bool[np.ndarray, "total channel"],
    mean: Float[np.ndarray, "total channel component"],
    deviation: Float[np.ndarray, "total channel component"],
    labels: tuple[str, ...],
    levels: Levels,
) -> Any:
    """The table of `components_table`, given `values` and components as they are modelled, as logs
    where `logs`."""
    columns = index_columns(panel)

    def in_unit(numbers: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):  # an end of which nothing is known lies at infinity
            return np.where(logs, np.exp(np.where(logs, numbers, 0.0)), numbers).reshape(-1)

    columns["y"] = panel.values.reshape(-1)
    for place, label in enumerate(labels):
        columns[label] = in_unit(mean[..., place])
        for level in percents(levels):
            wide = deviation[..., place] * normal_quantiles([0.5 + level / 200])[0]
            columns[f"{label}-lo-{level:g}"] = in_unit(mean[..., place] - wide)
            columns[f"{label}-hi-{level:g}"] = in_unit(mean[..., place] + wide)
    rest = values - mean.sum(axis=-1)
    # Without noise nothing is left over but rounding, which is not worth a digit.
    rest = np.where(np.abs(rest) <= ROUNDING * np.abs(values), 0.0, rest)
    columns["rest"] = in_unit(rest)
    return to_frame(columns, panel.kind, panel.frequency.zone)


def standardised(residual: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Residuals over their standard deviations, NaN where nothing is known."""
    known = variance > 0
    return np.where(known, residual / np.sqrt(np.where(known, variance, 1.0)), np.nan)


def index_columns(panel: Panel) -> dict[str, np.ndarray]:
    """The columns that say where a row belongs: unique_id, ds, and channel where there are
    several."""
    channels = panel.channels
    columns = {
        "unique_id": np.repeat(panel.ids[panel.series_of_step], channels),
        "ds": np.repeat(panel.times, channels),
    }
    if channels > 1:
        columns["channel"] = np.tile(np.array(panel.names, dtype=object), len(panel.values))
    return columns
