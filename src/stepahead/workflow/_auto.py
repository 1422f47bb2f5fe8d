"""`auto`: compare a handful of models inside the data, and fit the one that forecasts best; the
simpler one where it hardly matters."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .._check import Refusal, counted, options_known, whole
from .._types import Key
from ..data import Panel, given_panel, missing_at_end, season_of, without_end
from ..evaluation import Backtest, mae
from ..evaluation import backtest as judged
from ..forecasting import FEWEST, Predictor, RandomWalk, Theta
from ..ops import compiling_seconds
from ._candidates import Candidate, Deadline, candidates
from ._comparison_checkpoint import ComparisonCheckpoint, run_of
from ._contest import Contest

MARGIN = 0.02
"""A model is chosen over a simpler one only if its error is smaller by more than this share."""

ORIGINS = 3
"""Origins inside the data at which the models are compared, where the series are long enough."""


class Row(NamedTuple):
    """A line of the leaderboard: error relative to seasonal naive's (MASE), share of comparisons
    won, seconds taken."""

    name: str
    mase: float
    won: float
    seconds: float


class Compared(NamedTuple):
    """An event: one candidate was compared."""

    row: Row
    number: int
    candidates: int


@dataclass(frozen=True, eq=False)
class Choice:
    """What `auto` found: the forecaster, the leaderboard (best first), the backtest behind it, and
    a sentence that says why.

    Where the series were too short to compare models the leaderboard is empty and there is no
    backtest.
    """

    forecaster: Predictor
    name: str
    leaderboard: tuple[Row, ...]
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
    on_event: Callable[[Compared], None] | None = None,
    checkpoint: Path | None = None,
) -> Choice:
    """Compare what `choose_from` names (see `candidates`) at rolling origins inside the panel, then
    fit the best on all of it.

    Every candidate is fitted once, at the oldest origin, and judged there and at the later ones by
    the MASE; no origin is seen by a fit. The winner is the simplest model whose error is within 2 %
    of the smallest. If nothing beats the naive forecast, that is chosen and said. A candidate that
    fails is left out, and the sentence says why. Series too short to compare anything on are
    forecast by the Theta method, or as random walks (`forecasting.RandomWalk`), whose intervals say
    how little is known.

    `budget` bounds the seconds of `clock` for all of it, the last fit included. A candidate may
    take half of what is left, and less where the best so far would not fit in any more; whoever is
    not done by then is stopped, left out and named, and of an ensemble as many seeds are fitted as
    there is time for. What can go over is the first candidate, a naive one, a tenth for the last
    fit, and what cannot be stopped: one compilation, or the fit of one series by a local method.
    Compilation is not counted among the seconds of a `Row`. With `checkpoint`, what is done is
    written to that folder, and the same call made again after a crash goes on from there to the
    same result (unless time ran out for other candidates); the folder is deleted when all is done.

    The origins have chosen: the errors there flatter the winner, and say nothing of how well the
    choice forecasts. `backtest` with `Auto()` says that: the whole choice is then made anew before
    each origin that is judged.
    """
    given_panel("panel", panel)
    whole("horizon", horizon)
    season = season_of(panel) if season is None else whole("season", season)
    began = clock()
    ended = without_end(
        panel, missing_at_end(panel).min(axis=1)
    )  # a model is judged on steps that have a value
    windows, spacing, long_enough = _origins(ended, horizon, season)
    if not windows:
        return _without_comparison(panel, horizon, season, key)
    compared = ended.take(np.flatnonzero(long_enough))
    field = choose_from(compared, horizon, season)
    kept = ComparisonCheckpoint(checkpoint, run_of(panel, key, field, horizon, season, budget))
    contest = Contest(clock, began + budget - sum(kept.seconds.values()), budget)
    rows: list[Row] = []
    reports: dict[str, Backtest] = {}

    def run(candidate: Candidate, heard: Deadline) -> Backtest:
        contest.refuse_slow(candidate, compared, windows, key, heard)
        fits, sizes = (
            {candidate.name: contest.judge(candidate, key, heard)},
            (horizon, windows, spacing),
        )
        return judged(
            fits,
            compared,
            *sizes,
            refit=0,
            season=season,
            kept=kept.predictions,
            on_event=kept.origin,
        )

    for number, candidate in enumerate(field):
        start, compiling, name = clock(), compiling_seconds(), candidate.name

        bounded = number and name not in kept.seconds
        report = contest.attempt(
            name,
            partial(run, candidate),
            contest.half(min(rows, key=_error).name if rows else None) if bounded else np.inf,
        )
        if report is None:
            continue
        reports[name] = report
        seconds = max(0.0, clock() - start - (compiling_seconds() - compiling))
        rows.append(Row(name, _mase(report, name), 0.0, kept.took(name, seconds)))
        if on_event is not None:
            on_event(Compared(rows[-1], number, len(field)))
    if not rows:
        raise Refusal(f"No model could be compared. {_left_out(contest)} Take a model by its name.")
    won = _won(reports)
    board = sorted((row._replace(won=won[row.name]) for row in rows), key=_error)
    best = next(row for row in rows if _error(row) <= _error(board[0]) * (1 + MARGIN))
    chosen, forecaster = _fitted(
        contest, best, board, rows[0], {c.name: c for c in field}, (panel, key, kept)
    )
    kept.done()
    where = (windows, len(compared), len(panel))
    return Choice(
        forecaster,
        chosen.name,
        tuple(board),
        _merged(reports),
        _sentence(chosen, best, rows, contest, where),
    )


def _fitted(
    contest: Contest,
    best: Row,
    board: list[Row],
    simplest: Row,
    named: dict[str, Candidate],
    given: tuple[Panel, Key, "ComparisonCheckpoint"],
) -> tuple[Row, Predictor]:
    """The best fitted on everything; where there is no time for that, or it fails, the next best,
    and at last the simplest."""
    for row in (best, *(row for row in board if row.name != best.name)):
        if row.name == simplest.name:
            break
        done = contest.last_fit(named[row.name], *given)
        if done is not None:
            return row, done
    return simplest, contest.fit(named[simplest.name], *given, Deadline(contest.clock, np.inf))


def _origins(panel: Panel, horizon: int, season: int) -> tuple[int, int, np.ndarray]:
    """How many origins (0: no series is long enough), how far apart, and which series are: what is
    left must hold two seasons, or as much as is foreseen, and 8 steps."""
    for windows in range(ORIGINS, 0, -1):
        spacing = max(1, horizon // 2)
        enough = panel.lengths >= _before(horizon, season) + horizon + (windows - 1) * spacing
        if enough.mean() >= 0.5 or (windows == 1 and enough.any()):
            return windows, spacing, enough
    return 0, 1, np.zeros(len(panel), bool)


def _before(horizon: int, season: int) -> int:
    """Steps to learn from before the oldest origin."""
    return max(2 * season, horizon, 8)


def _without_comparison(panel: Panel, horizon: int, season: int, key: Key) -> Choice:
    """Something simple for series on which nothing can be compared."""
    longest = int(panel.lengths.max())
    needed = _before(horizon, season) + horizon
    text = (
        f"To compare models a series needs {counted(needed, 'step')} ({needed - horizon} to learn "
        f"from, {horizon} to be judged on), "
        "but the longest "
        f"has {longest}, so nothing was compared. "
    )
    if longest < FEWEST:
        few = RandomWalk().fitted(panel, horizon, key=key, season=season)
        text += (
            "random-walk is used: the last value, with intervals that are wide because so few"
            " changes were seen."
        )
        return Choice(few, "random-walk", (), None, text)
    text += "theta is used; how well it does here is not known."
    return Choice(Theta().fitted(panel, horizon, key=key, season=season), "theta", (), None, text)


def _mase(report: Backtest, name: str) -> float:
    board = report.leaderboard()
    return float(board["mase"][board["model"].tolist().index(name)])


def _error(row: Row) -> float:
    """The MASE, infinite where it is undefined (nothing ever changes), so that the simplest model
    is taken there."""
    return row.mase if np.isfinite(row.mase) else np.inf


def _won(reports: dict[str, Backtest]) -> dict[str, float]:
    """The share of (origin, series) pairs on which each model had the smallest mean absolute error;
    a draw goes to the simpler."""
    errors = [
        np.asarray(mae(report.actual, report.mean[name], axis=(2, 3), mask=report.counted))
        for name, report in reports.items()
    ]
    best = np.argmin(np.nan_to_num(np.stack(errors), nan=np.inf), axis=0)
    return {name: float(np.mean(best == number)) for number, name in enumerate(reports)}


def _merged(reports: dict[str, Backtest]) -> Backtest:
    """One report of all: they share origins and actual values."""
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
    chosen: Row, best: Row, rows: list[Row], contest: Contest, where: tuple[int, int, int]
) -> str:
    naive, (windows, compared, series) = rows[0], where
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
    left_out = _left_out(contest)
    return f"{text} {left_out}" if left_out else text


def _left_out(contest: Contest) -> str:
    """Who is missing, and why."""
    late = (
        f"Left out for want of time: {', '.join(dict.fromkeys(contest.late))}."
        if contest.late
        else ""
    )
    failed = " ".join(
        f"Left out: {name}, which failed ({reason})." for name, reason in contest.failed.items()
    )
    return " ".join(filter(None, (late, failed)))
