"""Local methods alone, on M3, tourism, M4 hourly and CIF2016: scores as published, coverage of
their 80 and 95 % intervals, and processor time a series, fit and forecast together.

Where statsforecast is installed, the same of its AutoETS, AutoCES, DynamicOptimizedTheta and
OptimizedTheta on the same monthly series of M3 (every seventh), by step, of AutoARIMA, which takes
longer, on every 21st, and of both Thetas on all of M3.

Run: STEPAHEAD_DATA=… python benchmarks/accuracy/local.py [--only tourism | arima | beside]
"""

import argparse
import importlib.util
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from competitions import Task, pooled_smape, tasks
from published import wide

import stepahead as sa
from stepahead.evaluation import smape
from stepahead.forecasting import CES, ETS, AutoARIMA, Baseline, Harmonic, LocalMethod, Theta

LEVELS = (80, 95)
STEPS = (0, 5, 11, 17)
BESIDE = "with statsforecast"
ARIMA = "arima"
WEEK = (24, 168)
"""Seasons of hours."""

Forecast = tuple[np.ndarray, dict[int, tuple[np.ndarray, np.ndarray]]]
"""Points `[series, step]`, and both ends of each interval."""


def ours(spec: LocalMethod, task: Task) -> Forecast:
    """One of our methods, all series at once."""
    panel = sa.Panel.from_arrays(task.train)
    done = sa.fit(spec, panel, task.horizon, key=0, season=task.season).predict(levels=LEVELS)
    ends = {level: tuple(end[..., 0] for end in done.interval(level)) for level in LEVELS}
    return done.mean[..., 0], ends


def theirs(model: Callable[..., object], task: Task) -> Forecast:
    """One of statsforecast's, series by series."""
    told = [
        model(season_length=task.season).fit(y).predict(task.horizon, level=list(LEVELS))
        for y in task.train
    ]
    ends = {
        level: tuple(np.stack([one[f"{side}-{level}"] for one in told]) for side in ("lo", "hi"))
        for level in LEVELS
    }
    return np.stack([one["mean"] for one in told]), ends


def line(name: str, forecast: Callable[[], Forecast], task: Task, *, steps: bool = False) -> None:
    """Forecast, score and print."""
    began = time.process_time()
    points, ends = forecast()
    spent = (time.process_time() - began) / len(task.train) * 1000
    measure, error = next(iter(task.score(list(points), task).items()))
    actual, told = np.stack(task.test), []
    for level, (low, high) in ends.items():
        inside = 100 * ((low <= actual) & (actual <= high)).mean(axis=0)
        text = f"{level} %: {inside.mean():4.1f} ({inside.min():.0f} to {inside.max():.0f})"
        if steps:
            at = " ".join(f"{inside[step]:.0f}" for step in STEPS)
            text = f"{level} %: {inside.mean():4.1f}, at steps 1, 6, 12, 18: {at}"
        told.append(text)
    print(f"  {name:22s}{measure} {error:7.3f}  {spent:8.2f} ms  {'  '.join(told)}", flush=True)


def monthly(every: int) -> Task:
    """Some monthly series of M3."""
    halves = (wide(f"m3/M3-Monthly-{half}.csv.gz")[::every] for half in ("train", "test"))
    return Task("M3 monthly", *halves, 12, pooled_smape)


def both(
    every: int, mine: dict[str, LocalMethod], others: tuple[Callable[..., object], ...]
) -> None:
    """Ours and statsforecast's on the same series, by step."""
    task = monthly(every)
    print(f"M3 monthly, one of {every}, {len(task.train)} series, {BESIDE}; intervals hold")
    for name, spec in mine.items():
        ours(spec, task._replace(train=task.train[:2]))
        line(name, lambda spec=spec: ours(spec, task), task, steps=True)
    for model in others:
        theirs(model, task._replace(train=task.train[:1]))
        line(model.__name__, lambda model=model: theirs(model, task), task, steps=True)


def arima_beside() -> None:
    """AutoARIMA, ours and statsforecast's."""
    from statsforecast.models import AutoARIMA as Theirs

    both(21, {"arima": AutoARIMA()}, (Theirs,))


def beside() -> None:
    """The other methods, ours and statsforecast's."""
    from statsforecast.models import AutoCES, AutoETS, DynamicOptimizedTheta, OptimizedTheta

    mine = {"ets": ETS(), "theta": Theta(), "theta optimised": Theta("optimised"), "ces": CES()}
    both(7, mine, (AutoETS, DynamicOptimizedTheta, OptimizedTheta, AutoCES))
    print("M3, all 3,003 series")
    thetas: dict[str, Callable[[Task], Forecast]] = {
        "theta": partial(ours, Theta()),
        "theta optimised": partial(ours, Theta("optimised")),
        "DynamicOptimizedTheta": partial(theirs, DynamicOptimizedTheta),
        "OptimizedTheta": partial(theirs, OptimizedTheta),
    }
    parts = [task for task in tasks() if task.name.startswith("M3")]
    for name, forecast in thetas.items():
        told = [forecast(task)[0] for task in parts]
        each = [pooled_smape(list(f), task)["sMAPE"] for f, task in zip(told, parts, strict=True)]
        actual = np.concatenate([y for task in parts for y in task.test])
        error = smape(actual, np.concatenate([f.ravel() for f in told]))
        by_part = " ".join(f"{value:.2f}" for value in each)
        print(f"  {name:22s}sMAPE {error:.2f} (by part {by_part})", flush=True)


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    only = parser.parse_args().only
    usual = "seasonal-naive"
    for task in tasks():
        if only.lower() not in task.name.lower():
            continue
        print(f"{task.name}, {len(task.train):,} series, {task.horizon} steps; intervals hold")
        specs: dict[str, LocalMethod] = {usual: Baseline(usual), "theta": Theta(), "ets": ETS()}
        if task.season == WEEK[0]:
            specs["harmonic"] = Harmonic(WEEK)
        for name, spec in specs.items():
            ours(spec, task._replace(train=task.train[:2]))  # what is loaded and compiled
            line(name, lambda spec=spec, task=task: ours(spec, task), task)
    if importlib.util.find_spec("statsforecast") is not None:
        if only.lower() in BESIDE:
            beside()
        if only.lower() in ARIMA:
            arima_beside()


if __name__ == "__main__":
    main()
