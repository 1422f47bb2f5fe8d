"""Many series in Parquet, forecast in chunks: time by stage, memory, the cost of an engine, and a
worker killed in the middle.

    python benchmarks/large.py make --series 1000000
    python benchmarks/large.py forecast --series 1000000 --model theta --engine processes:2
    python benchmarks/large.py sort --series 1000000
    python benchmarks/large.py overhead --series 100000 --engine dask:2 --turns 3
    python benchmarks/large.py network --series 10000 --engine processes:2

`make` writes synthetic monthly series of 60 steps, 100,000 a file. `forecast` prints the seconds of
every stage by the clock and of the processor (this process and all that descend from it), and the
largest memory. `overhead` compares an engine with the plain loop, in turns, and counts the start of
the workers apart. `network` fits a GRU to all series by gradients of four shards, once in the plain
loop and once by an engine, and compares the weights. Files lie below --place. For statsforecast on
the same series see large_rivals.py.
"""

import argparse
import hashlib
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


class Watch:
    """The processor time of this process and of all that descend from it, and the largest memory
    that they held together, in seconds and megabytes. Workers of a cluster are no children of this
    process, so that what each had used is asked for several times a second."""

    def __init__(self) -> None:
        self.here = self.all = 0.0
        self.used: dict[int, float] = {}
        self.before = _processor(os.getpid())
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    @property
    def processor(self) -> float:
        """Seconds of the processor so far."""
        self._look()
        return sum(self.used.values()) - self.before

    def end(self) -> float:
        """Stop watching; the seconds of the processor."""
        self.ended.set()
        self.thread.join()
        return self.processor

    def _watch(self) -> None:
        while not self.ended.wait(0.2):
            self._look()

    def _look(self) -> None:
        pids = _family(os.getpid())
        held = [_resident(pid) for pid in pids]
        self.here, self.all = max(self.here, held[0]), max(self.all, sum(held))
        for pid in pids:
            self.used[pid] = max(self.used.get(pid, 0.0), _processor(pid))


def _family(first: int) -> list[int]:
    """A process and all that descend from it; each thread has children of its own."""
    found, left = [], [first]
    while left:
        found.append(left.pop())
        try:
            for task in Path(f"/proc/{found[-1]}/task").glob("*/children"):
                left += map(int, task.read_text().split())
        except OSError:  # it ended meanwhile
            continue
    return found


def _processor(pid: int) -> float:
    """Seconds of the processor of a process; of one that ended what is known of it counts."""
    try:
        numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


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
    began, watch = time.monotonic(), Watch()
    marks: dict[str, float] = {}
    with engine_named(engine) as workers:
        if engine != "loop":  # each worker loads what it needs, and fails, for there is no folder
            list(workers.map("stepahead.workflow.large:forecast_chunk", [("nowhere", 0)] * 8))
        start = watch.processor

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
        seconds = time.monotonic() - began
        cost = watch.end()  # while workers are there
    written = sum(part.stat().st_size for part in done.parts)
    print(f"{model}, {done.series:,} series, {engine}: {len(done.failed)} failed")
    print(f"  sorted and first chunk looked at after {marks['survey begins']:8.1f} s")
    print(f"  all looked at after                    {marks['survey ends']:8.1f} s")
    print(f"  first chunk forecast after             {marks['forecast begins']:8.1f} s")
    print(f"  done after                             {seconds:8.1f} s")
    each = 1e6 * cost / done.series
    print(f"  processor                              {cost:8.1f} s, {each:.0f} µs a series")
    print(f"  of it to start the workers             {start:8.1f} s")
    print(f"  largest memory, this process           {watch.here:8.0f} MB")
    print(f"  largest memory, with its workers       {watch.all:8.0f} MB")
    print(f"  written                                {written / 1e6:8.0f} MB", flush=True)
    if not keep:
        shutil.rmtree(out, ignore_errors=True)
    return {"processor": cost, "start": start}


def sort(source: Path, out: Path) -> None:
    """The sorting alone: processor and memory."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    began, watch = time.monotonic(), Watch()
    found = sort_series(source, out)
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    size = sum(path.stat().st_size for path in out.iterdir()) / 1e6
    print(f"{found.rows:,} rows sorted in {time.monotonic() - began:.1f} s", end=", ")
    print(f"processor {watch.end():.1f} s, {largest:.0f} MB of memory, {size:.0f} MB of disk")
    shutil.rmtree(out)


def overhead(source: Path, out: Path, model: str, engine: str, turns: int) -> None:
    """The processor time of an engine compared with the plain loop, in turns."""
    in_all, at_work = [], []
    for _ in range(turns):
        plain = forecast(source, out, model, "loop", False, False)["processor"]
        other = forecast(source, out, model, engine, False, False)
        in_all.append(other["processor"] / plain)
        at_work.append((other["processor"] - other["start"]) / plain)
    for told, ratios in (("in all", in_all), ("once its workers are there", at_work)):
        times = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"processor time of {engine} over the loop, {told}: {times}")


def network(source: Path, out: Path, engine: str) -> None:
    """A network fitted to all series, in the plain loop and by an engine: time, and the weights."""
    from stepahead.workflow import fit_in_chunks  # here JAX begins, which takes its memory

    for name in ("loop", engine):
        shutil.rmtree(out, ignore_errors=True)
        began, watch = time.monotonic(), Watch()
        done = fit_in_chunks(
            sa.models.GRU(16), source, HORIZON, out, key=0, engine=name, updates=20, epochs=2
        )
        used = watch.end()
        digest = hashlib.sha256((out / "model.stepahead").read_bytes()).hexdigest()[:12]
        losses = ", ".join(f"{loss:.4f}" for loss in done.learning.losses)
        print(
            f"{name:12} weights {digest}, losses {losses}, {time.monotonic() - began:.1f} s", end=""
        )
        print(f", processor {used:.1f} s, {watch.all:.0f} MB", flush=True)
    shutil.rmtree(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked = ["make", "forecast", "overhead", "sort", "network"]
    parser.add_argument("what", choices=asked)
    parser.add_argument("--series", type=int, default=10_000)
    parser.add_argument("--model", choices=list(MODELS), default="theta")
    parser.add_argument("--engine", default="processes:2")
    parser.add_argument("--place", type=Path, default=Path("/tmp/stepahead-large"))
    parser.add_argument("--turns", type=int, default=3, help="turns of `overhead`")
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
    if chosen.what == "overhead":
        overhead(source, out, chosen.model, chosen.engine, chosen.turns)


if __name__ == "__main__":
    main()
