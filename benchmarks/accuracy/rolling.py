"""Coverage of the automatic choice's intervals, and its quantile loss against every member's, at
all rolling origins that the default affords and in the last window.

For sets that are too small for one window to tell. `auto` is called as a user calls it, on the
training part, without a clock, so that its whole list of work is done. Origins count once a whole
horizon was seen after an earlier one; the last window, which the choice never sees, is one more. By
set: origins, the quantile loss of the combination and of the member that errs least in it (0.1, 0.3
… 0.9, by volume, as a share of the seasonal naive forecast's, at the rolling origins), and the
shares inside the 80 and 95 % intervals. Then these pooled by frequency, the smallest and the
largest share of a step ahead, and two binomial errors: as if all values were independent, and as if
the values of one forecast were one (those that overlap for their part).

Run: STEPAHEAD_DATA=… python benchmarks/accuracy/rolling.py [--only classics,CIF] [--most 299]
"""

import argparse
from typing import NamedTuple

import numpy as np
from defaults import PROBABILITIES, quantiles_of
from sets import Set, sets

import stepahead as sa
from stepahead.evaluation import Backtest

COMBINATION = "combination"
DECILES = (0.1, 0.3, 0.5, 0.7, 0.9)
LEVELS = {80: (0.1, 0.9), 95: (0.025, 0.975)}
FREQUENCIES = {
    1: "years, or no season",
    4: "quarters",
    12: "months",
    52: "weeks",
    5: "business days",
    7: "days",
    24: "hours",
    48: "half hours",
    288: "five minutes",
}


class Held(NamedTuple):
    """Values inside each interval by step ahead, values by step ahead, and the number of forecasts
    that share no step."""

    inside: np.ndarray
    values: np.ndarray
    forecasts: float

    def line(self) -> str:
        """The shares, and what they are worth."""
        cells = []
        for level, inside in zip(LEVELS, self.inside, strict=True):
            steps, part = 100 * inside / np.maximum(self.values, 1), level / 100
            values, alone = (
                100 * np.sqrt(part * (1 - part) / count)
                for count in (self.values.sum(), max(self.forecasts, 1))
            )
            share = 100 * inside.sum() / self.values.sum()
            cells.append(
                f"{share:7.1f} {f'({steps.min():.0f} to {steps.max():.0f})':>11s}"
                f"{f'±{values:.1f}, ±{alone:.1f}':>13s}"
            )
        return "".join(cells)


def at(report: Backtest, name: str, probability: float) -> np.ndarray:
    """A quantile of one model."""
    return report.quantiles[name][
        ..., int(np.isclose(report.probabilities[name], probability).argmax())
    ]


def loss(report: Backtest, name: str) -> float:
    """The sum of quantile losses."""
    total = 0.0
    for tau in DECILES:
        gap = (report.actual - at(report, name, tau))[report.counted]
        total += float(np.maximum(tau * gap, (tau - 1) * gap).sum())
    return total


def held(report: Backtest) -> Held:
    """Values inside the intervals of the combination at the origins."""
    there = report.counted
    inside = [
        (
            (report.actual >= at(report, COMBINATION, low))
            & (report.actual <= at(report, COMBINATION, high))
            & there
        )
        for low, high in LEVELS.values()
    ]
    some = there.any(axis=(2, 3)).sum() * min(1.0, report.spacing / report.horizon)
    return Held(
        np.stack([each.sum(axis=(0, 1, 3)) for each in inside]), there.sum(axis=(0, 1, 3)), some
    )


def held_last(one: Set, quantiles: np.ndarray) -> Held:
    """Values inside the intervals in the last window."""
    actual = np.stack(one.test)
    inside = [
        ((actual >= quantiles[..., places[0]]) & (actual <= quantiles[..., places[1]])).sum(axis=0)
        for places in ([PROBABILITIES.index(each) for each in pair] for pair in LEVELS.values())
    ]
    return Held(np.stack(inside), (~np.isnan(actual)).sum(axis=0), len(actual))


def main() -> None:
    """Print one row a set, then one a frequency."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--most", type=int, default=299)
    told = parser.parse_args()
    found: dict[str, list[Held]] = {}
    below = compared = 0
    print(f"{'set':28s}{'series':>7s}{'origins':>8s}{'apart':>6s}{'wQL':>7s}  best member", end="")
    print(f"{'':17s}{'80 %':>7s}{'by step':>12s}{'':13s}{'95 %':>7s}{'by step':>12s}")
    for one in (one for name in told.only.split(",") for one in sets(name)):
        if len(one.train) > told.most:
            continue
        done = sa.auto(one.train, one.horizon, key=0, clock=lambda: 0.0)
        every = [held_last(one, quantiles_of(done.forecaster, one.horizon)[1])]
        report, said = done.report, f"{'-':>8s}{'':6s}{'':7s}  {'':28s}"
        if report is not None and COMBINATION in report.mean:
            first = 0 if report.spacing >= one.horizon else -(-one.horizon // report.spacing)
            report = report.since(min(first, len(report.origins) - 1))
            every.append(held(report))
            names = [name for name in report.models if name != COMBINATION]
            base = loss(report, names[0])
            share = {name: loss(report, name) / base for name in (*names, COMBINATION)}
            best = min(names, key=share.__getitem__)
            compared, below = compared + 1, below + (share[COMBINATION] < share[best])
            said = (
                f"{len(report.origins):8d}{report.spacing:6d}{share[COMBINATION]:7.3f}"
                f"  {f'{best} {share[best]:.3f}':28s}"
            )
        steps = {len(each.values) for each in every}
        assert len(steps) == 1
        pooled = Held(*(sum(parts) for parts in zip(*every, strict=True)))
        print(f"{one.name:28s}{len(one.train):7d}{said}{pooled.line()}", flush=True)
        found.setdefault(FREQUENCIES[one.season], []).append(pooled)
    print(f"the combination's quantile loss is below every member's on {below} of {compared} sets")
    print("\npooled by frequency")
    for name, rows in found.items():
        longest = max(len(each.values) for each in rows)
        padded = [
            Held(
                np.pad(each.inside, ((0, 0), (0, longest - len(each.values)))),
                np.pad(each.values, (0, longest - len(each.values))),
                each.forecasts,
            )
            for each in rows
        ]
        pooled = Held(*(sum(parts) for parts in zip(*padded, strict=True)))
        print(f"{name:28s}{pooled.values.sum():7,d} values{'':32s}{pooled.line()}")


if __name__ == "__main__":
    main()
