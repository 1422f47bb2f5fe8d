"""Rules of the combination compared, on training parts alone.

The last horizon of each set is held back and never looked at. Inside the rest the candidates of the
automatic choice forecast from the rolling origins that `auto` takes at its defaults, without a
clock; of large sets `--series` series, evenly spread. Each rule then learns weights and widths as
it goes, from earlier origins alone, and is scored at the later half of the origins: MASE and
quantile loss (of 0.1, 0.3 … 0.9, by volume) as a share of the seasonal naive forecast's, the shares
inside the 80 and the 95 % interval, and by how much that of single origins misses 80. `--members`
prints the same of every candidate, in the means those that all sets of the group have; `--without`
prints the combination without some of them, too; `--local` leaves out those that are compiled,
which take most of the time. With `--keep FOLDER` forecasts that take long are kept there, and a
second run takes them from there.

Run: STEPAHEAD_DATA=… python benchmarks/accuracy/combining.py [--only taylor,daily] [--series 80]
[--rules "now,power 2"] [--members] [--without zero-shot,arima] [--keep FOLDER] [--origins 24]
[--local]
"""

import argparse
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import numpy as np
from defaults import SLOW
from sets import Set, sets

from stepahead.data import Panel, missing_at_end, season_of, without_last_steps
from stepahead.evaluation import LAST_SEASON, Backtest
from stepahead.workflow import candidates
from stepahead.workflow.choice import (
    _combining,
    _comparison,
    _steps,
    _together,
    _weights,
    _widths,
    work_list,
)
from stepahead.workflow.choice._checkpoint import ComparisonCheckpoint
from stepahead.workflow.choice._trials import Trials

DECILES = (0.1, 0.3, 0.5, 0.7, 0.9)
TOGETHER = "combination"


class Scores(NamedTuple):
    """Scores of one forecaster at the later half of the origins of one set."""

    mase: float
    loss: float
    inside80: float
    missing80: float
    inside95: float


def compared(
    one: Set, most: int, kept: Path | None, origins: int, local: bool
) -> tuple[_comparison.Comparison, Panel]:
    """The candidates compared on so many series of a training part, and these."""
    panel = one.train
    if len(panel) > most:
        panel = panel.take(np.unique(np.linspace(0, len(panel) - 1, most).astype(int)))
    panel, season = without_last_steps(panel, missing_at_end(panel).min(axis=1)), season_of(panel)
    values = origins * len(panel.values) or _comparison.VALUES
    with patch.object(_comparison, "VALUES", values):
        places = _comparison.origins_inside(panel, one.horizon, season)
    panel = panel.take(np.flatnonzero(places.long_enough))
    field = candidates(panel, one.horizon, season)
    field = tuple(each for each in field if not (local and each.compiled))
    listed, _ = work_list(field, places.windows, 60.0)
    folder = None if kept is None else kept / f"{one.name} {most} {origins}{' local' * local}"
    saved = ComparisonCheckpoint(folder, one.name)
    trials = Trials(time.monotonic, np.inf, np.inf)
    sizes = one.horizon, season, places
    return _comparison.compare(listed, panel, sizes, 0, trials, saved, None), panel


def widths_of(horizons: float) -> patch:
    """Interval widths of another half-life than the weights have."""
    usual = _combining._widths

    def widths(
        report: Backtest, mean: object, away: object, seen: tuple, at: tuple, whole: object
    ) -> np.ndarray:
        known, recent = seen
        recent = recent ** (_weights.HALF_LIFE / horizons)
        return usual(report, mean, away, (known, recent), at, whole)

    return patch.object(_combining, "_widths", widths)


def average_of_quantiles(share: float) -> patch:
    """Quantiles that are so much the members' weighted average, the rest those of the mixture."""
    mixture = _combining.Members.weighted

    def weighted(
        self: _combining.Members, weights: np.ndarray, origins: object, at: tuple[float, ...]
    ) -> tuple[np.ndarray, np.ndarray]:
        mean, away = mixture(self, weights, origins, at)
        ends = np.einsum("...shm,m...shcq->...shcq", weights, self.quantiles[:, origins])
        return mean, share * (ends - mean[..., None]) + (1 - share) * away

    return patch.object(_combining.Members, "weighted", weighted)


def weights_by_quantile_loss() -> patch:
    """Weights by scaled quantile losses in place of absolute errors."""
    usual = _combining._weights

    def weights(
        report: Backtest, members: _combining.Members, known: np.ndarray, recent: np.ndarray
    ) -> _weights.Weights:
        tau = np.array(next(iter(report.probabilities.values())))
        gap = report.actual[..., None] - members.quantiles
        loss = np.maximum(tau * gap, (tau - 1) * gap).mean(axis=-1) / _combining._scale(report)
        loss = np.where(report.counted & known[:, None, :, None], loss, np.nan).mean(axis=-1)
        alone = usual(report, members, known, recent)
        taken = (alone.shared > 0).sum() == 1 and alone.shared[0] == 1
        if taken:
            return alone
        own = _weights.combination_weights(loss, recent)
        return _steps.by_step(own, loss, recent, report.spacing)

    return patch.object(_combining, "_weights", weights)


def everywhere(**values: float) -> list[patch]:
    """These values of the weights and of their factors by step."""
    return [
        patch.object(part, name, x) for name, x in values.items() for part in (_weights, _steps)
    ]


RULES = {
    "now": [],
    "mean of the mixture": [patch.object(_combining, "MEDIAN_SHARE", 0.0)],
    "median of the mixture": [patch.object(_combining, "MEDIAN_SHARE", 1.0)],
    "origins alike": [patch.object(_weights, "ELSEWHERE", 1.0)],
    "weights by inverse errors": [patch.object(_together, "PRIOR", 10**9)],
    "average of quantiles": [average_of_quantiles(1.0)],
    "half average": [average_of_quantiles(0.5)],
    "weights by quantile loss": [weights_by_quantile_loss()],
    "both": [average_of_quantiles(1.0), weights_by_quantile_loss()],
    "half and by quantile loss": [average_of_quantiles(0.5), weights_by_quantile_loss()],
    "same weights at all steps": [patch.object(_combining, "by_step", lambda usual, *_: usual)],
    "power 4": everywhere(POWER=4),
    "weights half-life 2": [patch.object(_weights, "HALF_LIFE", 2)],
    "power 2": everywhere(POWER=2),
    "cut 1.3": everywhere(CUT=1.3),
    "steps nearer": [patch.object(_steps, "NEAR", 0.5)],
    "steps prior 6": [patch.object(_steps, "PRIOR", 6)],
    "widths half-life 1": [widths_of(1)],
    "widths half-life 3": [widths_of(3)],
    "widths half-life 12": [widths_of(12)],
    "widths prior 2": [patch.object(_widths, "PRIOR_FORECASTS", 2)],
}


def judged(report: Backtest, name: str, base: str) -> Scores:
    """The scores of one forecaster; `base` is the candidate that is the seasonal naive forecast."""
    later = slice(len(report.actual) // 2, None)
    actual, there = report.actual[later], report.counted[later]
    scale = np.where(report.scale > 0, report.scale, 1.0)[later, :, None]

    def error(one: str) -> float:
        return float((np.abs(report.mean[one][later] - actual) / scale)[there].mean())

    def at(one: str, probability: float) -> np.ndarray:
        place = np.isclose(report.probabilities[one], probability).argmax()
        return report.quantiles[one][later][..., place]

    def loss(one: str) -> float:
        gaps = ((tau, (actual - at(one, tau))[there]) for tau in DECILES)
        return float(sum(np.maximum(tau * gap, (tau - 1) * gap).sum() for tau, gap in gaps))

    def inside(low: float, high: float) -> np.ndarray:
        held = (actual >= at(name, low)) & (actual <= at(name, high))
        each = zip(held, there, strict=True)
        return np.array([100 * one[seen].mean() for one, seen in each if seen.any()])

    middle = inside(0.1, 0.9)
    return Scores(
        error(name) / error(LAST_SEASON),
        loss(name) / loss(base),
        float(middle.mean()),
        float(np.abs(middle - 80).mean()),
        float(inside(0.025, 0.975).mean()),
    )


def line(name: str, found: Scores) -> None:
    """Print one row."""
    print(
        f"  {name:34s}{found[0]:8.3f}{found[1]:8.3f}{found[2]:8.1f}{found[3]:8.1f}{found[4]:8.1f}"
    )


def main() -> None:
    """Print each set, then the geometric means of losses and the means of the rest by rule."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--series", type=int, default=80)
    parser.add_argument("--origins", type=int, default=0)
    parser.add_argument("--rules", default="now")
    parser.add_argument("--members", action="store_true")
    parser.add_argument("--without", default="")
    parser.add_argument("--local", action="store_true")
    parser.add_argument("--keep", type=Path)
    told = parser.parse_args()
    rules = list(RULES) if told.rules == "all" else told.rules.split(",")
    less = [name for name in told.without.split(",") if name]
    found: dict[tuple[str, bool], list[Scores]] = {}
    count = {True: 0, False: 0}
    print(f"  {'':34s}{'MASE':>8s}{'wQL':>8s}{'80 %':>8s}{'misses':>8s}{'95 %':>8s}")
    for one in (one for name in told.only.split(",") for one in sets(name)):
        done, panel = compared(one, told.series, told.keep, told.origins, told.local)
        report, names, slow = done.report, done.names, one.season in SLOW
        count[slow] += 1

        def noted(
            row: str, report: Backtest, name: str, base: str = names[0], slow: bool = slow
        ) -> None:
            scores = judged(report, name, base)
            line(row, scores)
            found.setdefault((row, slow), []).append(scores)

        origins = len(report.actual)
        print(f"{one.name}: {len(panel)} series, {origins} origins {report.spacing} apart")
        for name in names if told.members else ():
            noted(name, report, name)
        for rule in rules:
            with ExitStack() as changed:
                for change in RULES[rule]:
                    changed.enter_context(change)
                for left_out in ([], less) if less else ([],):
                    used = [name for name in names if name not in left_out]
                    together = _combining.combined(report, used, TOGETHER, panel)
                    told_without = f" without {', '.join(left_out)}" if left_out else ""
                    noted(rule + told_without, together, TOGETHER)
    for slow in (True, False):
        title = "months, quarters, years" if slow else "days and faster"
        print(f"{title}: {count[slow]} sets")
        for (row, kind), scores in found.items():
            if kind == slow and len(scores) == count[slow]:
                rows = np.array(scores)
                losses = np.exp(np.log(rows[:, :2]).mean(axis=0))
                line(row, Scores(*losses, *rows[:, 2:].mean(axis=0)))


if __name__ == "__main__":
    main()
