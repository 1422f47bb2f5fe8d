"""Other values of the columns known beforehand: the saved model of an answer, asked again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ...._check import Refusal, known_name
from ....data import Covariates, Panel
from ....forecasting import Predictor, with_lower_bound
from ....store import load_as
from ._questions import Answers


def scenario(
    folder: str, series: int, values: Mapping[str, Sequence[float]], levels: Sequence[float]
) -> dict[str, Any]:
    """The forecast of one series where these known columns have these values in the steps ahead;
    all else, the model's parameters too, is as in the answer."""
    forecaster = _forecaster(folder)
    panel = forecaster.required_history
    held = panel.covariates
    if series >= len(panel):
        raise Refusal("There is no such series.")
    if held is None or not held.known_names:
        raise Refusal("The series have no column that is known beforehand.")
    changed = replace(panel, covariates=_with_values(held, panel, series, values))
    made = with_lower_bound(forecaster.with_history(changed).predict(levels=levels), changed)
    ends = [[side[series, :, 0] for side in made.interval(level)] for level in levels]
    return {"mean": made.mean[series, :, 0], "ends": ends}


def known_ahead(panel: Panel, horizon: int) -> np.ndarray:
    """The known columns in the steps ahead, `[series, step, column]`."""
    held = panel.covariates
    assert held is not None  # the caller has looked
    first = held.offsets[:-1] + panel.lengths
    return held.known[first[:, None] + np.arange(horizon)]


def _with_values(
    held: Covariates, panel: Panel, series: int, values: Mapping[str, Sequence[float]]
) -> Covariates:
    known = held.known.copy()
    first = int(held.offsets[series] + panel.lengths[series])
    room = int(held.offsets[series + 1]) - first
    for name, column in values.items():
        place = held.known_names.index(known_name("known column", name, held.known_names))
        if not 1 <= len(column) <= room:
            raise Refusal(f"'{name}' is known for {room} steps, but {len(column)} are given.")
        known[first : first + len(column), place] = column
    return replace(held, known=known)


@lru_cache(maxsize=2)
def _forecaster(folder: str) -> Predictor:
    return load_as(Predictor, Path(folder) / "model.stepahead", "the app")


ANSWERS: Answers = {"scenario": scenario}
