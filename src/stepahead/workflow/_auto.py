"""`auto`: compare several models at rolling origins inside the series, and combine the good."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .._check import Refusal, counted, options_known, whole
from .._types import Key
from ..data import Panel, missing_at_end, require_panel, season_of, without_last_steps
from ..evaluation import Backtest, OriginDone, Trust, mae
from ..evaluation import backtest as judged
from ..forecasting import FEWEST, Combination, Predictor, RandomWalk, Theta, never_negative
from ._candidates import Candidate, Deadline, candidates
from ._combining import combined, learned
from ._comparison_checkpoint import ComparisonCheckpoint, run_identity
from ._trials import Trials

COMBINATION = "combination"
"""The name of the weighted mean of the models in the leaderboard."""

LEAST_WEIGHT = 0.03
"""Members whose mean weight is below this are left out of the final combination."""

FEWEST_ORIGINS, MOST_ORIGINS, VALUES = 3, 60, 200_000
"""Rolling origins at which the models are compared: as many as make this number of values to learn
from, at least 3 and at most 60, where the series are long enough."""


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
    how far ahead it can be trusted, and a sentence that gives the reason.

    If the series were too short to compare models, the leaderboard is empty and `report` is None;
    `trust` is None with fewer than 3 origins.
    """

    forecaster: Predictor
    name: str
    leaderboard: tuple[LeaderboardRow, ...]
    report: Backtest | None
    sentence: str
    trust: Trust | None = None


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
    """Compare candidate models at rolling origins inside the panel, then fit the good ones on all
    of it and combine them.

    Every candidate is judged at the origins by its scaled error; a network is fitted once, before
    the oldest. The forecast is the mean of the candidates, weighted for each series by their
    errors (`combination_weights`), and so are its quantiles, whose distances from it are scaled to
    hold at the origins (`interval_widths`). In the leaderboard and in the trust horizon the
    combination learns its weights as it goes, from earlier origins alone: no origin judges weights
    that it chose. A candidate that fails is left out, and `sentence` says why. Series too short
    for a comparison are forecast by the Theta method, or as random walks
    (`forecasting.RandomWalk`) with wide intervals.

    `budget` bounds the seconds of `clock`, the last fits included. A candidate may take half of
    the time left, and less if those before could then not be fitted again. One that is not done by
    then is stopped and named, and an ensemble gets as many seeds as there is time for. The budget
    can be exceeded by the first candidate (a naive one), by a tenth for the last fits, and by
    steps that cannot be stopped: one compilation, or the fit of one series by a local method.
    `LeaderboardRow.seconds` do not include compilation. With `checkpoint`, finished parts are saved
    to that folder, and the same call after a crash resumes there and ends with the same result
    (unless time ran out for other candidates). The folder is deleted at the end.

    `backtest` with `Auto()` repeats the whole choice before each origin.
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
        def save(event: OriginDone) -> None:  # what takes less than a second is made again
            if candidate.compiled or trials.fit_seconds.get(candidate.name, 0.0) > 1:
                saved.save_prediction(event)

        return judged(
            {candidate.name: trials.fit_function(candidate, key, deadline)},
            compared,
            horizon,
            windows,
            spacing,
            refit=0,
            season=season,
            kept=saved.predictions,
            on_event=save,
        )

    for number, candidate in enumerate(field):
        name, before, compiling = candidate.name, clock(), candidate.compiling_seconds()
        # The first candidate is naive, and a resumed one is almost done: neither is limited.
        limited = number and name not in saved.seconds
        end = trials.next_end() if limited else np.inf
        report = trials.attempt(name, partial(compare, candidate), end)
        if report is None:
            continue
        reports[name] = report
        seconds = max(0.0, clock() - before - (candidate.compiling_seconds() - compiling))
        total = saved.add_seconds(name, seconds)
        rows.append(LeaderboardRow(name, _mase(report, name), 0.0, total))
        if on_event is not None:
            on_event(CandidateDone(rows[-1], number, len(field)))
    if not rows:
        raise Refusal(f"No model could be compared. {_left_out(trials)} Take a model by its name.")
    report, names = _merged(reports), list(reports)
    weights, widths = learned(report, names)
    if len(names) > 1:
        report = combined(report, names, COMBINATION, never_negative(compared))
    by_name = {candidate.name: candidate for candidate in field}
    members = _fitted(trials, names, weights.shared, by_name, (panel, key, saved))
    saved.delete()
    kept = [names.index(name) for name in members]
    series = np.tile(weights.shared[kept], (len(panel), 1))
    series[long_enough] = weights.series[:, kept]
    forecaster = Combination(
        tuple(members.values()),
        tuple(members),
        _summing_to_1(series),
        _summing_to_1(weights.shared[None, kept])[0],
        widths,
    )
    name = COMBINATION if len(members) > 1 else next(iter(members))
    judged_as = COMBINATION if len(names) > 1 else name
    if len(names) > 1:
        rows.append(
            LeaderboardRow(
                COMBINATION, _mase(report, COMBINATION), 0.0, sum(row.seconds for row in rows)
            )
        )
    won = _won(report, [row.name for row in rows])
    board = sorted((row._replace(won=won[row.name]) for row in rows), key=_error)
    trust = report.trust_horizon()[judged_as] if windows >= FEWEST_ORIGINS else None
    sentence = _sentence(forecaster, rows, trials, (windows, len(compared), len(panel)))
    return AutoResult(forecaster, name, tuple(board), report, sentence, trust)


def _fitted(
    trials: Trials,
    names: list[str],
    weights: np.ndarray,
    by_name: dict[str, Candidate],
    fit_arguments: tuple[Panel, Key, ComparisonCheckpoint],
) -> dict[str, Predictor]:
    """Fit the members of the combination on all data, the heaviest first. Those that fail, or for
    which time runs out, are left out. The simplest of all candidates is not limited, and takes the
    place of the others if none is left."""
    members = {}
    for number in np.argsort(-weights, kind="stable"):
        name = names[number]
        if weights[number] >= LEAST_WEIGHT and number:
            forecaster = trials.last_fit(by_name[name], *fit_arguments)
            if forecaster is not None:
                members[name] = forecaster
    if not members or weights[0] >= LEAST_WEIGHT:
        no_deadline = Deadline(trials.clock, np.inf)
        members[names[0]] = trials.fit(by_name[names[0]], *fit_arguments, no_deadline)
    return members


def _summing_to_1(weights: np.ndarray) -> np.ndarray:
    """Weights in proportion; equal where all are 0."""
    total = weights.sum(axis=1, keepdims=True)
    return np.where(total > 0, weights / np.where(total > 0, total, 1.0), 1 / weights.shape[1])


def _origins(panel: Panel, horizon: int, season: int) -> tuple[int, int, np.ndarray]:
    """The number of origins (0: every series is too short), the steps between them, and a mask of
    the series that are long enough. Before the oldest origin a series must hold two seasons, one
    horizon and 8 steps. The origins lie in the last half of the median series, half a horizon
    apart at most; if there is less room, 3 of them begin earlier."""
    most = int(np.clip(VALUES // len(panel.values), FEWEST_ORIGINS, MOST_ORIGINS))
    room = int(np.median(panel.lengths)) // 2 - horizon
    for windows in range(most, 0, -1):
        spacing = max(1, horizon // 2)
        if windows > FEWEST_ORIGINS:
            spacing = min(spacing, room // (windows - 1))
        if spacing < 1:
            continue
        enough = panel.lengths >= _before(horizon, season) + horizon + (windows - 1) * spacing
        share = 0.5 if windows <= FEWEST_ORIGINS else 0.9
        if enough.mean() >= share or (windows == 1 and enough.any()):
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


def _won(report: Backtest, names: list[str]) -> dict[str, float]:
    """The share of (origin, series) pairs on which each model had the smallest mean absolute error.
    Ties go to the simpler model."""
    errors = [
        np.asarray(mae(report.actual, report.mean[name], axis=(2, 3), mask=report.counted))
        for name in names
    ]
    best = np.argmin(np.nan_to_num(np.stack(errors), nan=np.inf), axis=0)
    return {name: float(np.mean(best == number)) for number, name in enumerate(names)}


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
    forecaster: Combination,
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
    else:
        chosen = rows[-1]
        share = 1 - chosen.mase / naive.mase if naive.mase else 0.0
        word = "below" if share >= 0 else "above"
        used = (
            f"The forecast is {forecaster.chosen}, weighted by their errors {there}"
            if len(forecaster.members) > 1
            else f"The forecast is that of {forecaster.names[0]} alone; compared {there}"
        )
        text = f"{used}; its error there was {abs(share):.0%} {word} that of {naive.name}."
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
