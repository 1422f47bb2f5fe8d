"""Many series in Parquet, forecast in chunks: time by stage, memory, the cost of an engine, and a
worker killed in the middle.

    python benchmarks/large.py make --series 1000000
    python benchmarks/large.py forecast --series 1000000 --model theta --engine processes:2
    python benchmarks/large.py sort --series 1000000
    python benchmarks/large.py overhead --series 10000 --engine processes:1
    python benchmarks/large.py network --series 10000 --engine processes:2
    python benchmarks/large.py rivals --series 10000

`make` writes synthetic monthly series of 60 steps, 100,000 a file. `forecast` prints the seconds of
every stage by the clock and of the processor (this process and its workers), and the largest memory
of each. `overhead` compares an engine with the plain loop, in turns. `network` fits a GRU to all
series by gradients of four shards, once in the plain loop and once by an engine, and compares the
weights. `rivals` times statsforecast on the same series, by itself and with its own back ends as
far as they are installed (`pip install statsforecast 'fugue[dask,ray]'`). Files lie below --place.
"""

import argparse
import hashlib
import importlib.util
import os
import resource
import shutil
import signal
import threading
import time
from pathlib import Path

import numpy as np

import stepahead as sa
from stepahead.distributed import Processes, engine_named
from stepahead.forecasting import ETS, Pretrained, Theta
from stepahead.readers.large import sort_series
from stepahead.workflow import Auto, ChunkDone, forecast_in_chunks

MODELS = {"theta": Theta(), "ets": ETS(), "zero-shot": Pretrained(), "default": Auto()}
STEPS, HORIZON, FILE = 60, 12, 100_000


def make(place: Path, series: int) -> Path:
    """Monthly series: a level, a trend, a season and noise, of every size."""
    import pandas as pd

    folder = place / f"{series}-series"
    if (folder / "made").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    months = np.datetime64("2015-01") + np.arange(STEPS)
    for first in range(0, series, FILE):
        count = min(FILE, series - first)
        draws, at = np.random.default_rng(first), np.arange(STEPS)
        level = 10 ** draws.uniform(1, 4, (count, 1))
        trend, season = draws.normal(0, 0.003, (count, 1)), draws.uniform(0, 0.3, (count, 1))
        wave = np.sin(2 * np.pi * (at + draws.integers(0, 12, (count, 1))) / 12)
        noise = np.cumsum(draws.normal(0, 0.02, (count, STEPS)), axis=1)
        values = level * (1 + trend * at + season * wave + noise)
        names = np.char.add("s", np.char.zfill((first + np.arange(count)).astype("U8"), 8))
        codes = np.repeat(np.arange(count), STEPS)
        table = pd.DataFrame(
            {
                "unique_id": pd.Categorical.from_codes(codes, names),
                "ds": np.tile(months.astype("M8[us]"), count),
                "y": values.round(2).ravel(),
            }
        )
        sa.readers.write_parquet(table, folder / f"{first:09d}.parquet")
    (folder / "made").touch()
    return folder


def processor() -> float:
    """Seconds of the processor, of this process and of its workers that ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class Largest:
    """The largest memory that this process and its workers held together, in megabytes."""

    def __init__(self) -> None:
        self.here = self.all = 0.0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self) -> None:
        while not self.ended.wait(0.2):
            held = [_resident(pid) for pid in _family(os.getpid())]
            self.here, self.all = max(self.here, held[0]), max(self.all, sum(held))


def _family(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")  # each thread has its own
    return [pid, *(int(child) for task in tasks for child in task.read_text().split())]


def _resident(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6
    except (OSError, IndexError):
        return 0.0


def forecast(
    source: Path, out: Path, model: str, engine: str, kill: bool, keep: bool
) -> dict[str, float]:
    """Forecast, and print what it took."""
    shutil.rmtree(out, ignore_errors=True)
    began, used, memory = time.monotonic(), processor(), Largest()
    marks: dict[str, float] = {}
    with engine_named(engine) as workers:

        def on_event(event: ChunkDone) -> None:
            marks.setdefault(f"{event.stage} begins", time.monotonic() - began)
            marks[f"{event.stage} ends"] = time.monotonic() - began
            if kill and event.stage == "forecast" and event.done == event.chunks // 2:
                assert isinstance(workers, Processes)
                os.kill(workers.pids[0], signal.SIGKILL)
                print(f"worker {workers.pids[0]} killed after {event.done} chunks")

        done = forecast_in_chunks(
            MODELS[model], source, HORIZON, out, engine=workers, on_event=on_event
        )
    memory.ended.set()
    seconds, cost = time.monotonic() - began, processor() - used
    written = sum(part.stat().st_size for part in done.parts)
    print(f"{model}, {done.series:,} series, {engine}: {len(done.failed)} failed")
    print(f"  sorted and first chunk looked at after {marks['survey begins']:8.1f} s")
    print(f"  all looked at after                    {marks['survey ends']:8.1f} s")
    print(f"  first chunk forecast after             {marks['forecast begins']:8.1f} s")
    print(f"  done after                             {seconds:8.1f} s")
    each = 1e6 * cost / done.series
    print(f"  processor                              {cost:8.1f} s, {each:.0f} µs a series")
    print(f"  largest memory, this process           {memory.here:8.0f} MB")
    print(f"  largest memory, with its workers       {memory.all:8.0f} MB")
    print(f"  written                                {written / 1e6:8.0f} MB", flush=True)
    if not keep:
        shutil.rmtree(out, ignore_errors=True)
    return {"seconds": seconds, "processor": cost}


def sort(source: Path, out: Path) -> None:
    """The sorting alone: processor and memory."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    began, used = time.monotonic(), processor()
    found = sort_series(source, out)
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    size = sum(path.stat().st_size for path in out.iterdir()) / 1e6
    print(f"{found.rows:,} rows sorted in {time.monotonic() - began:.1f} s", end=", ")
    print(
        f"processor {processor() - used:.1f} s, {largest:.0f} MB of memory, {size:.0f} MB of disk"
    )
    shutil.rmtree(out)


def overhead(source: Path, out: Path, model: str, engine: str) -> None:
    """The processor time of an engine beside the plain loop, in turns."""
    ratios = []
    for _ in range(3):
        plain = forecast(source, out, model, "loop", False, False)
        other = forecast(source, out, model, engine, False, False)
        ratios.append(other["processor"] / plain["processor"])
    print(f"processor time of {engine} over the loop: {', '.join(f'{r:.2f}' for r in ratios)}")


def network(source: Path, out: Path, engine: str) -> None:
    """A network fitted to all series, in the plain loop and by an engine: time, and the weights."""
    from stepahead.workflow import fit_in_chunks  # here JAX begins, which takes its memory

    for name in ("loop", engine):
        shutil.rmtree(out, ignore_errors=True)
        began, used, memory = time.monotonic(), processor(), Largest()
        done = fit_in_chunks(
            sa.models.GRU(16), source, HORIZON, out, key=0, engine=name, updates=20, epochs=2
        )
        memory.ended.set()
        digest = hashlib.sha256((out / "model.stepahead").read_bytes()).hexdigest()[:12]
        losses = ", ".join(f"{loss:.4f}" for loss in done.learning.losses)
        print(
            f"{name:12} weights {digest}, losses {losses}, {time.monotonic() - began:.1f} s", end=""
        )
        print(f", processor {processor() - used:.1f} s, {memory.all:.0f} MB", flush=True)
    shutil.rmtree(out)


def rivals(source: Path, model: str) -> None:
    """statsforecast on the same series: two jobs of its own, then Dask and Ray with two workers."""
    import pandas as pd
    from statsforecast import StatsForecast
    from statsforecast import models as theirs

    files = sorted(source.glob("*.parquet"))
    frame = pd.concat([pd.read_parquet(file) for file in files]).astype({"unique_id": str})
    chosen = {"theta": theirs.Theta, "ets": theirs.AutoETS}[model](season_length=12)

    def jobs() -> object:
        return StatsForecast([chosen], "MS", n_jobs=2).forecast(df=frame, h=HORIZON, level=[80, 95])

    def dask() -> object:
        from dask.dataframe import from_pandas
        from distributed import Client

        with Client(n_workers=2, threads_per_worker=1, dashboard_address=None):
            parts = from_pandas(frame.set_index("unique_id"), npartitions=8).reset_index()
            done = StatsForecast([chosen], "MS").forecast(df=parts, h=HORIZON, level=[80, 95])
            return done.compute()

    def ray() -> object:
        import ray

        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
        parts = ray.data.from_pandas(frame).repartition(8)
        done = StatsForecast([chosen], "MS").forecast(df=parts, h=HORIZON, level=[80, 95])
        found = done.to_pandas()
        ray.shutdown()
        return found

    for name, needs, work in (
        ("two jobs", "statsforecast", jobs),
        ("Dask", "distributed", dask),
        ("Ray", "ray", ray),
    ):
        if importlib.util.find_spec(needs) is None:
            print(f"statsforecast, {name}: {needs} is not installed")
            continue
        began, used, memory = time.monotonic(), processor(), Largest()
        rows = len(work())  # type: ignore[arg-type]  # a frame
        memory.ended.set()
        print(f"statsforecast, {name}: {rows:,} rows in {time.monotonic() - began:.1f} s", end="")
        print(f", processor {processor() - used:.1f} s, {memory.all:.0f} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked = ["make", "forecast", "overhead", "sort", "network", "rivals"]
    parser.add_argument("what", choices=asked)
    parser.add_argument("--series", type=int, default=10_000)
    parser.add_argument("--model", choices=list(MODELS), default="theta")
    parser.add_argument("--engine", default="processes:2")
    parser.add_argument("--place", type=Path, default=Path("/tmp/stepahead-large"))
    parser.add_argument("--kill", action="store_true", help="kill a worker in the middle")
    parser.add_argument("--keep", action="store_true", help="leave the forecasts")
    chosen = parser.parse_args()
    source = make(chosen.place, chosen.series)
    out = chosen.place / f"{chosen.series}-{chosen.model}-{chosen.engine.replace(':', '-')}"
    if chosen.what == "forecast":
        forecast(source, out, chosen.model, chosen.engine, chosen.kill, chosen.keep)
    if chosen.what == "sort":
        sort(source, out)
    if chosen.what == "network":
        network(source, out, chosen.engine)
    if chosen.what == "rivals":
        rivals(source, chosen.model)
    if chosen.what == "overhead":
        overhead(source, out, chosen.model, chosen.engine)


if __name__ == "__main__":
    main()
