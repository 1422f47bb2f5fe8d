"""M3, tourism, M4 hourly and CIF2016, scored as published, beside what was published.

Every set is forecast by naive guesses, ETS, Theta, linear AR and recurrent networks. Of the networks' settings in `SETTINGS` one is
chosen for each set on the training part alone: its last horizon is held back and the smallest error there wins; a few seeds of it are
averaged. The test part is then forecast once.

Run: python benchmarks/accuracy/competitions.py [--only "M3 monthly"] [--seeds 5] [--without ets]
(the data folder is STEPAHEAD_DATA, or ../shared/data)
"""

import argparse
import csv
import gzip
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

import stepahead as sa
from stepahead.data import Panel, Scaler, chain, log, seasonal_additive, standard
from stepahead.evaluation import mape, seasonal_naive_mae, smape
from stepahead.forecasting import ETS, Theta
from stepahead.models import GRU, LSTM, Gaussian, Head, LinearAR, Naive, Quantiles, SeasonalNaive, Specification

DATA = Path(os.environ.get("STEPAHEAD_DATA", "../shared/data"))


class Task(NamedTuple):
    """One set of series: its parts, its season, how it is scored, and what others reached."""

    name: str
    train: list[np.ndarray]
    test: list[np.ndarray]
    season: int
    score: Callable[[list[np.ndarray], "Task"], dict[str, float]]
    published: str


def wide(path: str, first: int = 1) -> list[np.ndarray]:
    """The series of a competition file: one a row, blanks at the end."""
    with gzip.open(DATA / path, "rt") as file:
        rows = list(csv.reader(file))[1:]
    return [np.array([float(cell) for cell in row[first:] if cell not in ("", "NA")]) for row in rows]


def pooled_smape(forecasts: list[np.ndarray], task: Task) -> dict[str, float]:
    """Over all points, as the tables of M3 are."""
    return {"sMAPE": float(smape(np.concatenate(task.test), np.concatenate(forecasts)))}


def pooled_mape(forecasts: list[np.ndarray], task: Task) -> dict[str, float]:
    """Over all points, as in Athanasopoulos et al. 2011."""
    return {"MAPE": float(mape(np.concatenate(task.test), np.concatenate(forecasts)))}


def mean_smape(forecasts: list[np.ndarray], task: Task) -> dict[str, float]:
    """Per series and then over series, as CIF2016 did, as a fraction."""
    return {"sMAPE": float(np.mean([smape(y, f) for f, y in zip(forecasts, task.test, strict=True)])) / 100}


def m4_scores(forecasts: list[np.ndarray], task: Task) -> dict[str, float]:
    """Per series and then over series; OWA against the competition's own Naive2, 18.383 and 2.395."""
    each = float(np.mean([smape(y, f) for f, y in zip(forecasts, task.test, strict=True)]))
    scale = seasonal_naive_mae(Panel.from_arrays(task.train), task.season)[:, 0]
    scaled = float(np.mean([np.abs(f - y).mean() / s for f, y, s in zip(forecasts, task.test, scale, strict=True)]))
    return {"OWA": (each / 18.383 + scaled / 2.395) / 2, "sMAPE": each, "MASE": scaled}


def tasks() -> list[Task]:
    """All of them, read from their files."""
    found = []
    for part, season, published in (
        ("Yearly", 1, "Theta 16.97, N-BEATS 15.92"),
        ("Quarterly", 4, "Theta 8.96, N-BEATS 8.80"),
        ("Monthly", 12, "Theta 13.89, N-BEATS 13.24"),
        ("Other", 1, "Theta 4.41, N-BEATS 4.21"),
    ):
        files = (wide(f"m3/M3-{part}-{half}.csv.gz") for half in ("train", "test"))
        found.append(Task(f"M3 {part.lower()}", *files, season, pooled_smape, published))
    for part, season, published in (
        ("Yearly", 1, "ETS 24.92, Theta 23.33, N-BEATS 21.36"),
        ("Quarterly", 4, "ETS 15.31, Theta 15.93, N-BEATS 14.95"),
        ("Monthly", 12, "ETS 21.06, Theta 22.39, N-BEATS 19.47"),
    ):
        files = (wide(f"tourism/tourism-{part}-{half}.csv.gz") for half in ("train", "test"))
        found.append(Task(f"tourism {part.lower()}", *files, season, pooled_mape, published))
    hourly = "ES-RNN OWA 0.440, Doornik 0.410, Theta 1.006"
    found.append(Task("M4 hourly", wide("m4/Hourly-train.csv.gz"), wide("m4/Hourly-test.csv.gz"), 24, m4_scores, hourly))
    with gzip.open(DATA / "cif2016/cif2016.csv.gz", "rt") as file:
        rows = [[cell for cell in row if cell not in ("", "NA")] for row in list(csv.reader(file))[1:]]
    series, horizons = [np.array(row[2:], float) for row in rows], [int(row[1]) for row in rows]
    for horizon in (6, 12):
        own = [x for x, h in zip(series, horizons, strict=True) if h == horizon]
        halves = [x[:-horizon] for x in own], [x[-horizon:] for x in own]
        found.append(Task(f"CIF2016, {horizon} ahead", *halves, 12, mean_smape, "both horizons together: best RNN .1023, ETS .1188"))
    return found


class Setting(NamedTuple):
    """A way to set up a recurrent network: what it is, which season is taken out of the logs (None: none), how it is fitted."""

    spec: Specification
    season: int | None
    head: Head

    def scaler(self) -> Scaler:
        """Logs, the season where it shows, mean 0 and spread 1: for each series by itself."""
        seasonal = [] if self.season is None else [seasonal_additive(self.season, confidence=0.9)]
        return chain(log(), *seasonal, standard())


MEDIAN = Quantiles(levels=(0.1, 0.5, 0.9))


def settings(task: Task) -> dict[str, Setting]:
    """What is tried for one set: all that was ever tried."""
    found = {"GRU(32)": Setting(GRU(32), None, Gaussian()), "GRU(32), median": Setting(GRU(32), None, MEDIAN)}
    nets = {"GRU(32)": GRU(32), "GRU(64) x 2": GRU(64, layers=2), "LSTM(64)": LSTM(64)}
    seasons = {24: (24, 168)}.get(task.season, (task.season,)) if task.season > 1 else (None,)
    for name, spec in nets.items():
        for season in seasons:
            without = "" if season is None else f", without its season of {season}"
            found[f"{name}, median{without}"] = Setting(spec, season, MEDIAN)
    return found


def by_net(setting: Setting, series: list[np.ndarray], task: Task, seeds: int) -> list[np.ndarray]:
    """The mean of a few seeds' medians. Where the set holds zeros, 1 is added before the logs and taken off again."""
    horizon, more = len(task.test[0]), 0.0 if min(x.min() for x in task.train) > 0 else 1.0
    panel = Panel.from_arrays([x + more for x in series])
    each = []
    for seed in range(seeds):
        fitted = sa.fit(setting.spec, panel, horizon, key=seed, season=task.season, head=setting.head, scaler=setting.scaler())
        each.append(fitted.predict(levels=(0.5,)).quantiles[..., 0, 0])
    return list(np.mean(each, axis=0) - more)


def by_itself(spec: object, series: list[np.ndarray], task: Task) -> list[np.ndarray]:
    """A method at its defaults, or linear AR on the logs."""
    options = {}
    if isinstance(spec, LinearAR) and min(x.min() for x in task.train) > 0:
        options["scaler"] = chain(log(), standard())
    return list(sa.fit(spec, Panel.from_arrays(series), len(task.test[0]), key=0, season=task.season, **options).predict().mean[..., 0])


def choose(task: Task) -> tuple[str, Setting]:
    """The setting with the smallest sMAPE (OWA for M4) on the last horizon of the training part, of series long enough to be cut."""
    horizon = len(task.test[0])
    long = [x for x in task.train if len(x) >= 2 * horizon + 2]
    held = task._replace(train=[x[:-horizon] for x in long], test=[x[-horizon:] for x in long])
    score = task.score if task.score is m4_scores else pooled_smape
    tried = {}
    for name, setting in settings(task).items():
        began = time.perf_counter()
        tried[name] = next(iter(score(by_net(setting, held.train, held, 1), held).values()))
        print(
            f"    tried on the training part of {len(long)}: {tried[name]:7.3f}  {name}  ({time.perf_counter() - began:.1f} s)", flush=True
        )
    best = min(tried, key=tried.__getitem__)
    return best, settings(task)[best]


def run(task: Task, seeds: int, without: list[str]) -> dict[str, list[np.ndarray]]:
    """Forecast one set by every method, print its lines, and return what was forecast."""
    print(f"{task.name}: {len(task.train)} series, {len(task.test[0])} steps ahead; published: {task.published}")
    name, setting = choose(task)
    methods: dict[str, Callable[[], list[np.ndarray]]] = {"naive": lambda: by_itself(Naive(), task.train, task)}
    if task.season > 1:
        methods["seasonal naive"] = lambda: by_itself(SeasonalNaive(task.season), task.train, task)
    methods["linear AR"] = lambda: by_itself(LinearAR(max(4, task.season + 1)), task.train, task)
    methods["theta"] = lambda: by_itself(Theta(), task.train, task)
    methods["ets"] = lambda: by_itself(ETS(), task.train, task)
    methods["net, 1 seed"] = lambda: by_net(setting, task.train, task, 1)
    methods[f"net, {seeds} seeds"] = lambda: by_net(setting, task.train, task, seeds)
    done = {}
    for method, forecast in methods.items():
        if method in without:
            continue
        began = time.perf_counter()
        try:
            done[method] = forecast()
        except sa.Refusal as refusal:
            print(f"    {method}: {refusal}")
            continue
        scores = "  ".join(f"{measure} {value:.3f}" for measure, value in task.score(done[method], task).items())
        told = f"  [{name}]" if method.startswith("net") else ""
        print(f"  {method:16s} {scores}  ({time.perf_counter() - began:.1f} s){told}", flush=True)
    return done


def together(begins: str, score: Callable, found: dict[str, dict], every: list[Task]) -> None:
    """The methods' scores over all sets whose name begins so."""
    parts = [task for task in every if task.name.startswith(begins) and task.name in found]
    if len(parts) < 2:
        return
    whole = parts[0]._replace(test=[y for task in parts for y in task.test])
    for method in found[parts[0].name]:
        if all(method in found[task.name] or method == "seasonal naive" for task in parts):
            all_of_them = [f for task in parts for f in found[task.name].get(method, found[task.name]["naive"])]
            value = next(iter(score(all_of_them, whole).values()))
            print(f"  {method:16s} {value:.3f}{rank(value) if begins == 'M3' else ''}")


def rank(value: float) -> str:
    """The place of a score among the 24 published methods of M3."""
    steps = [f"F{k}" for k in range(1, 19)]
    actual = {}
    for part in ("Yearly", "Quarterly", "Monthly", "Other"):
        with gzip.open(DATA / f"m3/M3-{part}-test.csv.gz", "rt") as file:
            actual |= {row[0]: np.array([float(c) for c in row[1:] if c not in ("", "NA")]) for row in list(csv.reader(file))[1:]}
    points: dict[str, list[np.ndarray]] = {}
    with gzip.open(DATA / "m3/M3-forecasts-24-methods.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            y = actual[row["id"]]
            f = [row[step] for step in steps[: len(y)]]
            if all(cell not in ("", "NA") for cell in f):
                points.setdefault(row["method"], []).append(np.stack([y, np.array(f, float)]))
    published = {name: float(smape(*np.concatenate(rows, axis=1))) for name, rows in points.items()}
    better = sum(other < value for other in published.values())
    return f"   place {better + 1} beside the {len(published)} published methods"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="sets whose name begins so")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--without", action="append", default=[], help="a method to leave out")
    asked = parser.parse_args()
    began, every = time.perf_counter(), tasks()
    found = {task.name: run(task, asked.seeds, asked.without) for task in every if task.name.startswith(asked.only)}
    for begins, score, said in (
        ("M3", pooled_smape, "M3, all 3,003, sMAPE; published: Theta 13.05, N-BEATS 12.46 to 12.48"),
        ("tourism", pooled_mape, "tourism, all 1,311, MAPE; published: N-BEATS 18.67"),
        ("CIF2016", mean_smape, "CIF2016, all 72, sMAPE; published: best RNN .1023, stacked LSTM .1040, ETS .1188"),
    ):
        if sum(name.startswith(begins) for name in found) > 1:
            print(said)
            together(begins, score, found, every)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{time.perf_counter() - began:.0f} s, peak memory {peak:.0f} MiB")


if __name__ == "__main__":
    main()
