"""The product at its defaults on every set of `sets.py`: nothing is tuned, nothing told but the
horizon.

One window, the last horizon. By set and method: the MASE and the weighted quantile loss over 0.1 …
0.9 (2 Σ pinball / Σ|y|), both relative to the seasonal naive forecast; coverage of the 80 and 95 %
intervals, and the smallest and the largest of a step ahead; seconds of wall clock and of processor
time, and the peak of memory. `members`: that member of a combination whose own quantile loss is the
least, and this loss. Then geometric means over sets: of months, quarters and years, of days and
faster, of all. Where a method fails, that is printed and the seasonal naive forecast counts for it.

Run: STEPAHEAD_DATA=… python benchmarks/accuracy/defaults.py [--methods auto,ets,theta] [--only
M3,PBS] [--out results.csv] [--earlier 1]: rows are written as they are done, and those that the
file holds are not run again, so that a run may be stopped at any time. With `--earlier` the window
lies so many horizons before the last, inside the training part: what is chosen is chosen there.
`--rivals` adds statsforecast's AutoETS, DynamicOptimizedTheta and AutoARIMA (`rivals.py`) for
`--limit` processor seconds a set each, 5 unless told: of a set that takes longer, some series stand
for all, their seconds are scaled, and `chosen` says how many. `--neural` adds neuralforecast's
NHITS (`neural_rivals.py`), 30 unless told: where its 1,000 steps take longer, fewer are trained.
Both packages are in `benchmarks/requirements.txt`.
"""

import argparse
import csv
import io
import resource
import sys
import time
from pathlib import Path
from typing import NamedTuple

import neural_rivals
import numpy as np
import rivals
from neural_rivals import NETWORKS, network
from rivals import RIVALS, rival
from sets import Set, sets

import stepahead as sa
from stepahead._check import Refusal
from stepahead._files import write_atomically
from stepahead.cli.shared import specification
from stepahead.data import season_of
from stepahead.evaluation import seasonal_naive_mae
from stepahead.forecasting import Combination, Predictor

DECILES = tuple(round(0.1 * k, 1) for k in range(1, 10))
PROBABILITIES = (0.025, *DECILES, 0.975)
SLOW = {1, 4, 12}
"""Seasons of years, quarters and months."""


class Row(NamedTuple):
    """One method on one set."""

    set: str
    method: str
    series: int
    season: int
    mase: float
    wql: float
    inside80: float
    inside95: float
    seconds: float
    processor: float
    megabytes: float
    steps80: str
    steps95: str
    members: str
    chosen: str


def fitted(method: str, one: Set) -> tuple[Predictor, str]:
    """The forecaster of a user who names the method, or none."""
    if method == "auto":
        done = sa.auto(one.train, one.horizon, key=0, clock=time.monotonic)
        return done.forecaster, done.name
    season = season_of(one.train)
    spec = specification(method, season, int(np.median(one.train.lengths)))
    return sa.fit(spec, one.train, one.horizon, key=0, season=season), method


def earlier(one: Set, horizons: int) -> Set:
    """The set as it was so many horizons before; without series that then held fewer than 8 steps
    or 3 values, or of which nothing came."""
    if not horizons:
        return one
    back, lengths = horizons * one.horizon, one.train.lengths
    test = [
        one.train.series(number)[n - back : n - back + one.horizon, 0]
        for number, n in enumerate(lengths)
    ]
    known = [
        (~np.isnan(one.train.series(number)[: max(n - back, 0), 0])).sum()
        for number, n in enumerate(lengths)
    ]
    kept = [
        k
        for k, n in enumerate(lengths)
        if n >= back + 8 and known[k] >= 3 and not np.isnan(test[k]).all()
    ]
    train = one.train.take(np.array(kept))
    train = train.slice(np.zeros_like(train.lengths), train.lengths - back)
    return Set(one.name, train, [test[k] for k in kept], one.season)


def quantiles_of(forecaster: Predictor, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Point forecasts `[series, horizon]` and quantiles `[series, horizon, probability]`."""
    done = forecaster.predict(horizon, quantiles=PROBABILITIES)
    return done.mean[..., 0], done.quantiles[..., 0, :]


def score(one: Set, mean: np.ndarray, quantiles: np.ndarray) -> tuple[float, float, float, float]:
    """MASE, weighted quantile loss, and the shares inside the 80 and the 95 % interval."""
    actual = np.stack(one.test)
    there = ~np.isnan(actual)
    scale = seasonal_naive_mae(one.train, one.season)[:, 0]
    errors = np.where(there, np.abs(mean - actual), 0).sum(axis=1) / there.sum(axis=1)
    scaled = errors[scale > 0] / scale[scale > 0]
    tau = np.array(DECILES)
    deciles = quantiles[..., 1:-1]
    gap = actual[..., None] - deciles
    loss = np.where(there[..., None], np.maximum(tau * gap, (tau - 1) * gap), 0)
    wql = float(np.mean(2 * loss.sum(axis=(0, 1)) / np.abs(actual[there]).sum()))
    inside = [
        float(((actual >= quantiles[..., low]) & (actual <= quantiles[..., high]))[there].mean())
        for low, high in ((1, 9), (0, 10))
    ]
    return float(scaled.mean()), wql, inside[0], inside[1]


def by_step(one: Set, quantiles: np.ndarray) -> tuple[str, str]:
    """The smallest and the largest share of a step ahead inside the 80 and the 95 % interval."""
    actual = np.stack(one.test)
    count = (~np.isnan(actual)).sum(axis=0)
    found = []
    for low, high in ((1, 9), (0, 10)):
        inside = (actual >= quantiles[..., low]) & (actual <= quantiles[..., high])
        steps = 100 * inside.sum(axis=0)[count > 0] / count[count > 0]
        found.append(f"{steps.min():.0f}-{steps.max():.0f}")
    return found[0], found[1]


def best_member(one: Set, forecaster: Predictor, base: float) -> str:
    """The member of a combination with the least quantile loss of its own, and this loss."""
    if not isinstance(forecaster, Combination):
        return ""
    loss = {
        name: score(one, *quantiles_of(member, one.horizon))[1] / base
        for name, member in zip(forecaster.names, forecaster.members, strict=True)
    }
    least = min(loss, key=loss.__getitem__)
    return f"{least} {loss[least]:.3f}"


def naive(one: Set) -> tuple[np.ndarray, np.ndarray]:
    """The seasonal naive forecast of the set's own season, with its intervals."""
    spec = sa.models.SeasonalNaive(one.season) if one.season > 1 else sa.models.Naive()
    history = one.train
    return quantiles_of(sa.fit(spec, history, one.horizon, key=0, season=one.season), one.horizon)


def run_rival(one: Set, name: str, limit: float | None) -> Row:
    """A model of statsforecast or a network of neuralforecast on one set, or on as many of its
    series, or for as many steps, as there was time for."""
    if name in NETWORKS:
        done = network(name, one, PROBABILITIES, limit or neural_rivals.LIMIT)
    else:
        done = rival(name, one, limit or rivals.LIMIT)
    some = Set(one.name, one.train.take(done.which), [one.test[k] for k in done.which], one.season)
    base, found = score(some, *naive(some)), score(some, done.mean, done.quantiles)
    shares = found[0] / base[0], found[1] / base[1], *found[2:]
    spent, steps = (done.seconds, done.processor, done.megabytes), by_step(some, done.quantiles)
    return Row(one.name, name, len(done.which), one.season, *shares, *spent, *steps, "", done.told)


def run(one: Set, method: str) -> Row:
    """One method on one set, timed."""
    base = score(one, *naive(one))
    before, cpu = time.perf_counter(), time.process_time()
    steps, members = ("", ""), ""
    try:
        forecaster, chosen = fitted(method, one)
        mean, quantiles = quantiles_of(forecaster, one.horizon)
        taken = time.perf_counter() - before, time.process_time() - cpu
        found, steps = score(one, mean, quantiles), by_step(one, quantiles)
        members = best_member(one, forecaster, base[1])
    except Refusal as wrong:
        print(f"{one.name}, {method}: {wrong}", file=sys.stderr)
        found, chosen = base, "refused"
        taken = time.perf_counter() - before, time.process_time() - cpu
    return Row(
        one.name,
        method,
        len(one.train),
        one.season,
        found[0] / base[0],
        found[1] / base[1],
        found[2],
        found[3],
        *taken,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        *steps,
        members,
        chosen,
    )


def means(rows: list[Row]) -> None:
    """Geometric means over sets."""
    for name, wanted in (
        ("months, quarters, years", lambda row: row.season in SLOW),
        ("days and faster", lambda row: row.season not in SLOW),
        ("all", lambda row: True),
    ):
        for method in dict.fromkeys(row.method for row in rows):
            own = [row for row in rows if row.method == method and wanted(row)]
            if own:
                mase, wql = (
                    float(np.exp(np.mean(np.log([getattr(row, what) for row in own]))))
                    for what in ("mase", "wql")
                )
                print(f"{name:26s}{method:22s}{len(own):4d} sets{mase:9.3f}{wql:9.3f}")


def main() -> None:
    """Print one row a set and method, then the means."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--methods", default="auto,ets,theta")
    parser.add_argument("--only", default="")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--earlier", type=int, default=0)
    parser.add_argument("--rivals", action="store_true")
    parser.add_argument("--neural", action="store_true")
    parser.add_argument("--limit", type=float)
    told = parser.parse_args()
    theirs = (RIVALS if told.rivals else ()) + (NETWORKS if told.neural else ())
    for name, asked, where in (
        ("statsforecast", told.rivals, rivals),
        ("neuralforecast", told.neural, neural_rivals),
    ):
        if asked and not where.installed():
            sys.exit(f"{name} is not installed: make .venv-rivals/.installed, and run it there.")
    methods = [*filter(None, told.methods.split(",")), *theirs]
    rows: list[Row] = []
    if told.out is not None and told.out.exists():
        with told.out.open(newline="") as file:
            for cells in list(csv.reader(file))[1:]:
                head, numbers = cells[:2], [float(cell) for cell in cells[4:11]]
                rows.append(Row(*head, int(cells[2]), int(cells[3]), *numbers, *cells[11:]))
    done = {(row.set, row.method) for row in rows}
    print(f"{'set':28s}{'method':22s}{'series':>7s}{'MASE':>8s}{'wQL':>8s}{'80 %':>7s}", end="")
    print(f"{'95 %':>7s}{'s':>8s}{'cpu s':>8s}{'MB':>7s}  {'80 % by step':14s}", end="")
    print(f"{'95 % by step':14s}{'members':22s}chosen")
    every = (one for name in told.only.split(",") for one in sets(name))
    for one in (earlier(one, told.earlier) for one in every):
        for method in methods:
            if (one.name, method) not in done:
                other = method in theirs
                rows.append(run_rival(one, method, told.limit) if other else run(one, method))
                if told.out is not None:
                    text = io.StringIO(newline="")
                    csv.writer(text).writerows([Row._fields, *rows])
                    write_atomically(told.out, text.getvalue().encode())
            row = next(r for r in rows if (r.set, r.method) == (one.name, method))
            print(
                f"{row.set:28s}{row.method:22s}{row.series:7d}{row.mase:8.3f}{row.wql:8.3f}"
                f"{100 * row.inside80:7.1f}{100 * row.inside95:7.1f}{row.seconds:8.1f}"
                f"{row.processor:8.1f}{row.megabytes:7.0f}  {row.steps80:14s}{row.steps95:14s}"
                f"{row.members:22s}{row.chosen}",
                flush=True,
            )
    means(rows)


if __name__ == "__main__":
    main()
