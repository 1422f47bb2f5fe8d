"""Scenarios: the forecast of the saved model with other future values of the known covariates."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ....data import Panel, with_known_ahead
from ....forecasting import Predictor, ValueRange, within_range
from ....store import load_as
from ._questions import Answers


def scenario(
    folder: str, series: int, values: Mapping[str, Sequence[float]], levels: Sequence[float]
) -> dict[str, Any]:
    """The forecast of one series with these future values of the known columns; everything else,
    including the model's parameters, is as before."""
    forecaster = _forecaster(folder)
    changed = with_known_ahead(forecaster.required_history, series, values)
    made = forecaster.with_history(changed).predict(levels=levels)
    made = within_range(made, ValueRange.of(changed))
    ends = [[side[series, :, 0] for side in made.interval(level)] for level in levels]
    return {"mean": made.mean[series, :, 0], "ends": ends}


def known_ahead(panel: Panel, horizon: int) -> np.ndarray:
    """The known columns in the future steps, `[series, step, column]`."""
    held = panel.covariates
    assert held is not None  # checked by the caller
    first = held.offsets[:-1] + panel.lengths
    return held.known[first[:, None] + np.arange(horizon)]


@lru_cache(maxsize=2)
def _forecaster(folder: str) -> Predictor:
    return load_as(Predictor, Path(folder) / "model.stepahead", "the app")


ANSWERS: Answers = {"scenario": scenario}
