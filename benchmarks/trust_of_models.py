"""Trust horizons of fitted models on random walks, which nothing beats, on AR(1) and on two series.

Backtests of a linear autoregression (lags 1 and 2, least squares) and of Theta, fitted anew at
every origin, which lie one step apart in the last half of the series, at most 60 of them: the share
of series whose trust horizon is above 0. 2,000 random walks a length; to reach: at most 6 %. 200
AR(1) processes of 200 steps a coefficient: the share that is trusted at step 1, and at all 6. Then
AirPassengers (12 steps, 61 origins one apart, to reach: 12 by the linear model, p at most 0.006;
and 30 origins, one and two apart) and the FTSE of EuStockMarkets (10 steps, 100 origins, to reach:
0), with the largest p by the other statistics of `trust.py`.

Run: STEPAHEAD_DATA=… python benchmarks/trust_of_models.py [--draws 2000]
"""

import argparse
import gzip
import os
from pathlib import Path

import numpy as np
from trust import cosines, rectangular

import stepahead as sa
from stepahead.evaluation import LAST_VALUE, trust_horizon

DATA = Path(os.environ.get("STEPAHEAD_DATA", "../shared/data"))
LENGTHS = (60, 100, 200, 500)
COEFFICIENTS = (0.98, 0.95, 0.9, 0.7, 0.3)
HORIZON, MOST = 6, 60
MODELS = {
    "linear AR": sa.forecasting.Autoregression((1, 2)),
    "Theta": sa.forecasting.Theta(),
}


def processes(coefficient: float, draws: int, steps: int, seed: int) -> np.ndarray:
    """Draws of x_t = φ x_{t−1} + ε_t, after 200 steps to forget the start where φ < 1."""
    before = 0 if coefficient == 1 else 200
    shocks = np.random.default_rng(seed).normal(size=(draws, before + steps))
    x = np.zeros_like(shocks)
    for t in range(shocks.shape[1]):
        x[:, t] = coefficient * (x[:, t - 1] if t else 0.0) + shocks[:, t]
    return x[:, before:]


def losses(x: np.ndarray) -> dict[str, np.ndarray]:
    """Absolute errors by model, `[origin, series, step]`; the last value's among them."""
    panel = sa.Panel.from_arrays(list(x))
    windows = min(MOST, x.shape[1] // 2 - HORIZON)
    report = sa.backtest(
        list(MODELS.values()), panel, HORIZON, windows=windows, step=1, season=1, key=0
    )
    found = {name: report.losses(str(spec)) for name, spec in MODELS.items()}
    return found | {LAST_VALUE: report.losses(LAST_VALUE)}


def horizons(loss: np.ndarray, naive: np.ndarray) -> np.ndarray:
    """The trust horizon of every series separately."""
    each = range(loss.shape[1])
    return np.array(
        [trust_horizon("it", loss[:, s], {LAST_VALUE: naive[:, s]}).horizon for s in each]
    )


def column(path: str, name: str) -> np.ndarray:
    """A column of a packed CSV file."""
    with gzip.open(DATA / path, "rt") as file:
        head, *rows = [line.strip().replace('"', "").split(",") for line in file]
    return np.array([float(row[head.index(name)]) for row in rows])


def main() -> None:
    """Print the simulations (`--draws 0`: none), and the two series."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=2000)
    draws = parser.parse_args().draws
    if draws:
        simulated(draws)
    series()


def simulated(draws: int) -> None:
    """Print a row a length, and a row a coefficient."""
    print(f"{draws:,} random walks a length; percent with a trust horizon above 0")
    for steps in LENGTHS:
        found = losses(processes(1.0, draws, steps, steps))
        shares = (
            f"{name} {100 * (horizons(loss[..., :1], found[LAST_VALUE][..., :1]) > 0).mean():5.2f}"
            for name, loss in found.items()
            if name != LAST_VALUE
        )
        print(f"  {steps:4d} steps, {len(found[LAST_VALUE])} origins: {', '.join(shares)}")
    print(f"{draws // 10:,} AR(1) of 200 steps; percent trusted at step 1 / at all {HORIZON}")
    for coefficient in COEFFICIENTS:
        found = losses(processes(coefficient, draws // 10, 200, 1))
        cells = []
        for name in MODELS:
            done = horizons(found[name], found[LAST_VALUE])
            at_all = 100 * (done == HORIZON).mean()
            cells.append(f"{name} {100 * (done > 0).mean():5.1f} / {at_all:5.1f}")
        print(f"  coefficient {coefficient:.2f}: {', '.join(cells)}")


def series() -> None:
    """Print a line a series."""
    air = column("classics/AirPassengers.csv.gz", "value")
    for name, x, season, lags, horizon, windows, step in (
        ("AirPassengers", air, 12, 13, 12, 61, 1),
        ("AirPassengers", air, 12, 13, 12, 30, 1),
        ("AirPassengers", air, 12, 13, 12, 30, 2),
        ("FTSE", column("classics/EuStockMarkets.csv.gz", "FTSE"), 1, 5, 10, 100, 1),
    ):
        panel = sa.Panel.from_arrays([x])
        model = sa.models.LinearAR(lags)
        report = sa.backtest(
            [model], panel, horizon, windows=windows, step=step, refit=0, season=season, key=0
        )
        trust = report.trust_horizon()[str(model)]
        others = (
            f"{name} {p.max():.4f}" for name, p in by_other_statistics(report, str(model)).items()
        )
        print(
            f"{name}, {windows} origins {step} apart: {trust.horizon} of {horizon}, largest p"
            f" {trust.p.max():.4f} ({', '.join(others)}). {trust}"
        )


def by_other_statistics(report: sa.evaluation.Backtest, model: str) -> dict[str, np.ndarray]:
    """The larger p-value against the naive forecasts by step ahead, by statistics that do not hold
    their size."""
    own, found = report.losses(model)[:, 0], dict[str, np.ndarray]()
    for rival in report.rivals:
        d = (own - report.losses(rival)[:, 0]).T
        spans = [-(-k // report.spacing) for k in range(1, len(d) + 1)]
        count = int(0.4 * d.shape[1] ** (2 / 3))
        for name, p in (
            (
                "rectangular",
                [rectangular(row[None], s)[0] for row, s in zip(d, spans, strict=True)],
            ),
            ("cosines", cosines(d, count)),
        ):
            found[name] = np.maximum(found.get(name, 0.0), np.asarray(p))
    return found


if __name__ == "__main__":
    main()
