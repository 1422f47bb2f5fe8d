"""Everything after the forecast: one-step errors, components, and files."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from ...._check import Refusal
from ....data import Panel
from ....forecasting import MSTL, Predictor
from ....outputs import (
    FittedModel,
    clipped,
    fitted_columns,
    forecast_columns,
    stationarity_tests,
)
from ....workflow import AutoResult
from ._events import Teller
from ._files import write_files
from ._what_if import known_ahead

ADVICE = {
    "stationary": "Nothing has to be done: the past is representative of the future.",
    "unit root": (
        "Its level is a random walk, which the models compared here follow. The forecast gets "
        "less certain with every step: ask for fewer “Steps ahead”."
    ),
    "changing": (
        "Look at its plot, use a file with its recent past only, and forecast again with new data."
    ),
    "undecided": "Too short or too smooth to tell: give a file with more of its past.",
    "season": "where that is wrong, set “Season, in steps”",
    "line": "the models compared here follow it",
    "shift": (
        "the models compared here assume that the level was always the same; forecast again "
        "with new data"
    ),
}
"""Advice on a verdict about stationarity, in terms of the page's fields."""

MOST_PARTED = 200
"""The first this many series are decomposed; the others are only forecast."""


def explain(
    folder: Path,
    choice: AutoResult,
    data: tuple[Panel, str, int],
    request: dict[str, Any],
    tell: Teller,
) -> None:
    """Write what explains a forecast; `data` are the panel, how it was read, and the season."""
    panel, summary, season = data
    past = _fitted(choice.forecaster, tell)
    _components(panel, season, tell)
    tests = stationarity_tests(panel, season)
    if tests is not None:
        shown = [[found.series, found.words(ADVICE)] for found in tests.found[:MOST_PARTED]]
        tell("likeness", rows=shown, curves=len(panel) * panel.channels)
    columns = forecast_columns(choice.forecaster, tuple(request["levels"]))
    table, moved, total = clipped(columns, panel)
    notes = [summary]
    if moved:
        notes.append(
            f"{moved:,} of {total:,} forecast numbers were negative, though these series never "
            "were, and were clipped to 0."
        )
    done = FittedModel(choice.forecaster, choice.name, choice)
    if panel.covariates is not None and panel.covariates.known_names and panel.channels == 1:
        horizon = request["horizon"]
        tell.array("known", known_ahead(panel, horizon))
        known = panel.covariates.known_names
    else:
        known = ()
    write_files(folder, (panel, table, done, past, season), notes, request, tell)
    if known:
        tell("known", names=known)


def _fitted(forecaster: Predictor, tell: Teller) -> Any:
    """The table of fitted values; None if the forecaster has none."""
    try:
        table = fitted_columns(forecaster)
    except Refusal:
        return None
    tell.array("fitted", forecaster.fitted_values())
    tell("residuals")
    return table


def _components(panel: Panel, season: int, tell: Teller) -> None:
    """Trend, seasons and remainder of the first series that are long enough."""
    part = panel.take(np.arange(min(len(panel), MOST_PARTED)))
    with suppress(Refusal):
        table = MSTL().fitted(part, 1, key=0, season=season).components(levels=())
        names = [str(name) for name in table if name not in ("unique_id", "ds", "channel", "y")]
        values = np.stack([np.asarray(table[name], float) for name in names])
        tell.array("components", values.reshape(len(names), -1, panel.channels))
        tell("components", names=names, series=len(part))
