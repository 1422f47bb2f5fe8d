"""The pretrained network on every set of `sets.py`, none of which it was trained on.

One window, the last horizon, as published. By set: the MASE and the weighted quantile loss relative
to the seasonal naive forecast, once in one pass and once by several views of each series, as is the
default; the share of actual values inside the 80 % interval of the default, and the step at which
that share is furthest from 80. Geometric means over sets follow. To
reach: 0.88 and 0.72 over all sets, 0.80 (MASE) on those of days and faster; the intervals of sets
of 100 series or more within 4 points of 80 %, and within 8 at each step.

Run: python benchmarks/accuracy/zero_shot.py [--only M3] [--earlier 1]: what is chosen is chosen
with `--earlier 1`, inside the training parts (see `defaults.py`). `--weights FILE` takes weights of
`pretraining/pretrain.py` in place of those of the package, and `--series 60` at most so many series
of a set, evenly spaced. `--seconds` times instead: one series from process start (to reach: 1 s)
and 10,000 series of 100 steps, 24 ahead (10 s for one pass), in seconds of the clock and of the
processor.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from defaults import SLOW, earlier, naive, quantiles_of, score
from safetensors.numpy import load_file
from sets import Set, sets

import stepahead as sa
from stepahead.data import season_of
from stepahead.forecasting import Pretrained
from stepahead.pretrained import Network

MANY = 100
"""Series of a set from which on the coverage of its intervals is judged."""


class Row(NamedTuple):
    """The network on one set: relative errors in one pass and by views, and coverage of 80 %."""

    set: str
    season: int
    series: int
    mase_once: float
    wql_once: float
    mase: float
    wql: float
    inside: float
    furthest: float
    step: int


ONCE = Pretrained(resampled=False, adjusted=False)
"""One pass over each series."""


def forecasts(one: Set, spec: Pretrained) -> tuple[np.ndarray, np.ndarray]:
    """Point forecasts and quantiles, told nothing but the horizon."""
    done = sa.fit(spec, one.train, one.horizon, key=0, season=season_of(one.train))
    return quantiles_of(done, one.horizon)


def some(one: Set, most: int) -> Set:
    """At most so many series of the set, evenly spaced; all, if 0."""
    if not most or len(one.train) <= most:
        return one
    at = np.linspace(0, len(one.train) - 1, most).astype(int)
    return Set(one.name, one.train.take(at), [one.test[k] for k in at], one.season)


def run(one: Set, network: Network | None) -> Row:
    """The network on one set."""
    base, told = score(one, *naive(one)), forecasts(one, Pretrained(network=network))
    once = score(one, *forecasts(one, replace(ONCE, network=network)))
    found = score(one, *told)
    actual, quantiles = np.stack(one.test), told[1]
    there = ~np.isnan(actual)
    inside = (actual >= quantiles[..., 1]) & (actual <= quantiles[..., 9]) & there
    by_step = inside.sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    step = int(np.abs(by_step - 0.8).argmax())
    shares = once[0] / base[0], once[1] / base[1], found[0] / base[0], found[1] / base[1]
    return Row(one.name, one.season, len(one.train), *shares, found[2], by_step[step], step + 1)


def means(rows: list[Row]) -> None:
    """Print geometric means over sets, and on how many large ones the intervals hold."""
    for name, wanted in (
        ("months, quarters, years", lambda row: row.season in SLOW),
        ("days and faster", lambda row: row.season not in SLOW),
        ("all", lambda row: True),
    ):
        own = [row[3:7] for row in rows if wanted(row)]
        if own:
            told = np.exp(np.log(own).mean(axis=0))
            print(f"{name:28s}{len(own):4d} sets" + "".join(f"{each:9.3f}" for each in told))
    large = [row for row in rows if row.series >= MANY]
    held = sum(abs(row.inside - 0.8) <= 0.04 for row in large)
    each = sum(abs(row.furthest - 0.8) <= 0.08 for row in large)
    print(f"of {len(large)} sets of {MANY} series or more, 80 % within 4 points: {held}; ", end="")
    print(f"within 8 at each step: {each}")


def timed(work: Callable[[], object], who: int) -> str:
    """Seconds of the clock and of the processor."""

    def spent() -> float:
        used = resource.getrusage(who)
        return used.ru_utime + used.ru_stime

    wall, before = time.perf_counter(), spent()
    work()
    return f"{time.perf_counter() - wall:6.2f} s, {spent() - before:6.2f} s of the processor"


def seconds() -> None:
    """Time one series from process start, and 10,000 series."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "months.csv")
        ds = np.datetime_as_string(np.datetime64("2010-01") + np.arange(144))
        lines = [
            f"{day}-01,{value:.2f}" for day, value in zip(ds, rng.normal(9, 1, 144), strict=True)
        ]
        file.write_text("\n".join(["ds,y", *lines]))
        told = ["forecast", str(file), "--horizon", "12", "--model", "zero-shot", "--quiet"]
        command = [str(Path(sys.executable).with_name("stepahead")), *told]
        call = lambda: subprocess.run(command, check=True, capture_output=True)  # noqa: E731
        call()
        print("one series from process start    ", timed(call, resource.RUSAGE_CHILDREN))
    values = 9 + rng.normal(size=(10_000, 100)) + np.sin(np.arange(100) * np.pi / 6)
    panel = sa.Panel.from_arrays(list(values))
    for spec, name in (
        (ONCE, "one pass"),
        (replace(ONCE, averaged=True), "averaged"),
        (Pretrained(), "by views"),
    ):
        work = lambda spec=spec: sa.fit(spec, panel, 24, key=0, season=12).predict(24)  # noqa: E731
        print(f"10,000 series, 24 ahead, {name}", timed(work, resource.RUSAGE_SELF))


def main() -> None:
    """Print one row a set, then the means; or the times."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--earlier", type=int, default=0)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--series", type=int, default=0)
    parser.add_argument("--seconds", action="store_true")
    told = parser.parse_args()
    if told.seconds:
        seconds()
        return
    network = Network.of(load_file(told.weights)) if told.weights else None
    rows: list[Row] = []
    print(f"{'':41s}{'one pass':>18s}{'by views':>18s}{'80 %':>9s}{'furthest':>10s}")
    head = "".join(f"{each:>9s}" for each in ("MASE", "wQL") * 2)
    print(f"{'set':28s}{'season':>6s}{'series':>7s}{head}{'inside':>9s}{'at step':>10s}")
    for one in (some(earlier(one, told.earlier), told.series) for one in sets(told.only)):
        row = run(one, network)
        rows.append(row)
        shares = "".join(f"{each:9.3f}" for each in row[3:7])
        print(f"{row.set:28s}{row.season:6d}{row.series:7d}{shares}{100 * row.inside:9.1f}", end="")
        print(f"{100 * row.furthest:6.1f}{row.step:4d}", flush=True)
    means(rows)


if __name__ == "__main__":
    main()
