"""ARIMA against statsmodels and statsforecast, on monthly series of M3.

Prints, for some forms on `--likelihoods` series: by how much the log likelihood differs from
statsmodels' with the same parameters, and how often either of the two searches ends at a likelihood
that is higher by more than 0.000001, with processor time a series. Then, where statsforecast is
installed, the automatic choice of both on the same series: sMAPE, processor time, and coverage of
intervals by step.

Run: STEPAHEAD_DATA=… python benchmarks/arima.py [--series 40] [--likelihoods 50]
"""

import argparse
import csv
import gzip
import importlib.util
import os
import time
import warnings
from pathlib import Path

import numpy as np

import stepahead as sa
from stepahead.classical import ARIMAFit, Rows, Wanted, fit_arima
from stepahead.evaluation import smape
from stepahead.forecasting import AutoARIMA

DATA = Path(os.environ.get("STEPAHEAD_DATA", Path(__file__).parents[2] / "shared" / "data"))
SEASON, HORIZON = 12, 18
STEPS = (0, 5, 11, 17)
FORMS = (
    ((0, 1, 1), (0, 1, 1), False),
    ((2, 0, 1), (1, 0, 0), True),
    ((1, 1, 2), (0, 0, 1), True),
)


def series(half: str, count: int) -> list[np.ndarray]:
    """As many monthly series of M3, spread over all of them."""
    with gzip.open(DATA / "m3" / f"M3-Monthly-{half}.csv.gz", "rt") as file:
        rows = list(csv.reader(file))[1:]
    rows = rows[:: len(rows) // count][:count]
    return [np.array([float(cell) for cell in row[1:] if cell not in ("", "NA")]) for row in rows]


def likelihoods(order: tuple, seasonal: tuple, constant: bool, count: int) -> None:
    """Our likelihood against statsmodels', with our parameters and with its own."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    warnings.simplefilter("ignore")  # of its beginnings, and of searches that are not done
    apart, ours, theirs, spent = [], 0, 0, np.zeros(2)
    for y in series("train", count):
        rows = Rows(y, np.array([0, len(y)]))
        began = time.process_time()
        fit = fit_arima(rows, SEASON, Wanted(order, seasonal, constant))
        spent[0] += time.process_time() - began
        if tuple(fit.orders[0][[0, 1, 2, 3, 4, 5]]) != (*order, *seasonal):
            continue  # too short for the form
        inside = (y - fit.level[0]) / fit.unit[0]
        line = np.arange(1.0, len(y) + 1) if order[1] else np.ones(len(y))
        own = SARIMAX(
            inside - fit.constant[0] * line,
            order=order,
            seasonal_order=(*seasonal, SEASON),
            use_exact_diffuse=True,
        )
        known, lost = fit.known, 0.5 * np.log(2 * np.pi) * (order[1] + SEASON * seasonal[1])
        variance = known.variance[0] * (1 - size_of(fit) / known.seen[0])
        phi, late, theta, slow = fit.parts_of(0)
        told = own.loglike(np.concatenate([phi, theta, late, slow, [variance]])) + lost
        apart.append(abs(told / known.log_likelihood[0] - 1))
        began = time.process_time()
        exog = line[:, None] if constant else None
        model = SARIMAX(inside, exog, order, (*seasonal, SEASON), use_exact_diffuse=True)
        found = model.fit(disp=False, maxiter=200).llf + lost
        spent[1] += time.process_time() - began
        ours += known.log_likelihood[0] > found + 1e-6
        theirs += found > known.log_likelihood[0] + 1e-6
    print(
        f"{order}{seasonal}[12]: {len(apart)} series, same parameters: relative difference at most "
        f"{max(apart):.0e}; fitted: ours is more likely {ours} times, theirs {theirs}; "
        f"{spent[0] / count * 1000:.1f} ms and {spent[1] / count * 1000:.0f} ms a series"
    )


def size_of(fit: ARIMAFit) -> int:
    """Coefficients of the first series, the constant among them."""
    return int(fit.orders[0][[0, 2, 3, 5, 6]].sum())


def beside_statsforecast(count: int) -> None:
    """Both automatic choices on the same series."""
    train, test = series("train", count), np.stack(series("test", count))
    panel = sa.Panel.from_arrays(train)
    sa.fit(AutoARIMA(), panel.take(np.arange(2)), HORIZON, key=0, season=SEASON).predict()
    began = time.process_time()
    done = sa.fit(AutoARIMA(), panel, HORIZON, key=0, season=SEASON).predict(levels=(80, 95))
    spent = time.process_time() - began
    ends = [[end[:, :, 0] for end in done.interval(level)] for level in (80, 95)]
    report("stepahead", done.mean[:, :, 0], ends, test, spent)
    if importlib.util.find_spec("statsforecast") is None:
        print("statsforecast is not installed.")
        return
    from statsforecast.models import AutoARIMA as Theirs

    model = Theirs(season_length=SEASON)
    model.forecast(train[0], HORIZON)  # compiles
    began = time.process_time()
    told = [model.forecast(y, HORIZON, level=[80, 95]) for y in train]
    spent = time.process_time() - began
    mean = np.stack([each["mean"] for each in told])
    ends = [
        [np.stack([each[f"{end}-{level}"] for each in told]) for end in ("lo", "hi")]
        for level in (80, 95)
    ]
    report("statsforecast", mean, ends, test, spent)


def report(
    name: str, mean: np.ndarray, ends: list[list[np.ndarray]], actual: np.ndarray, spent: float
) -> None:
    """One line: accuracy, time, coverage at four steps."""
    covered = []
    for low, high in ends:
        inside = (low <= actual) & (actual <= high)
        covered.append(" ".join(f"{100 * inside[:, step].mean():3.0f} %" for step in STEPS))
    print(
        f"{name:14s} sMAPE {smape(actual, mean):6.2f}  {spent / len(mean) * 1000:8.1f} ms  "
        f"80 %: {covered[0]}   95 %: {covered[1]}"
    )


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=40)
    parser.add_argument("--likelihoods", type=int, default=50)
    told = parser.parse_args()
    for order, seasonal, constant in FORMS:
        likelihoods(order, seasonal, constant, told.likelihoods)
    print(f"Automatic choice, {told.series} series, coverage at steps 1, 6, 12, 18")
    beside_statsforecast(told.series)


if __name__ == "__main__":
    main()
