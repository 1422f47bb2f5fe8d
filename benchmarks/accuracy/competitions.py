"""M3, tourism, M4 hourly and CIF2016, scored as published, beside what was published.

Every set is forecast by naive guesses, ETS, Theta, linear AR, a recurrent network, and by mean and
median of four of them: the (seasonal) naive guess, ETS, Theta and the network. One of all those is
chosen for each set on the training part alone: its last horizon is held back, and the smallest
error there wins; so is, before, the network's setting among those of `settings`. All that is tried
is printed. The test part is then forecast once by every method, the network by a few members; the
line `chosen` is the one to compare.

Run: STEPAHEAD_DATA=… python benchmarks/accuracy/competitions.py [--only "M3 monthly"] [--members 5]
[--steps]
"""

import argparse
import csv
import gzip
import resource
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from published import DATA, M3, place, wide

import stepahead as sa
from stepahead.data import Panel, Scaler, difference, log, pipeline, seasonal_additive, standard
from stepahead.evaluation import mape, seasonal_naive_mae, smape
from stepahead.forecasting import ETS, Strategy, Theta, mimo
from stepahead.models import (
    GRU,
    LSTM,
    Gaussian,
    Head,
    LinearAR,
    Naive,
    Quantiles,
    SeasonalNaive,
    Specification,
)
from stepahead.training import Gradient, adam, cosine

Forecasts = list[np.ndarray]
Score = Callable[[Forecasts, "Task"], dict[str, float]]


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


class Setting(NamedTuple):
    """A way to set up a recurrent network: what it is, how its series are scaled, and where given
    what else `fit` is told."""

    spec: Specification
    scaler: Scaler
    head: Head
    strategy: Strategy | None = None
    training: Gradient | None = None


LOGS = pipeline(log(), standard())
MEDIAN = Quantiles(probabilities=(0.1, 0.5, 0.9))


def two_weeks(updates: int) -> Gradient:
    """To learn from the last two weeks of hours, at every sixth hour of the last two days of
    them."""
    return Gradient(
        span=336,
        epochs=20,
        steps=updates // 20,
        batch=64,
        optimizer=adam(cosine(3e-3, updates)),
        loss_steps=tuple(range(-48, 0, 6)),
    )


def settings(task: Task) -> dict[str, Setting]:
    """Settings to compare on one set, each alone and all together."""
    if task.season == 24:
        return hourly()
    found = {
        "GRU(32)": Setting(GRU(32), LOGS, Gaussian()),
        "GRU(32), median": Setting(GRU(32), LOGS, MEDIAN),
    }
    without, said = LOGS, ""
    if task.season > 1:
        without, said = (
            pipeline(log(), seasonal_additive(task.season, confidence=0.9), standard()),
            ", without its season",
        )
    for name, spec in (
        ("GRU(32)", GRU(32)),
        ("GRU(64) x 2", GRU(64, layers=2)),
        ("LSTM(64)", LSTM(64)),
    ):
        found[f"{name}, median{said}"] = Setting(spec, without, MEDIAN)
    return found


def hourly() -> dict[str, Setting]:
    """Of hours: without what is usual at the hour of the week, in logs or as they are; or changes
    over a day. From the last two weeks."""
    updates = 1500
    recipe = Gradient(
        span=336,
        epochs=20,
        steps=updates // 20,
        batch=64,
        optimizer=adam(cosine(3e-3, updates)),
        loss_steps=tuple(range(-48, 0, 6)),
    )
    week = seasonal_additive(168)
    return {
        "GRU(64), logs without their week": Setting(
            GRU(64), pipeline(log(), week, standard()), MEDIAN, None, recipe
        ),
        "GRU(64), without their week": Setting(
            GRU(64), pipeline(week, standard()), MEDIAN, None, recipe
        ),
        "GRU(64), changes over a day": Setting(
            GRU(64), pipeline(difference(24), standard()), MEDIAN, mimo, recipe
        ),
    }


def by_net(chosen: list[Setting], task: Task, seeds: int) -> Forecasts:
    """The median over settings of the mean over seeds. Where the set holds zeros, 1 is added before
    the logs and taken off again."""
    more = 0.0 if min(x.min() for x in task.train) > 0 else 1.0
    panel = Panel.from_arrays([x + more for x in task.train])
    each = []
    for setting in chosen:
        options = {
            "head": setting.head,
            "scaler": setting.scaler,
            "strategy": setting.strategy,
            "training": setting.training,
        }
        fits = (
            sa.fit(setting.spec, panel, task.horizon, key=seed, season=task.season, **options)
            for seed in range(seeds)
        )
        each.append(
            np.mean(
                [fitted.predict(quantiles=(0.5,)).quantiles[..., 0, 0] for fitted in fits], axis=0
            )
            - more
        )
    return list(np.median(each, axis=0))


def by_itself(spec: object, task: Task) -> Forecasts:
    """A method at its defaults, or linear AR on the logs."""
    options = (
        {"scaler": LOGS}
        if isinstance(spec, LinearAR) and min(x.min() for x in task.train) > 0
        else {}
    )
    return list(
        sa.fit(
            spec, Panel.from_arrays(task.train), task.horizon, key=0, season=task.season, **options
        )
        .predict()
        .mean[..., 0]
    )


class Table:
    """The methods' forecasts of one set, each printed with its scores and seconds as it comes, and
    with its place where asked."""

    def __init__(self, task: Task, places: bool = False) -> None:
        self.task, self.places = task, places
        self.done: dict[str, Forecasts] = {}
        self.error: dict[str, float] = {}

    def add(self, method: str, forecast: Callable[[], Forecasts]) -> None:
        """Forecast, score and print."""
        began = time.perf_counter()
        self.done[method] = forecast()
        scores = self.task.score(self.done[method], self.task)
        self.error[method] = next(iter(scores.values()))
        line = "  ".join(f"{measure} {value:.3f}" for measure, value in scores.items())
        told = f"  {place(self.error[method], self.task.name)}" if self.places else ""
        print(f"    {method:34s} {line}  ({time.perf_counter() - began:.1f} s){told}", flush=True)

    def middle(self, method: str, of: Sequence[str]) -> None:
        """The median of methods that are there already."""
        self.add(method, lambda: list(np.median([self.done[name] for name in of], axis=0)))

    def best(self) -> str:
        """The method with the smallest error."""
        return min(self.error, key=self.error.__getitem__)

    def add_all(self, net: Callable[[], Forecasts]) -> None:
        """Every method, and mean and median of four."""
        season = self.task.season
        naive = "naive" if season == 1 else "seasonal naive"
        self.add("naive", lambda: by_itself(Naive(), self.task))
        if season > 1:
            self.add(naive, lambda: by_itself(SeasonalNaive(season), self.task))
        self.add("linear AR", lambda: by_itself(LinearAR(max(4, season + 1)), self.task))
        self.add("theta", lambda: by_itself(Theta(), self.task))
        self.add("ets", lambda: by_itself(ETS(), self.task))
        self.add("net", net)
        four = (naive, "theta", "ets", "net")
        self.add("mean of four", lambda: list(np.mean([self.done[name] for name in four], axis=0)))
        self.middle("median of four", four)


def run(task: Task, members: int) -> Table:
    """Choose on the training part, then forecast the test part by every method."""
    print(f"{task.name}: {len(task.train):,} series, {task.horizon} steps ahead")
    long = [x for x in task.train if len(x) >= 2 * task.horizon + 2]
    print(f"  to choose by, the last {task.horizon} steps of the training part of {len(long):,}:")
    held = task._replace(
        train=[x[: -task.horizon] for x in long], test=[x[-task.horizon :] for x in long]
    )
    nets, tried = settings(task), Table(held)
    for name, setting in nets.items():
        tried.add(name, lambda setting=setting: by_net([setting], held, 1))
    tried.middle("the median of these", list(nets))
    net = tried.best()
    chosen = [nets[net]] if net in nets else list(nets.values())
    methods = Table(held)
    methods.add_all(lambda: tried.done[net])
    seeds = -(-members // len(chosen))
    print(f"  judged; the net is {net}, {seeds} of each; chosen is {methods.best()}:")
    judged = Table(task, places=True)
    judged.add_all(lambda: by_net(chosen, task, seeds))
    judged.add("chosen", lambda: judged.done[methods.best()])
    return judged


def by_step(table: Table) -> None:
    """The mean absolute percentage error (symmetric, but for tourism) of each method at some steps
    ahead."""
    task, measure = table.task, mape if table.task.score is pooled_mape else smape
    steps = sorted({round(place * (task.horizon - 1) / 7) for place in range(8)})
    print(f"    by step ahead                     {''.join(f'{step + 1:7d}' for step in steps)}")
    for method, forecasts in table.done.items():
        errors = [
            float(measure(np.array([y[k] for y in task.test]), np.array([f[k] for f in forecasts])))
            for k in steps
        ]
        print(f"    {method:34s}{''.join(f'{error:7.1f}' for error in errors)}")


def together(competition: str, score: Score, tables: list[Table]) -> None:
    """The methods' scores over all sets of a competition."""
    parts = [table for table in tables if table.task.name.startswith(competition)]
    if len(parts) < 2:
        return
    whole = parts[0].task._replace(test=[y for table in parts for y in table.task.test])
    print(f"{competition}, all {len(whole.test):,}")
    for method in parts[-1].done:
        all_of_them = [f for table in parts for f in table.done.get(method, table.done["naive"])]
        value = next(iter(score(all_of_them, whole).values()))
        print(f"    {method:34s} {value:.3f}  {place(value, competition)}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="sets whose name begins so")
    parser.add_argument(
        "--members", type=int, default=5, help="networks whose mean, or median, is taken"
    )
    parser.add_argument("--steps", action="store_true", help="also print errors by step ahead")
    asked = parser.parse_args()
    began, tables = time.perf_counter(), []
    for task in tasks():
        if task.name.startswith(asked.only):
            tables.append(run(task, asked.members))
            if asked.steps:
                by_step(tables[-1])
    for competition, score in (
        ("M3", pooled_smape),
        ("tourism", pooled_mape),
        ("CIF2016", mean_smape),
    ):
        together(competition, score, tables)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{time.perf_counter() - began:.0f} s, peak memory {peak:.0f} MiB")


if __name__ == "__main__":
    main()
