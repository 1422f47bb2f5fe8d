"""ETS, Theta and ARIMA: accuracy, processor time and memory.

Prints the sMAPE of M3 (3,003 series, over all points, as its tables do) with milliseconds of
processor time a series, fit and forecast together, after one warm-up call; coverage of intervals on
its monthly series; time of panels of growing size, and what is allocated at the peak besides the
data; the seconds from the start of a process to the table; the time of an update by one step after
short and long histories; and likelihoods against statsmodels' on some quarterly series.

Run: STEPAHEAD_DATA=… python benchmarks/classical.py [--only sizes] [--sizes 10000 30000 100000]
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
from stepahead.classical import Rows, fit_ets
from stepahead.evaluation import smape
from stepahead.forecasting import ETS, AutoARIMA, LocalMethod, Theta

DATA = Path(os.environ.get("STEPAHEAD_DATA", Path(__file__).parents[2] / "shared" / "data"))
TURNS = 20
"""Updates that are timed."""

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


def update(spec: LocalMethod) -> None:
    """Processor time of an update by one step, and of the forecast after it, by what was before."""
    told = []
    for steps in (1_000, 10_000, 100_000):
        time_of = np.arange(steps + TURNS + 1)
        noise = np.random.default_rng(0).normal(0, 1, len(time_of))
        whole = sa.Panel.from_arrays([50 + np.cumsum(noise) + 5 * np.sin(time_of * np.pi / 6)])
        zero, end = np.zeros(1, int), np.array([steps])
        done = sa.fit(spec, whole.slice(zero, end), 12, key=0, season=12)
        began = 0.0
        for turn in range(TURNS + 1):
            began = time.process_time() if turn == 1 else began  # after the first
            done = done.update(whole.slice(end + turn, end + turn + 1))
            done.predict(levels=(80,))
        told.append(f"{steps:,} steps {1000 * (time.process_time() - began) / TURNS:.2f} ms")
    print(f"{spec!r:14s} " + ", ".join(told))


def likelihoods(form: str, count: int = 12) -> None:
    """Log likelihoods against statsmodels': with our parameters, and of what each search finds."""
    import warnings

    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    warnings.simplefilter("ignore")  # of searches that are not done
    error, trend, season = form.split(",")
    words, all_series = {"A": "add", "M": "mul", "N": None}, series("M3-Quarterly-train.csv.gz")
    apart, ahead, spent = [], [], np.zeros(2)
    for y in all_series[:: len(all_series) // count][:count]:
        began = time.process_time()
        fit = fit_ets(Rows(y, np.array([0, len(y)])), 4, form, fit_states=True)
        spent[0] += time.process_time() - began
        rates = dict(zip("abgp", fit.smoothing[0], strict=True))
        own = [rates["a"]] + [rates["b"]] * (trend != "N") + [rates["g"]] * (season != "N")
        own += [rates["p"]] * trend.endswith("d")
        state = fit.before[0] * fit.unit[0]
        own += [state[0]] + [state[1]] * (trend != "N")
        own += list(state[:1:-1]) * (season != "N")  # newest first
        model = ETSModel(
            y,
            error=words[error],
            trend=words[trend[0]],
            damped_trend=trend.endswith("d"),
            seasonal=words[season],
            seasonal_periods=4 if season != "N" else None,
        )
        known = fit.known
        ours = known.log_likelihood[0] - known.seen[0] * np.log(fit.unit[0])
        apart.append(abs(model.loglike(np.array(own)) / ours - 1))
        began = time.process_time()
        ahead.append(ours - model.fit(disp=False, maxiter=300).llf)
        spent[1] += time.process_time() - began
    each = 1000 * spent / len(apart)
    print(
        f"{form:7s} {len(apart)} series, same parameters: relative difference at most "
        f"{max(apart):.0e}; fitted: ours less theirs {min(ahead):+.1e} to {max(ahead):+.1e}; "
        f"{each[0]:.1f} ms and {each[1]:.0f} ms a series"
    )


def accuracy() -> None:
    """All of M3."""
    print("M3, sMAPE (processor time a series): yearly, quarterly, monthly, other")
    for spec in (ETS(), Theta(), Theta("standard"), AutoARIMA()):
        m3(spec)
    print(PUBLISHED)


def commands() -> None:
    """From the start of a process."""
    print("stepahead forecast of one series of 96 months")
    for model in ("ets", "theta", "seasonal-naive"):
        command(model)


def updates() -> None:
    """One step more."""
    print("an update by one step and a forecast of 12, by what was before")
    for spec in (ETS("A,Ad,A"), Theta()):
        update(spec)


def parity() -> None:
    """Beside statsmodels; its seasons that are factors follow another level than the book's."""
    print("log likelihoods against statsmodels', quarterly series of M3")
    for form in ("A,N,N", "M,A,N", "A,Ad,A", "M,Ad,A"):
        likelihoods(form)


def main() -> None:
    """Print everything, or one part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parts = {"accuracy": accuracy, "commands": commands, "updates": updates, "parity": parity}
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 30_000, 100_000])
    parser.add_argument("--only", choices=("sizes", *parts))
    told = parser.parse_args()
    for name, part in parts.items():
        if told.only in (None, name):
            part()
    if told.only in (None, "sizes"):
        for spec in (ETS(), Theta()):
            for count in told.sizes:
                sizes(spec, count)


if __name__ == "__main__":
    main()
