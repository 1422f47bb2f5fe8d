"""The automatic choice that learned from some series against one that saw all.

In chunks (`workflow.forecast_in_chunks`) members, weights and widths of the combination are learned
from about 500 series, and each series has the weights of all together. In memory they are learned
from all, and each series has weights of its own. Both, and what lies between, one horizon before
the test windows, which nothing here reads.

Run: STEPAHEAD_DATA=../shared/data python benchmarks/accuracy/learned_from_some.py
"""

import time

import numpy as np
from sets import Set, sets

import stepahead as sa
from stepahead.evaluation import coverage, mase, pinball, seasonal_naive_mae
from stepahead.workflow import evenly_chosen

WANTED = {"M3 monthly": (500,), "M3 quarterly": (250,), "tourism monthly": (120,)}
"""Sets, and from how many series is learned."""

LEVELS = (80, 95)


def earlier(one: Set) -> Set:
    """The set one horizon earlier: series that still hold two seasons and a horizon."""
    horizon = one.horizon
    enough = one.train.lengths >= 2 * one.season + 2 * horizon
    panel = one.train.take(np.flatnonzero(enough))
    past = panel.slice(np.zeros_like(panel.lengths), panel.lengths - horizon)
    ends = [panel.values[end - horizon : end, 0] for end in panel.offsets[1:]]
    return Set(one.name, past, ends, one.season)


def shown(name: str, done: sa.Prediction, one: Set, seconds: float) -> None:
    """A line of the table."""
    actual, scale = np.stack(one.test), seasonal_naive_mae(one.train, one.season)
    mean, quantiles = done.mean[..., 0], done.quantiles[:, :, 0]
    error = float(mase(actual, mean, scale))
    loss = np.asarray(pinball(actual, quantiles, done.probabilities, axis=())).mean(axis=-1)
    loss = float(np.nanmean(loss / np.where(scale > 0, scale, np.nan)[..., None].reshape(-1, 1)))
    inside = [
        100 * float(coverage(actual, *(end[..., 0] for end in done.interval(level))))
        for level in LEVELS
    ]
    cells = f"{error:.4f} {loss:.4f} {inside[0]:6.1f} {inside[1]:6.1f} {seconds:7.1f}"
    print(f"  {name:30s} {cells}", flush=True)


def main() -> None:
    """Learn from all and from some, and score both on the last horizon before the test windows."""
    for name, wanted in WANTED.items():
        one = earlier(next(sets(name)))
        print(f"{one.name}, {len(one.train):,} series, {one.horizon} steps ahead")
        print(f"  {'learned from':30s}   MASE pinball  80 %   95 %   cpu s")
        for most in (None, *wanted):
            began = time.process_time()
            some = one.train if most is None else evenly_chosen(one.train, most)
            fitted = sa.fit(sa.Auto(), some, one.horizon, key=0, season=one.season)
            learning = time.process_time() - began
            if most is None:
                shown("all, weights of each series", fitted.predict(levels=LEVELS), one, learning)
            shared = fitted.without_history().predict(levels=LEVELS, panel=one.train)
            told = "all" if most is None else f"{len(some)} series"
            shown(f"{told}, weights shared", shared, one, time.process_time() - began)
            shares = zip(fitted.names, fitted.shared.tolist(), strict=True)
            print("     ", ", ".join(f"{name} {share:.2f}" for name, share in shares))
            print("      80 % widths by step", fitted.widths[:, 0].round(2).tolist(), flush=True)


if __name__ == "__main__":
    main()
