"""ETS, Theta and ARIMA: accuracy, processor time and memory.

Prints the sMAPE of M3 (3,003 series, over all points, as its tables do) with milliseconds of
processor time a series, fit and forecast together, after one warm-up call; coverage of intervals on
its monthly series; time of panels of growing size, and what is allocated at the peak beside the
data; and the seconds from the start of a process to the table.

Run: STEPAHEAD_DATA=… python benchmarks/classical.py [--sizes 10000 30000 100000]
"""

import argparse
import csv
import gzip
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import stepahead as sa
from stepahead.evaluation import smape
from stepahead.forecasting import ETS, AutoARIMA, LocalMethod, Theta

DATA = Path(os.environ.get("STEPAHEAD_DATA", Path(__file__).parents[2] / "shared" / "data"))
PARTS = {"Yearly": 1, "Quarterly": 4, "Monthly": 12, "Other": 1}
PUBLISHED = "published: Theta 13.05, ForecastPro 13.23; to reach: ETS 13.2, Theta 13.0, ARIMA 13.8"


def series(name: str) -> list[np.ndarray]:
    """One file of M3: a series a row."""
    with gzip.open(DATA / "m3" / name, "rt") as file:
        rows = list(csv.reader(file))[1:]
    return [np.array([float(cell) for cell in row[1:] if cell not in ("", "NA")]) for row in rows]


def m3(spec: LocalMethod) -> None:
    """Accuracy and time on all of M3."""
    errors, line = [], []
    for part, season in PARTS.items():
        train, test = (series(f"M3-{part}-{half}.csv.gz") for half in ("train", "test"))
        panel = sa.Panel.from_arrays(train)
        sa.fit(spec, panel.take(np.arange(2)), len(test[0]), key=0, season=season).predict()
        began = time.process_time()
        done = sa.fit(spec, panel, len(test[0]), key=0, season=season).predict(levels=(80, 95))
        spent = (time.process_time() - began) / len(train) * 1000
        actual = np.stack(test)
        errors.append((actual, done.mean[:, :, 0]))
        line.append(f"{smape(*errors[-1]):7.2f} ({spent:5.2f} ms)")
        if part == "Monthly":
            covered = []
            for level in (80, 95):
                low, high = (end[:, :, 0] for end in done.interval(level))
                inside = (low <= actual) & (actual <= high)
                covered.append([100 * inside[:, step].mean() for step in (0, 5, 11, 17)])
    whole = smape(*(np.concatenate([pair[side].ravel() for pair in errors]) for side in (0, 1)))
    print(f"{spec!r:22s}" + "".join(line) + f"   all {whole:.2f}")
    for level, shares in zip((80, 95), covered, strict=True):
        print(
            f"{'':22s}monthly, {level} % at steps 1, 6, 12, 18: "
            + " ".join(f"{share:.0f} %" for share in shares)
        )


def sizes(spec: LocalMethod, count: int) -> None:
    """Time and memory of many series, in a process of its own."""
    code = f"""
import time, tracemalloc, numpy as np, stepahead as sa
from stepahead.forecasting import *
rng = np.random.default_rng(0)
lengths = rng.integers(60, 101, {count})
values = [50 + np.cumsum(rng.normal(0, 1, n)) + 5 * np.sin(np.arange(n) * np.pi / 6)
          for n in lengths]
panel = sa.Panel.from_arrays(values)
size = panel.values.nbytes
tracemalloc.start()
began, processor = time.perf_counter(), time.process_time()
done = sa.fit({spec!r}, panel, 12, key=0, season=12)
done.predict(levels=(80,))
wall, processor = time.perf_counter() - began, time.process_time() - processor
more = tracemalloc.get_traced_memory()[1]
print(f"{{wall:8.1f}} s  {{processor:8.1f}} s of processor time", end="  ")
print(f"{{more / 2**20:6.0f}} MB more at the peak, {{more / size:.2f}} of the data")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    print(f"{spec!r:10s} {count:7,d} series {done.stdout.strip()}")


def command(model: str) -> None:
    """From the start of the process to the table, and whether JAX was imported."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "one.csv"
        stamps = np.datetime64("2015-01") + np.arange(96)
        values = 100 + np.arange(96) + 10 * np.sin(np.arange(96) * np.pi / 6)
        text = [f"{stamp}-01,{value:.2f}" for stamp, value in zip(stamps, values, strict=True)]
        path.write_text("\n".join(["ds,y", *text]) + "\n")
        code = "import sys; from stepahead.cli import main; main(sys.argv[1:])"
        words = ["forecast", str(path), "--horizon", "12", "--model", model, "--quiet"]
        for _ in range(2):  # the first may write byte code
            began = time.perf_counter()
            processor = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            subprocess.run(
                [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
            )
            wall = time.perf_counter() - began
            processor = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - processor
        print(f"{model:6s} {wall:5.2f} s, {processor:.2f} s of processor time", end="; ")
        told = subprocess.run(
            [sys.executable, "-X", "importtime", "-c", code, *words],
            capture_output=True,
            text=True,
            check=False,
        ).stderr.splitlines()
        loaded = {line.split("|")[-1].strip() for line in told if "|" in line}
        heavy = ("jax", "pandas", "scipy", "duckdb", "statsmodels")
        print("imports " + ", ".join(name for name in heavy if name in loaded))


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 30_000, 100_000])
    counts = parser.parse_args().sizes
    print("M3, sMAPE (processor time a series): yearly, quarterly, monthly, other")
    for spec in (ETS(), Theta(), Theta("standard"), AutoARIMA()):
        m3(spec)
    print(PUBLISHED)
    for spec in (ETS(), Theta()):
        for count in counts:
            sizes(spec, count)
    print("stepahead forecast of one series of 96 months")
    for model in ("ets", "theta", "seasonal-naive"):
        command(model)


if __name__ == "__main__":
    main()
