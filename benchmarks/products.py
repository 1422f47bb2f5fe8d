"""Whole products on real files: all of M3 through one global GRU, M3 monthly and AirPassengers by
one command.

Run: python benchmarks/products.py  (the data folder is STEPAHEAD_DATA, or ../shared/data)
"""

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

DATA = Path(os.environ.get("STEPAHEAD_DATA", "../shared/data"))
COMMAND = [sys.executable, "-m", "stepahead"]


def wide(path: Path) -> tuple[list[str], list[np.ndarray]]:
    """Ids and series of a competition file: one series a row, blanks at the end."""
    with gzip.open(path, "rt") as file:
        rows = list(csv.reader(file))[1:]
    return [row[0] for row in rows], [
        np.array([float(cell) for cell in row[1:] if cell not in ("", "NA")]) for row in rows
    ]


def smape(actual: np.ndarray, forecast: np.ndarray) -> float:
    """200·|f − y| / (|f| + |y|), in percent, over all points."""
    return float(np.mean(200 * np.abs(forecast - actual) / (np.abs(forecast) + np.abs(actual))))


def all_of_m3() -> None:
    """Read, window and train on 3,003 series with one global model; no loop over series in the
    training path."""
    import jax

    import stepahead as sa
    from stepahead.data import sliding_windows

    began = time.perf_counter()
    parts = [
        sa.read(str(DATA / f"m3/M3-{name}-train.csv.gz"))
        for name in ("Yearly", "Quarterly", "Monthly", "Other")
    ]
    series = [part.series(number) for part in parts for number in range(len(part))]
    panel = sa.Panel.from_arrays(series)
    read = time.perf_counter() - began
    began = time.perf_counter()
    windows = sliding_windows(panel.offsets, 16)
    cut = time.perf_counter() - began
    recipe = sa.training.Gradient(span=16, epochs=10, steps=200, batch=128)
    times = []
    sa.fit(
        sa.models.GRU(32),
        panel,
        6,
        key=jax.random.key(0),
        training=recipe,
        season=1,
        on_event=lambda _: times.append(time.perf_counter()),
    )
    rate = (len(times) - 1) * 200 * 128 / (times[-1] - times[0])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"M3, {len(panel):,} series, {len(panel.values):,} steps: read {read:.2f} s")
    print(f"{len(windows.start):,} windows indexed in {cut * 1e3:.0f} ms")
    print(
        f"one global GRU(32), windows of 16 steps, 6 steps ahead: {rate:,.0f} windows/s, peak "
        f"memory {peak:,.0f} MiB"
    )


def m3_monthly() -> None:
    """One command: sMAPE below 15.99 is the figure to reach, in less than 38 s of training."""
    _, actual = wide(DATA / "m3/M3-Monthly-test.csv.gz")
    for model in ("gru", "lstm"):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "forecast.csv"
            began = time.perf_counter()
            file = str(DATA / "m3/M3-Monthly-train.csv.gz")
            subprocess.run(
                [
                    *COMMAND,
                    "forecast",
                    file,
                    "--horizon",
                    "18",
                    "--model",
                    model,
                    "--season",
                    "12",
                    "--out",
                    str(out),
                    "--quiet",
                ],
                check=True,
            )
            wall = time.perf_counter() - began
            with out.open() as file:
                means = np.array([float(row["forecast"]) for row in csv.DictReader(file)]).reshape(
                    -1, 18
                )
        error = smape(np.stack(actual), means)
        print(
            f"M3 monthly, {len(means):,} series, 18 steps, --model {model}: sMAPE {error:.2f}, "
            f"whole command {wall:.1f} s"
        )


def air_passengers() -> None:
    """Last 12 months held back; MAE at most 22 is the figure to reach, seasonal naive's is 47.8."""
    with gzip.open(DATA / "classics/AirPassengers.csv.gz", "rt") as file:
        values = [float(row["value"]) for row in csv.DictReader(file)]
    actual, naive = np.array(values[-12:]), np.array(values[-24:-12])
    print(f"AirPassengers, last 12 months: seasonal naive MAE {np.abs(naive - actual).mean():.1f}")
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "air.csv", Path(folder) / "out.csv"
        source.write_text(
            "ds,y\n"
            + "".join(
                f"{1949 + m // 12}-{m % 12 + 1:02d}-01,{v:g}\n" for m, v in enumerate(values[:-12])
            )
        )
        for model in ("gru", "lstm", "mlp", "linear"):
            errors, began = [], time.perf_counter()
            for seed in range(3):
                subprocess.run(
                    [
                        *COMMAND,
                        "forecast",
                        str(source),
                        "--horizon",
                        "12",
                        "--model",
                        model,
                        "--seed",
                        str(seed),
                        "--out",
                        str(out),
                        "--quiet",
                    ],
                    check=True,
                )
                with out.open() as file:
                    errors.append(
                        np.abs(
                            np.array([float(row["forecast"]) for row in csv.DictReader(file)])
                            - actual
                        ).mean()
                    )
            wall = (time.perf_counter() - began) / 3
            print(
                f"  --model {model}: MAE {', '.join(f'{e:.1f}' for e in errors)} (seeds 0, 1, 2), "
                f"whole command {wall:.1f} s each"
            )


if __name__ == "__main__":
    all_of_m3()
    m3_monthly()
    air_passengers()
