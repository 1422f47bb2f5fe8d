"""`auto`: compare several models on held-out ends of the series and fit the best one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .._check import Refusal, counted, options_known, whole
from .._types import Key
from ..data import Panel, missing_at_end, require_panel, season_of, without_last_steps
from ..evaluation import Backtest, mae
from ..evaluation import backtest as judged
from ..forecasting import FEWEST, Predictor, RandomWalk, Theta
from ..ops import compiling_seconds
from ._candidates import Candidate, Deadline, candidates
from ._comparison_checkpoint import ComparisonCheckpoint, run_identity
from ._trials import Trials

MARGIN = 0.02
"""A model is preferred to a simpler one only if its error is smaller by more than this share."""

ORIGINS = 3
"""Rolling origins at which the models are compared, where the series are long enough."""


class LeaderboardRow(NamedTuple):
    """One line of the leaderboard: MASE relative to the in-sample seasonal naive forecast, share of
    comparisons won, and seconds taken."""

    name: str
    mase: float
    won: float
    seconds: float


class CandidateDone(NamedTuple):
    """Event: one candidate has been compared."""

    row: LeaderboardRow
    number: int
    candidates: int


@dataclass(frozen=True, eq=False)
class AutoResult:
    """The result of `auto`: the forecaster, the leaderboard (best first), the backtest behind it,
    and a sentence that gives the reason.

    If the series were too short to compare models, the leaderboard is empty and `report` is None.
    """

    forecaster: Predictor
    name: str
    leaderboard: tuple[LeaderboardRow, ...]
    report: Backtest | None
    sentence: str


@options_known()
def auto(
    panel: Panel,
    horizon: int,
    *,
    key: Key,
    clock: Callable[[], float],
    season: int | None = None,
    budget: float = 60.0,
    choose_from: Callable[[Panel, int, int], tuple[Candidate, ...]] = candidates,
    on_event: Callable[[CandidateDone], None] | None = None,
    checkpoint: Path | None = None,
) -> AutoResult:
    """Compare candidate models at rolling origins inside the panel, then fit the best one on all of
    it.

    Every candidate is fitted once, before the oldest origin, and judged there and at the later
    origins by the MASE. The winner is the simplest model whose error is within 2 % of the smallest,
    so the naive forecast if nothing beats it. A candidate that fails is left out, and `sentence`
    says why. Series too short for a comparison are forecast by the Theta method, or as random walks
    (`forecasting.RandomWalk`) with wide intervals.

    `budget` bounds the seconds of `clock`, the last fit included. A candidate may take half of the
    time left, and less if the best model so far could then not be fitted again. One that is not
    done by then is stopped and named, and an ensemble gets as many seeds as there is time for. The
    budget can be exceeded by the first candidate (a naive one), by a tenth for the last fit, and by
    steps that cannot be stopped: one compilation, or the fit of one series by a local method.
    `LeaderboardRow.seconds` do not include compilation. With `checkpoint`, finished parts are saved
    to that folder, and the same call after a crash resumes there and ends with the same result
    (unless time ran out for other candidates). The folder is deleted at the end.

    The winner's errors at these origins are biased downwards, because the origins selected it. For
    an unbiased estimate use `backtest` with `Auto()`: it repeats the whole choice before each
    origin.
    """
    require_panel("panel", panel)
    whole("horizon", horizon)
    season = season_of(panel) if season is None else whole("season", season)
    start = clock()
    # Series that end in missing values are cut there: a model is judged on steps that have a value.
    ended = without_last_steps(panel, missing_at_end(panel).min(axis=1))
    windows, spacing, long_enough = _origins(ended, horizon, season)
    if not windows:
        return _without_comparison(panel, horizon, season, key)
    compared = ended.take(np.flatnonzero(long_enough))
    field = choose_from(compared, horizon, season)
    run_id = run_identity(panel, key, field, horizon, season, budget)
    saved = ComparisonCheckpoint(checkpoint, run_id)
    trials = Trials(clock, start + budget - sum(saved.seconds.values()), budget)
    rows: list[LeaderboardRow] = []
    reports: dict[str, Backtest] = {}

    def compare(candidate: Candidate, deadline: Deadline) -> Backtest:
        return judged(
            {candidate.name: trials.fit_function(candidate, key, deadline)},
            compared,
            horizon,
            windows,
            spacing,
            refit=0,
            season=season,
            kept=saved.predictions,
            on_event=saved.save_prediction,
        )

    for number, candidate in enumerate(field):
        name, before, compiling = candidate.name, clock(), compiling_seconds()
        # The first candidate is naive, and a resumed one is almost done: neither is limited.
        limited = number and name not in saved.seconds
        best_so_far = min(rows, key=_error).name if rows else None
        end = trials.next_end(best_so_far) if limited else np.inf
        report = trials.attempt(name, partial(compare, candidate), end)
        if report is None:
            continue
        reports[name] = report
        seconds = max(0.0, clock() - before - (compiling_seconds() - compiling))
        total = saved.add_seconds(name, seconds)
        rows.append(LeaderboardRow(name, _mase(report, name), 0.0, total))
        if on_event is not None:
            on_event(CandidateDone(rows[-1], number, len(field)))
    if not rows:
        raise Refusal(f"No model could be compared. {_left_out(trials)} Take a model by its name.")
    won = _won(reports)
    board = sorted((row._replace(won=won[row.name]) for row in rows), key=_error)
    # `rows` is in the order of the candidates: the first one near the smallest error is simplest.
    best = next(row for row in rows if _error(row) <= _error(board[0]) * (1 + MARGIN))
    by_name = {candidate.name: candidate for candidate in field}
    chosen, forecaster = _fitted(trials, best, board, rows[0], by_name, (panel, key, saved))
    saved.delete()
    sizes = (windows, len(compared), len(panel))
    sentence = _sentence(chosen, best, rows, trials, sizes)
    return AutoResult(forecaster, chosen.name, tuple(board), _merged(reports), sentence)


def _fitted(
    trials: Trials,
    best: LeaderboardRow,
    board: list[LeaderboardRow],
    simplest: LeaderboardRow,
    by_name: dict[str, Candidate],
    fit_arguments: tuple[Panel, Key, ComparisonCheckpoint],
) -> tuple[LeaderboardRow, Predictor]:
    """Fit the best model on all data. If it fails or time runs out, take the next best, and at last
    the simplest."""
    for row in (best, *(row for row in board if row.name != best.name)):
        if row.name == simplest.name:
            break
        forecaster = trials.last_fit(by_name[row.name], *fit_arguments)
        if forecaster is not None:
            return row, forecaster
    no_deadline = Deadline(trials.clock, np.inf)
    return simplest, trials.fit(by_name[simplest.name], *fit_arguments, no_deadline)


def _origins(panel: Panel, horizon: int, season: int) -> tuple[int, int, np.ndarray]:
    """The number of origins (0: every series is too short), the steps between them, and a mask of
    the series that are long enough. Before the oldest origin a series must hold two seasons, one
    horizon and 8 steps."""
    for windows in range(ORIGINS, 0, -1):
        spacing = max(1, horizon // 2)
        enough = panel.lengths >= _before(horizon, season) + horizon + (windows - 1) * spacing
        if enough.mean() >= 0.5 or (windows == 1 and enough.any()):
            return windows, spacing, enough
    return 0, 1, np.zeros(len(panel), bool)


def _before(horizon: int, season: int) -> int:
    """Steps that a series must have before the oldest origin."""
    return max(2 * season, horizon, 8)


def _without_comparison(panel: Panel, horizon: int, season: int, key: Key) -> AutoResult:
    """A simple model for series that are too short to compare models on."""
    longest = int(panel.lengths.max())
    needed = _before(horizon, season) + horizon
    text = (
        f"To compare models a series needs {counted(needed, 'step')} ({needed - horizon} to learn "
        f"from, {horizon} to be judged on), but the longest has {longest}, so nothing was "
        "compared. "
    )
    if longest < FEWEST:
        walk = RandomWalk().fitted(panel, horizon, key=key, season=season)
        text += (
            "random-walk is used: the last value, with intervals that are wide because so few"
            " changes were seen."
        )
        return AutoResult(walk, "random-walk", (), None, text)
    text += "theta is used; how well it does here is not known."
    return AutoResult(
        Theta().fitted(panel, horizon, key=key, season=season), "theta", (), None, text
    )


def _mase(report: Backtest, name: str) -> float:
    board = report.leaderboard()
    return float(board["mase"][board["model"].tolist().index(name)])


def _error(row: LeaderboardRow) -> float:
    """The MASE, or infinity where it is undefined (constant series), so that the simplest model is
    taken there."""
    return row.mase if np.isfinite(row.mase) else np.inf


def _won(reports: dict[str, Backtest]) -> dict[str, float]:
    """The share of (origin, series) pairs on which each model had the smallest mean absolute error.
    Ties go to the simpler model."""
    errors = [
        np.asarray(mae(report.actual, report.mean[name], axis=(2, 3), mask=report.counted))
        for name, report in reports.items()
    ]
    best = np.argmin(np.nan_to_num(np.stack(errors), nan=np.inf), axis=0)
    return {name: float(np.mean(best == number)) for number, name in enumerate(reports)}


def _merged(reports: dict[str, Backtest]) -> Backtest:
    """Join the reports of all candidates: they share origins and actual values."""
    first = next(iter(reports.values()))
    mean = {name: values for report in reports.values() for name, values in report.mean.items()}
    quantiles = {
        name: values for report in reports.values() for name, values in report.quantiles.items()
    }
    probabilities = {
        name: values for report in reports.values() for name, values in report.probabilities.items()
    }
    return replace(first, mean=mean, quantiles=quantiles, probabilities=probabilities)


def _sentence(
    chosen: LeaderboardRow,
    best: LeaderboardRow,
    rows: list[LeaderboardRow],
    trials: Trials,
    sizes: tuple[int, int, int],
) -> str:
    naive, (windows, compared, series) = rows[0], sizes
    there = f"at {counted(windows, 'origin')} inside the data" + (
        f", on {compared:,} of {series:,} series" if compared < series else ""
    )
    if len(rows) == 1:
        text = f"{naive.name} is used: there was nothing to compare it with."
    elif chosen.name != best.name:
        text = (
            f"{best.name} was best {there}, but could not be fitted on everything; {chosen.name} is"
            " used."
        )
    elif chosen is naive:
        text = (
            f"Nothing beat the {naive.name} forecast by more than {MARGIN:.0%} {there}; it is used."
        )
    else:
        text = (
            f"{chosen.name} was chosen: its error is {1 - chosen.mase / naive.mase:.0%} below that"
            f" of {naive.name} {there}."
        )
    left_out = _left_out(trials)
    return f"{text} {left_out}" if left_out else text


def _left_out(trials: Trials) -> str:
    """Name the candidates that were left out, with the reasons."""
    late = (
        f"Left out for want of time: {', '.join(dict.fromkeys(trials.late))}."
        if trials.late
        else ""
    )
    failed = " ".join(
        f"Left out: {name}, which failed ({reason})." for name, reason in trials.failed.items()
    )
    return " ".join(filter(None, (late, failed)))
