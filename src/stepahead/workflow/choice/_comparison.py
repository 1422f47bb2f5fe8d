"""Comparison of candidates at rolling origins inside the series."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

from ..._check import Refusal
from ..._types import Key
from ...data import Panel
from ...evaluation import LAST_SEASON, LAST_VALUE, Backtest, OriginDone, backtest, mae
from .._deadline import Deadline
from ._checkpoint import ComparisonCheckpoint
from ._trials import Trials
from ._work import Planned

FEWEST_ORIGINS, MOST_ORIGINS, VALUES = 3, 60, 200_000
"""The number of rolling origins is at least 3 and at most 60, if the series are long enough. Within
that it is chosen so that the origins times the values of the panel are about the third number."""

FORECASTS = 30
"""The least number of forecasts (series times origins) that are compared, however long the series
are."""

APART = 20
"""Origins are a whole horizon apart if this number of them fits into the second half of the median
series. Their errors then do not overlap, and each has the same place in the season."""


class Origins(NamedTuple):
    """The number of origins (0 if every series is too short), the steps between them, and a mask of
    the series that are long enough."""

    windows: int
    spacing: int
    long_enough: Bool[np.ndarray, " series"]


def origins_inside(panel: Panel, horizon: int, season: int) -> Origins:
    """Rolling origins inside a panel. Before the oldest a series must hold two seasons, one horizon
    and 8 steps; series that have no room for one origin do not count. The origins lie in the last
    half of the median series, a horizon apart if there is much room (`APART`), else half a horizon
    at most; if there is less, 3 of them begin earlier."""
    before = steps_before(horizon, season)
    lengths = panel.lengths[panel.lengths >= before + horizon]
    if not len(lengths):
        return Origins(0, 1, np.zeros(len(panel), bool))
    room = int(np.median(lengths)) // 2 - horizon
    apart = horizon if room >= APART * horizon else max(1, horizon // 2)
    most = max(VALUES // int(lengths.sum()), -(-FORECASTS // len(lengths)))
    most = int(np.clip(most, FEWEST_ORIGINS, MOST_ORIGINS))
    if apart == horizon:
        most = min(most, room // apart + 1)
    for windows in range(most, 1, -1):
        spacing = apart
        if windows > FEWEST_ORIGINS:
            spacing = min(spacing, room // (windows - 1))
        if spacing < 1:
            continue
        needed = before + horizon + (windows - 1) * spacing
        share = 0.5 if windows <= FEWEST_ORIGINS else 0.9
        if (lengths >= needed).mean() >= share:
            return Origins(windows, spacing, panel.lengths >= needed)
    return Origins(1, apart, panel.lengths >= before + horizon)


def steps_before(horizon: int, season: int) -> int:
    """Return the number of steps that a series needs before the oldest origin."""
    return max(2 * season, horizon, 8)


NAIVE = (LAST_VALUE, LAST_SEASON)


class LeaderboardRow(NamedTuple):
    """One row of the leaderboard: MASE relative to the in-sample seasonal naive forecast, share of
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
class Comparison:
    """The backtest of all candidates that could be compared, their names, simplest first, and their
    rows."""

    report: Backtest
    names: list[str]
    rows: list[LeaderboardRow]

    def with_combination(self, report: Backtest, name: str) -> "Comparison":
        """Return the comparison with the combination of all candidates as one more row; `report`
        evaluates both at the same origins or at some of them."""
        seconds = sum(row.seconds for row in self.rows)
        rows = [*self.rows, LeaderboardRow(name, np.nan, 0.0, seconds)]
        judged = [row._replace(mase=_mase(report, row.name)) for row in rows]
        return Comparison(report, self.names, judged)

    def naive(self) -> tuple[str, float]:
        """The better of the two naive forecasts (last value, last season), and its MASE."""
        return min(((name, _mase(self.report, name)) for name in NAIVE), key=lambda one: one[1])

    def board(self) -> tuple[LeaderboardRow, ...]:
        """Return the rows, smallest error first, with the share of comparisons that each won."""
        won = _won(self.report, [row.name for row in self.rows])
        return tuple(sorted((row._replace(won=won[row.name]) for row in self.rows), key=_error))


def compare(
    work: Sequence[Planned],
    panel: Panel,
    sizes: tuple[int, int, Origins],
    key: Key,
    trials: Trials,
    saved: ComparisonCheckpoint,
    on_event: Callable[[CandidateDone], None] | None,
) -> Comparison:
    """Evaluate every candidate of the list at the origins, within its time limit. `sizes` are
    horizon, season and origins. If the user interrupts, the finished candidates are compared.
    Refuse if no candidate could be evaluated."""
    horizon, season, origins = sizes
    rows: list[LeaderboardRow] = []
    reports: dict[str, Backtest] = {}

    def judged(item: Planned, deadline: Deadline) -> Backtest:
        candidate = item.candidate

        def save(event: OriginDone) -> None:  # what takes less than a second is computed again
            if candidate.compiled or trials.fit_seconds.get(candidate.name, 0.0) > 1:
                saved.save_prediction(event)

        return backtest(
            {candidate.name: trials.fit_function(candidate, key, deadline)},
            panel,
            horizon,
            origins.windows,
            origins.spacing,
            refit=item.refit,
            season=season,
            kept=saved.predictions,
            reference=next(iter(reports.values()), None),
            on_event=save,
        )

    def done(number: int, item: Planned) -> None:
        candidate, name = item.candidate, item.candidate.name
        before, compiling = trials.clock(), candidate.compiling_seconds()
        # No time limit for the first candidate (naive) and for a resumed one (almost done).
        limited = number and name not in saved.seconds
        end = trials.next_end(item.share) if limited else np.inf
        needs = candidate.cost.fit if limited else 0.0
        report = trials.attempt(name, partial(judged, item), end, needs)
        if report is None:
            return
        taken = trials.clock() - before - (candidate.compiling_seconds() - compiling)
        total = saved.add_seconds(name, max(0.0, taken))
        reports[name] = report
        rows.append(LeaderboardRow(name, _mase(report, name), 0.0, total))
        if on_event is not None:
            on_event(CandidateDone(rows[-1], number, len(work)))

    for number, item in enumerate(work):
        try:
            done(number, item)
        except KeyboardInterrupt:
            left = [each.candidate.name for each in work if each.candidate.name not in reports]
            if not rows or not trials.interrupt(left):
                raise
            break
    if not rows:
        raise Refusal(f"No model could be compared. {trials.left_out} Take a model by its name.")
    return Comparison(_merged(reports), list(reports), rows)


def _mase(report: Backtest, name: str) -> float:
    board = report.leaderboard()
    return float(board["mase"][board["model"].tolist().index(name)])


def _error(row: LeaderboardRow) -> float:
    """The MASE, or infinity if it is undefined (constant series), so that the simplest model is
    selected."""
    return row.mase if np.isfinite(row.mase) else np.inf


def _won(report: Backtest, names: list[str]) -> dict[str, float]:
    """The share of (origin, series) pairs on which each model had the smallest mean absolute error.
    The simpler model wins ties."""
    errors = [
        np.asarray(mae(report.actual, report.mean[name], axis=(2, 3), mask=report.counted))
        for name in names
    ]
    best = np.argmin(np.nan_to_num(np.stack(errors), nan=np.inf), axis=0)
    return {name: float(np.mean(best == number)) for number, name in enumerate(names)}


def _merged(reports: dict[str, Backtest]) -> Backtest:
    """The reports of all candidates as one; they share origins and actual values."""
    first = next(iter(reports.values()))
    mean = {name: values for report in reports.values() for name, values in report.mean.items()}
    quantiles = {
        name: values for report in reports.values() for name, values in report.quantiles.items()
    }
    probabilities = {
        name: values for report in reports.values() for name, values in report.probabilities.items()
    }
    return replace(first, mean=mean, quantiles=quantiles, probabilities=probabilities)
