"""The report of a forecast, made from the results of the command."""

import itertools
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .._check import Refusal
from ..data import Panel
from ..evaluation import (
    LAST_SEASON,
    LAST_VALUE,
    Backtest,
    Predictability,
    Stationarity,
    stationarity,
)
from ..forecasting import Predictor
from ..plots import (
    Comparison,
    Provenance,
    Report,
    Residuals,
    StationarityTests,
    Training,
    report_html,
)
from ..workflow import AutoResult, LeaderboardRow
from ._fitted_model import FittedModel
from ._report import write_report

LONGEST, TESTED = 1_000, 20_000
"""The number of last steps of a series that are tested for stationarity, and the approximate number
of values that are tested in all."""


def write_page(
    path: Path,
    panel: Panel,
    table: Any,
    done: FittedModel,
    past: Any,
    season: int,
    origin: Provenance,
) -> None:
    """Write the report of the forecaster `done`; `past` are the fitted values, `origin` the command
    and what was read and assumed."""
    choice = done.choice
    report = Report(
        panel,
        table,
        done.name,
        origin,
        reason=choice.sentence if choice else "",
        trust=choice.trust_sentence if choice else "",
        trusted=choice.trust if choice and not choice.naive else None,
        informative=informative(done),
        comparison=(comparison(choice, choice.report) if choice and choice.report else None),
        training=training(done.forecaster),
        residuals=None if past is None else Residuals(past),
        tested=stationarity_tests(panel, season),
    )
    write_report(path, partial(report_html, report))


def informative(done: FittedModel) -> Predictability | None:
    """The width of the forecast against the past values; None without an interval."""
    try:
        return done.predictability
    except Refusal:
        return None


def comparison(choice: AutoResult, report: Backtest) -> Comparison:
    """Return the leaderboard of the candidates with further scores of the backtest, and the error
    by step of each."""
    board = report.leaderboard()
    first, beside = _naive(choice, board)
    place = {name: number for number, name in enumerate(board["model"].tolist())}
    board_rows = sorted(
        (*choice.leaderboard, *beside), key=lambda row: np.nan_to_num(row.mase, nan=np.inf)
    )
    rows = [place[row.name] for row in board_rows]
    scored = [name for name in board if name == "smape" or name.startswith("coverage-")]
    columns: dict[str, Any] = {
        "model": [row.name for row in board_rows],
        "mase": [row.mase for row in board_rows],
    }
    columns |= {name: board[name][rows] for name in scored}
    columns |= {
        "won": [row.won for row in board_rows],
        "seconds": [row.seconds for row in board_rows],
    }
    steps = report.by_step()
    by_step = {"step": steps["step"], **{row.name: steps[row.name] for row in board_rows}}
    measure = "MASE" if report.scaled else "MAE"
    return Comparison(columns, by_step, first, len(report.actual), measure, choice.judged)


def _naive(choice: AutoResult, board: Any) -> tuple[str | None, list[LeaderboardRow]]:
    """The name of the better naive forecast, with which the page compares errors, and its row if it
    is not one of the candidates; the same one as in the sentence of the choice."""
    names = [row.name for row in choice.leaderboard]
    mase = dict(zip(board["model"].tolist(), board["mase"].tolist(), strict=True))
    better = min((LAST_VALUE, LAST_SEASON), key=lambda name: mase[name])
    usual = next((name for name in ("seasonal-naive", "naive") if name in names), None)
    if not np.isfinite(mase[better]) or (usual is not None and mase[usual] <= mase[better]):
        return usual, []
    return better, [LeaderboardRow(better, mase[better], np.nan, 0.0)]


def stationarity_tests(panel: Panel, season: int) -> StationarityTests | None:
    """Return stationarity tests on the end of each series, or of an evenly spaced sample; None if
    no series is long or varied enough."""
    recent = panel.slice(np.maximum(panel.lengths - LONGEST, 0), panel.lengths)
    most = max(1, TESTED // int(np.median(recent.lengths) * recent.channels))
    found: dict[int, tuple[Stationarity, ...]] = {}
    for number in np.unique(
        np.linspace(0, len(recent) - 1, min(most, len(recent))).astype(int)
    ).tolist():
        try:
            found[number] = stationarity(recent.take(np.array([number])), season=season)
        except Refusal:  # too short or constant: the page has the count of those tested
            continue
    return (
        StationarityTests(
            recent.take(np.array(list(found))), tuple(itertools.chain(*found.values()))
        )
        if found
        else None
    )


def training(forecaster: Predictor) -> Training:
    """Return the learning curves, one for each seed if there are several."""
    if len(forecaster.forecasters) > 1:
        losses = {
            f"seed {number + 1}": np.array(member.learning.losses)
            for number, member in enumerate(forecaster.forecasters)
        }
        return Training(losses, forecaster.learning.stopped)
    learning = forecaster.learning
    curves = {"training": learning.losses, "validation": learning.validation}
    return Training(
        {name: np.array(values) for name, values in curves.items() if values}, learning.stopped
    )
