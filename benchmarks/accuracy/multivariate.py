"""Several targets at once: ETTh1 (7 channels) scored as published, exchange rates (8 channels)
against the naive forecast.

ETTh1: 12 months to learn from, 4 to choose on, 4 to score; standardised by the first 12; every
window of 96 hours of the scored part, all channels, mean squared error (Zeng et al. 2023). Each
configuration below is scored on the 4 months to choose on, and the best by that is the one to
compare. Channels apart: every channel is a series of its own with one model for all; together: one
series of seven channels. Exchange rates: 70, 10 and 20 % of the days, look-back 96.

Run: STEPAHEAD_DATA=… python benchmarks/accuracy/multivariate.py [ett] [exchange]
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import stepahead as sa
from stepahead import data, models
from stepahead.forecasting import anchored, mimo
from stepahead.models import Point
from stepahead.training import LAST, Gradient, adam, cosine

FOLDER = Path(os.environ.get("STEPAHEAD_DATA", Path(__file__).parents[3] / "shared" / "data"))
SEEN, PUBLISHED = 96, {96: 0.368, 192: 0.408, 336: 0.444, 720: 0.446}
"""Steps that every forecast sees; SegRNN's errors by horizon."""

MONTH = 30 * 24


def recipe(updates: int) -> Gradient:
    """One training run for all networks."""
    return Gradient(
        span=SEEN,
        epochs=5,
        steps=updates // 5,
        batch=64,
        optimizer=adam(cosine(1e-3, updates)),
        loss_steps=LAST,
    )


CONFIGURATIONS: dict[str, tuple[Any, dict[str, Any], bool]] = {
    "linear, channels apart": (models.LinearAR(SEEN, ridge=1.0), {"strategy": mimo}, True),
    "linear on changes, apart": (
        models.Anchored(models.LinearAR(SEEN - 1, ridge=1.0)),
        {"strategy": mimo},
        True,
    ),
    "linear, channels together": (models.LinearAR(SEEN, ridge=100.0), {"strategy": mimo}, False),
    "GRU(64), apart": (
        models.GRU(64),
        {"strategy": anchored(mimo), "training": recipe(1500)},
        True,
    ),
    "GRU(64), together": (
        models.GRU(64),
        {"strategy": anchored(mimo), "training": recipe(1500)},
        False,
    ),
}
"""A specification, options of `fit`, and whether channels are series of their own."""


def apart(values: np.ndarray) -> data.Panel:
    """Every channel as a series: `[window, time, channel]` to a panel of windows × channels
    series."""
    return data.Panel.from_arrays(np.moveaxis(values, 2, 1).reshape(-1, values.shape[1]))


def mse(forecaster: Any, values: np.ndarray, horizon: int, alone: bool) -> float:
    """Mean squared error over every window of `values[time, channel]`, whose first `SEEN` steps are
    seen by the first one."""
    count = len(values) - SEEN - horizon + 1
    total = 0.0
    for first in range(0, count, 500):
        starts = np.arange(first, min(first + 500, count))
        seen = values[starts[:, None] + np.arange(SEEN)]
        wanted = values[starts[:, None] + SEEN + np.arange(horizon)]
        mean = forecaster.predict(
            horizon, panel=apart(seen) if alone else data.Panel.from_arrays(seen)
        ).mean
        mean = np.moveaxis(mean.reshape(len(starts), -1, horizon), 1, 2) if alone else mean
        total += float(np.square(mean - wanted).mean(axis=(1, 2)).sum())
    return total / count


def judge(
    values: np.ndarray, horizon: int, ends: tuple[int, int, int], published: float | None
) -> None:
    """Print all configurations at one horizon, chosen on the middle part and tested on the last."""
    learn, choose, end = ends
    scaled = (values - values[:learn].mean(axis=0)) / values[:learn].std(axis=0)
    parts = scaled[learn - SEEN : choose], scaled[choose - SEEN : end]
    rows = {}
    naive = [
        float(
            np.mean(
                [
                    np.square(part[s + SEEN : s + SEEN + horizon] - part[s + SEEN - 1]).mean()
                    for s in _starts(part, horizon)
                ]
            )
        )
        for part in parts
    ]
    print(f"  {horizon} steps; last value: {naive[0]:.3f} {naive[1]:.3f}")
    for name, (spec, options, alone) in CONFIGURATIONS.items():
        began = time.perf_counter()
        panel = (
            apart(scaled[None, :learn]) if alone else data.Panel.from_arrays(scaled[None, :learn])
        )
        forecaster = sa.fit(
            spec, panel, horizon, key=0, head=Point(), scaler=data.identity(), season=1, **options
        )
        rows[name] = [mse(forecaster, part, horizon, alone) for part in parts]
        print(
            f"    {name:28} validation {rows[name][0]:.3f}   test {rows[name][1]:.3f}   "
            f"{time.perf_counter() - began:4.0f} s",
            flush=True,
        )
    best = min(rows, key=lambda name: rows[name][0])
    beside = "" if published is None else f"; SegRNN {published:.3f}"
    print(f"    best on the validation part: {best}, {rows[best][1]:.3f}{beside}", flush=True)


def _starts(part: np.ndarray, horizon: int) -> range:
    return range(len(part) - SEEN - horizon + 1)


if __name__ == "__main__":
    asked = sys.argv[1:] or ["ett", "exchange"]
    if "ett" in asked:
        table = pd.read_csv(FOLDER / "ett" / "ETTh1.csv.gz").iloc[:, 1:].to_numpy(float)
        print(
            f"ETTh1: {table.shape[1]} channels; mean squared error, standardised: validation, test"
        )
        for steps, error in PUBLISHED.items():
            judge(table, steps, (12 * MONTH, 16 * MONTH, 20 * MONTH), error)
    if "exchange" in asked:
        table = pd.read_csv(FOLDER / "exchange_rate" / "exchange_rate.csv.gz").to_numpy(float)
        days = len(table)
        print(f"Exchange rates: {table.shape[1]} channels, {days:,} days")
        judge(table, 96, (int(0.7 * days), int(0.8 * days), days), None)
