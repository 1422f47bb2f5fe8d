"""Tables with one row for each channel of each step."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from ..._check import percents
from ..._types import Levels
from ...classical import normal_quantiles
from ...data import Panel, to_frame
from .._table import index_columns

ROUNDING = 1e-12
"""A rest that is smaller than this share of its value is a rounding error."""


def table_of_components(
    panel: Panel,
    values: Float[np.ndarray, "total channel"],
    logs: Bool[np.ndarray, "total channel"],
    mean: Float[np.ndarray, "total channel component"],
    deviation: Float[np.ndarray, "total channel component"],
    labels: tuple[str, ...],
    levels: Levels,
) -> Any:
    """Return the table of `components_table`, given `values` and components in the unit of the
    model: as logs where `logs` is True."""
    columns = index_columns(panel)

    def in_unit(numbers: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):  # a bound of which nothing is known is infinite
            return np.where(logs, np.exp(np.where(logs, numbers, 0.0)), numbers).reshape(-1)

    columns["y"] = panel.values.reshape(-1)
    for place, label in enumerate(labels):
        columns[label] = in_unit(mean[..., place])
        for level in percents(levels):
            wide = deviation[..., place] * normal_quantiles([0.5 + level / 200])[0]
            columns[f"{label}-lo-{level:g}"] = in_unit(mean[..., place] - wide)
            columns[f"{label}-hi-{level:g}"] = in_unit(mean[..., place] + wide)
    rest = values - mean.sum(axis=-1)
    # Without noise the rest is a rounding error: show 0.
    rest = np.where(np.abs(rest) <= ROUNDING * np.abs(values), 0.0, rest)
    columns["rest"] = in_unit(rest)
    return to_frame(columns, panel.kind, panel.frequency.zone)


def standardised(residual: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return residuals divided by their standard deviations; NaN if nothing is known."""
    known = variance > 0
    return np.where(known, residual / np.sqrt(np.where(known, variance, 1.0)), np.nan)
