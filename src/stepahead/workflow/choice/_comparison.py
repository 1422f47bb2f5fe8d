"""Candidates compared at rolling origins inside the series."""

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
"""Rolling origins at which the models are compared: as many as make this number of values to learn
from, at least 3 and at most 60, where the series are long enough."""

FORECASTS = 30
"""Forecasts of single series that are compared at least, however long the series are."""

APART = 20
"""Origins that must fit into the last half of the median series, a whole horizon apart, for them to
lie so far apart: each then has errors of its own, and meets the seasons at the same place."""


class Origins(NamedTuple):
    """The number of origins (0: every series is too short), the steps between them, and a mask of
    the series that are long enough."""

    windows: int
    spacing: int
    long_enough: Bool[np.ndarray, " series"]


def origins_inside(panel: Panel, horizon: int, season: int) -> Origins:
    """Rolling origins inside a panel. Before the oldest a series must hold two seasons, one horizon
    and 8 steps. The origins lie in the last half of the median series, a horizon apart if there is
    much room (`APART`), else half a horizon at most; if there is less, 3 of them begin earlier."""
    room = int(np.median(panel.lengths)) // 2 - horizon
    apart = horizon if room >= APART * horizon else max(1, horizon // 2)
    most = max(VALUES // len(panel.values), -(-FORECASTS // len(panel)))
    most = int(np.clip(most, FEWEST_ORIGINS, MOST_ORIGINS))
    if apart == horizon:
        most = min(most, room // apart + 1)
    for windows in range(most, 0, -1):
        spacing = apart
        if windows > FEWEST_ORIGINS:
            spacing = min(spacing, room // (windows - 1))
        if spacing < 1:
            continue
        enough = panel.lengths >= steps_before(horizon, season) + horizon + (windows - 1) * spacing
        share = 0.5 if windows <= FEWEST_ORIGINS else 0.9
        if enough.mean() >= share or (windows == 1 and enough.any()):
            return Origins(windows, spacing, enough)
    return Origins(0, 1, np.zeros(len(panel), bool))


def steps_before(horizon: int, season: int) -> int:
    """Steps that a series must have before the oldest origin."""
    return max(2 * season, horizon, 8)


NAIVE = (LAST_VALUE, LAST_SEASON)


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
class Comparison:
    """The backtest of all candidates that could be compared, their names, simplest first, and a row
    of each."""

    report: Backtest
    names: list[str]
    rows: list[LeaderboardRow]

    def with_combination(self, report: Backtest, name: str) -> "Comparison":
        """The comparison with the combination of all candidates, which `report` judges too, at the
        same origins or at some of them."""
        seconds = sum(row.seconds for row in self.rows)
        rows = [*self.rows, LeaderboardRow(name, np.nan, 0.0, seconds)]
        judged = [row._replace(mase=_mase(report, row.name)) for row in rows]
        return Comparison(report, self.names, judged)

    def naive(self) -> tuple[str, float]:
        """The better of the last value and the last season, and its MASE."""
        return min(((name, _mase(self.report, name)) for name in NAIVE), key=lambda one: one[1])

    def board(self) -> tuple[LeaderboardRow, ...]:
        """The rows, the smallest error first, with the share of comparisons that each won."""
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
    """Judge every candidate of the list at the origins, within its time; `sizes` are horizon,
    season and origins. Where the user ends it, those that are done are compared. Refused: none of
    them could be compared."""
    horizon, season, origins = sizes
    rows: list[LeaderboardRow] = []
    reports: dict[str, Backtest] = {}

    def judged(item: Planned, deadline: Deadline) -> Backtest:
        candidate = item.candidate

        def save(event: OriginDone) -> None:  # what takes less than a second is made again
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
        # The first candidate is naive, and a resumed one is almost done: neither is limited.
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
