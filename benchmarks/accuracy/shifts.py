"""Series whose level moved once and stayed, on training parts: methods as they are, and on the
level of now (`forecasting.Leveled`).

One and two horizons before the end of each training part the series with a lasting shift are taken
(`classical.lasting_shifts`) and forecast by both. Printed by set: how many, and by method the
quantile loss (of 0.1, 0.3 … 0.9) of the second as a share of the first's, the geometric mean over
series, and the shares inside the 80 % interval; then the mean and the median over all.

Run: STEPAHEAD_DATA=… python benchmarks/accuracy/shifts.py [--only M3]
"""

import argparse

import numpy as np
from sets import Set, sets

from stepahead.classical import Rows, lasting_shifts
from stepahead.forecasting import ETS, Baseline, Leveled, LocalMethod, Pretrained, Theta

METHODS: dict[str, LocalMethod] = {
    "naive": Baseline("naive"),
    "theta": Theta(),
    "ets": ETS(),
    "zero-shot": Pretrained(),
}
AT = (0.1, 0.3, 0.5, 0.7, 0.9)


def scores(one: Set, back: int) -> dict[str, np.ndarray]:
    """By method the ratio of losses and both shares inside, of the series with a shift."""
    steps, lengths = back * one.horizon, one.train.lengths
    panel = one.train.take(np.flatnonzero(lengths > steps + 8))
    past = panel.slice(np.zeros_like(panel.lengths), panel.lengths - steps)
    rows = Rows(np.ascontiguousarray(past.values[:, 0]), past.offsets)
    which = np.flatnonzero(lasting_shifts(rows))
    if not len(which):
        return {}
    actual = np.stack([panel.series(int(k))[-steps:, 0][: one.horizon] for k in which])
    found = {}
    for name, method in METHODS.items():
        losses, inside = [], []
        for each in (method, Leveled(method)):
            fit = each.fitted(past.take(which), one.horizon, key=0, season=one.season)
            ends = fit.predict(quantiles=AT).quantiles[:, :, 0]
            gap = actual[..., None] - ends
            losses.append(np.nansum(np.maximum(AT * gap, np.subtract(AT, 1) * gap), axis=(1, 2)))
            inside.append(((actual >= ends[..., 0]) & (actual <= ends[..., -1])).mean(axis=1))
        found[name] = np.stack([losses[1] / losses[0], *inside])
    return found


def main() -> None:
    """Print a row a set and distance from the end, then all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    every: dict[str, list[np.ndarray]] = {name: [] for name in METHODS}
    for one in sets(parser.parse_args().only):
        for back in (1, 2):
            told = ""
            for name, found in scores(one, back).items():
                every[name].append(found)
                ratio, held = float(np.exp(np.log(found[0]).mean())), found[1:].mean(axis=1)
                told += f"   {name} {ratio:.3f}, {held[0]:4.0%} {held[1]:4.0%}"
                count = found.shape[1]
            if told:
                print(f"{one.name:20s}{back} {count:3d}{told}", flush=True)
    for name, parts in every.items():
        joined = np.concatenate(parts, axis=1)
        logs, held = np.log(joined[0]), joined[1:].mean(axis=1)
        print(
            f"{name:10s}{len(logs):4d} series   mean {np.exp(logs.mean()):.3f}"
            f"   median {np.exp(np.median(logs)):.3f}   80 % hold {held[0]:.0%} and {held[1]:.0%}"
        )


if __name__ == "__main__":
    main()
