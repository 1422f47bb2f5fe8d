"""statsforecast on the series of large.py: two jobs of its own, and its Dask and Ray back ends with
two workers each, against the same series in chunks.

    python -m venv .venv-rivals
    .venv-rivals/bin/pip install . statsforecast 'fugue[dask,ray]'
    .venv-rivals/bin/python benchmarks/large_rivals.py --only jobs,dask,ray,loop,processes

Its distributed back ends are those of Fugue, and are chosen by the kind of the frame. What is read
into memory and handed to them counts; writing does not. Prints seconds by the clock and of the
processor, and the largest memory of all processes together.
"""

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from large import HORIZON, Watch, make

from stepahead.distributed import engine_named
from stepahead.forecasting import ETS, Theta
from stepahead.workflow import forecast_in_chunks

PARTS = 8
"""Partitions that the frames of Dask and Ray have."""


def theirs(model: str) -> Any:
    """Their forecaster."""
    from statsforecast import StatsForecast, models

    chosen = {"theta": models.Theta, "ets": models.AutoETS}[model](season_length=12)
    return lambda jobs: StatsForecast([chosen], "MS", n_jobs=jobs)


def read(source: Path) -> pd.DataFrame:
    """All series in memory, ids as texts, which they ask for."""
    files = sorted(source.glob("*.parquet"))
    return pd.concat([pd.read_parquet(file) for file in files]).astype({"unique_id": str})


def by_jobs(source: Path, model: str, out: Path) -> int:
    """Their own processes."""
    return len(theirs(model)(2).forecast(df=read(source), h=HORIZON, level=[80, 95]))


def by_dask(source: Path, model: str, out: Path) -> int:
    """Their Dask back end, workers of one thread each."""
    from dask.dataframe import from_pandas
    from distributed import Client

    with Client(n_workers=2, threads_per_worker=1, dashboard_address=None):
        parts = from_pandas(read(source).reset_index(drop=True), npartitions=PARTS)
        return len(theirs(model)(1).forecast(df=parts, h=HORIZON, level=[80, 95]).compute())


def by_ray(source: Path, model: str, out: Path) -> int:
    """Their Ray back end."""
    import ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        parts = ray.data.from_pandas(read(source)).repartition(PARTS)
        return len(theirs(model)(1).forecast(df=parts, h=HORIZON, level=[80, 95]).to_pandas())
    finally:
        ray.shutdown()


def ours(engine: str) -> Callable[[Path, str, Path], int]:
    """The same series in chunks, read and written."""

    def work(source: Path, model: str, out: Path) -> int:
        shutil.rmtree(out, ignore_errors=True)
        spec = {"theta": Theta(), "ets": ETS()}[model]
        with engine_named(engine) as workers:
            done = forecast_in_chunks(spec, source, HORIZON, out, engine=workers)
        rows = sum(len(pd.read_parquet(part, columns=["ds"])) for part in done.parts)
        shutil.rmtree(out)
        return rows

    return work


WORK = {
    "jobs": by_jobs,
    "dask": by_dask,
    "ray": by_ray,
    "loop": ours("loop"),
    "processes": ours("processes:2"),
    "our-dask": ours("dask:2"),
    "our-ray": ours("ray:2"),
}
"""The functions that are timed, by name."""


def timed(name: str, source: Path, model: str, out: Path) -> None:
    """Time one, and print a line."""
    began, watch = time.monotonic(), Watch()
    rows = WORK[name](source, model, out)
    seconds, used = time.monotonic() - began, watch.end()
    print(f"{name:10} {rows:,} rows in {seconds:.1f} s, processor {used:.1f} s", end="")
    print(f", {watch.all:.0f} MB", flush=True)


def main() -> None:
    """Time each in turn, in a process of its own, so that memory is not that of others."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=int, default=10_000)
    parser.add_argument("--model", choices=["theta", "ets"], default="theta")
    parser.add_argument("--only", default=",".join(WORK))
    parser.add_argument("--place", type=Path, default=Path("/tmp/stepahead-large"))
    chosen = parser.parse_args()
    names = chosen.only.split(",")
    if len(names) == 1:
        out = chosen.place / f"rivals-{names[0]}"
        timed(names[0], make(chosen.place, chosen.series), chosen.model, out)
        return
    for name in names:
        given = ("--series", str(chosen.series), "--model", chosen.model, "--only", name)
        command = (sys.executable, __file__, *given, "--place", str(chosen.place))
        subprocess.run(command, check=False)  # one that fails must not cost the others


if __name__ == "__main__":
    main()
