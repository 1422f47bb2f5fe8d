"""M3, tourism, M4 hourly and CIF2016 forecast by the product at its defaults, in the measures of
those competitions, against what was published.

Nothing is tuned, nothing told but the horizon: `auto` is what `stepahead forecast FILE` does. A
line a set and method, with the seconds of wall clock and processor; then, where all sets of
a competition were asked for, the scores over all of its series and the score to reach.

Run: STEPAHEAD_DATA=… python benchmarks/accuracy/competitions.py [--only "M3 monthly"]
[--methods auto,ets,theta] [--steps] [--budget 60]
"""

import argparse
import csv
import gzip
import resource
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from published import DATA, M3, place, wide

import stepahead as sa
from stepahead.cli.shared import specification
from stepahead.data import Frequency, Panel
from stepahead.evaluation import mape, seasonal_naive_mae, smape
from stepahead.forecasting import Predictor, with_lower_bound

Forecasts = list[np.ndarray]
Score = Callable[[Forecasts, "Task"], dict[str, float]]
REACH = {"M3": 12.5, "tourism": 19.0, "M4 hourly": 0.44, "CIF2016": 0.103}
"""Scores to reach."""


class Task(NamedTuple):
    """One set of series: its parts, its season, and how it is scored; the first score decides."""

    name: str
    train: Forecasts
    test: Forecasts
    season: int
    score: Score

    @property
    def horizon(self) -> int:
        """Steps ahead."""
        return len(self.test[0])


def pooled_smape(forecasts: Forecasts, task: Task) -> dict[str, float]:
    """Over all points, as the tables of M3 are."""
    return {"sMAPE": float(smape(np.concatenate(task.test), np.concatenate(forecasts)))}


def pooled_mape(forecasts: Forecasts, task: Task) -> dict[str, float]:
    """Over all points, as in Athanasopoulos et al. 2011."""
    return {"MAPE": float(mape(np.concatenate(task.test), np.concatenate(forecasts)))}


def mean_smape(forecasts: Forecasts, task: Task) -> dict[str, float]:
    """Per series and then over series, as CIF2016 did, as a fraction."""
    return {
        "sMAPE": (
            float(np.mean([smape(y, f) for f, y in zip(forecasts, task.test, strict=True)])) / 100
        )
    }


def m4_scores(forecasts: Forecasts, task: Task) -> dict[str, float]:
    """Per series and then over series; OWA against the competition's own Naive2, 18.383 and
    2.395."""
    each = float(np.mean([smape(y, f) for f, y in zip(forecasts, task.test, strict=True)]))
    scale = seasonal_naive_mae(Panel.from_arrays(task.train), task.season)[:, 0]
    scaled = float(
        np.mean(
            [np.abs(f - y).mean() / s for f, y, s in zip(forecasts, task.test, scale, strict=True)]
        )
    )
    return {"OWA": (each / 18.383 + scaled / 2.395) / 2, "sMAPE": each, "MASE": scaled}


def tasks() -> list[Task]:
    """All of them, read from their files."""
    found = []
    for part, season in zip(M3, (1, 4, 12, 1), strict=True):
        halves = (wide(f"m3/M3-{part.title()}-{half}.csv.gz") for half in ("train", "test"))
        found.append(Task(f"M3 {part}", *halves, season, pooled_smape))
    for part, season in (("yearly", 1), ("quarterly", 4), ("monthly", 12)):
        halves = (
            wide(f"tourism/tourism-{part.title()}-{half}.csv.gz") for half in ("train", "test")
        )
        found.append(Task(f"tourism {part}", *halves, season, pooled_mape))
    found.append(
        Task(
            "M4 hourly",
            wide("m4/Hourly-train.csv.gz"),
            wide("m4/Hourly-test.csv.gz"),
            24,
            m4_scores,
        )
    )
    with gzip.open(
        DATA / "cif2016/cif2016.csv.gz", "rt"
    ) as file:  # the second column is a series' own horizon
        rows = [
            [cell for cell in row if cell not in ("", "NA")] for row in list(csv.reader(file))[1:]
        ]
    for horizon in (6, 12):
        own = [np.array(row[2:], float) for row in rows if int(row[1]) == horizon]
        halves = [x[:-horizon] for x in own], [x[-horizon:] for x in own]
        found.append(Task(f"CIF2016, {horizon} ahead", *halves, 12, mean_smape))
    return found


class Done(NamedTuple):
    """The forecasts of one method for one set."""

    task: Task
    method: str
    forecasts: Forecasts


def fitted(method: str, task: Task, budget: float) -> tuple[Predictor, str]:
    """The forecaster of a user who names the method, or none (`auto`), and what it is."""
    panel = Panel.from_arrays(task.train, frequency=Frequency.integer(season=task.season))
    if method == "auto":
        done = sa.auto(panel, task.horizon, key=0, clock=time.monotonic, budget=budget)
        return done.forecaster, done.sentence
    spec = specification(method, task.season, int(np.median(panel.lengths)))
    return sa.fit(spec, panel, task.horizon, key=0, season=task.season), ""


def run(task: Task, method: str, budget: float) -> Done:
    """Forecast, score and print."""
    began, processor = time.perf_counter(), time.process_time()
    forecaster, sentence = fitted(method, task, budget)
    done = with_lower_bound(forecaster.predict(), forecaster.required_history)
    forecasts = list(done.mean[..., 0])
    seconds = time.perf_counter() - began, time.process_time() - processor
    scores = task.score(forecasts, task)
    told = "  ".join(f"{measure} {value:.3f}" for measure, value in scores.items())
    print(
        f"  {method:16s}{told}  ({seconds[0]:.1f} s, processor {seconds[1]:.1f} s)"
        f"  {place(next(iter(scores.values())), task.name)}",
        flush=True,
    )
    if sentence:
        print(f"    {sentence}")
    return Done(task, method, forecasts)


def by_step(done: Done) -> None:
    """Print the mean absolute percentage error (symmetric, but for tourism) at some steps ahead."""
    task, measure = done.task, mape if done.task.score is pooled_mape else smape
    steps = sorted({round(part * (task.horizon - 1) / 7) for part in range(8)})
    errors = [
        float(
            measure(np.array([y[k] for y in task.test]), np.array([f[k] for f in done.forecasts]))
        )
        for k in steps
    ]
    print(f"    step ahead  {''.join(f'{step + 1:7d}' for step in steps)}")
    print(f"    error       {''.join(f'{error:7.1f}' for error in errors)}")


def together(competition: str, method: str, parts: list[Done]) -> None:
    """Print the score of a method over all series of a competition."""
    tests = [y for part in parts for y in part.task.test]
    whole = parts[0].task._replace(test=tests, train=[x for part in parts for x in part.task.train])
    value = next(iter(whole.score([f for part in parts for f in part.forecasts], whole).values()))
    print(
        f"{competition:12s}{method:12s}{len(tests):6,} series  {value:.3f}, to reach"
        f" {REACH[competition]:g}  {place(value, competition)}"
    )


def main() -> None:
    """Print every set that was asked for, then every competition that is complete."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="sets whose name begins so")
    parser.add_argument("--methods", default="auto", help="auto, ets, theta, ...")
    parser.add_argument("--steps", action="store_true", help="also print errors by step ahead")
    parser.add_argument("--budget", type=float, default=60.0, help="seconds of auto for each set")
    asked = parser.parse_args()
    began, done, every = time.perf_counter(), [], tasks()
    for task in every:
        if task.name.lower().startswith(asked.only.lower()):
            print(f"{task.name}: {len(task.train):,} series, {task.horizon} steps ahead")
            for method in asked.methods.split(","):
                done.append(run(task, method, asked.budget))
                if asked.steps:
                    by_step(done[-1])
    for competition in REACH:
        wanted = [task.name for task in every if task.name.startswith(competition)]
        for method in asked.methods.split(","):
            parts = [d for d in done if d.method == method and d.task.name in wanted]
            if len(parts) == len(wanted):
                together(competition, method, parts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{time.perf_counter() - began:.0f} s, peak memory {peak:.0f} MiB")


if __name__ == "__main__":
    main()
