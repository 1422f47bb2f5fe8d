"""Methods for intermittent demand against zero and Croston's.

The monthly prescriptions of PBS of which at least a fifth of the months before the end is 0, and
five of the last 36 are not, and the series of a file given by `--file`; the last 12 months (6 of a
file) are held out. MASE, RMSSE and SQL (the pinball loss of the quantiles 0.5 to 0.99, doubled) are
over the errors of the naive forecast inside the history, means over series; WQL is the same loss of
all series together over the sum of what came. Last, the shares that are not above the quantiles 0.8
and 0.95.

Run: STEPAHEAD_DATA=… python benchmarks/accuracy/demand.py [--file intermittent-monthly.csv]
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd

import stepahead as sa
from stepahead.forecasting import Intermittent

DATA = Path(os.environ.get("STEPAHEAD_DATA", Path(__file__).parents[3] / "shared" / "data"))
AT = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
KINDS = ("croston", "sba", "tsb", "adida", "imapa", "hurdle", "zero-inflated")


def pbs() -> list[np.ndarray]:
    """The intermittent series of PBS."""
    table = pd.read_csv(DATA / "fpp/PBS.csv.gz")
    table = table.sort_values(["unique_id", "ds"])
    every = [own["scripts"].to_numpy(float) for _, own in table.groupby("unique_id")]
    return [y for y in every if np.mean(y[:-12] == 0) >= 0.2 and np.sum(y[-48:-12] > 0) >= 5]


def of_file(path: Path) -> list[np.ndarray]:
    """The series of a file of `unique_id`, `ds` and `y`."""
    panel = sa.read(path)
    return [panel.series(number)[:, 0] for number in range(len(panel))]


def scores(train: list[np.ndarray], actual: np.ndarray, mean: np.ndarray, ends: np.ndarray) -> str:
    """MASE, RMSSE, WQL, and the shares held below three quantiles."""
    step = np.array([np.mean(np.abs(np.diff(y))) for y in train])
    square = np.array([np.sqrt(np.mean(np.diff(y) ** 2)) for y in train])
    moves = step > 0
    off = (mean - actual)[moves]
    mase = np.mean(np.abs(off).mean(axis=1) / step[moves])
    rmsse = np.mean(np.sqrt((off**2).mean(axis=1)) / square[moves])
    at = np.array(AT)
    miss = actual[:, :, None] - ends
    pinball = np.where(miss >= 0, at * miss, (at - 1) * miss)
    wql = 2 * pinball.sum(axis=(0, 1)).mean() / actual.sum()
    own = 2 * pinball.mean(axis=(1, 2))[moves] / step[moves]
    held = [np.mean(miss[:, :, AT.index(level)] <= 0) for level in (0.8, 0.95)]
    below = " ".join(f"{100 * share:.0f} %" for share in held)
    return (
        f"MASE {mase:6.3f}  RMSSE {rmsse:6.3f}  WQL {wql:6.3f}  SQL {np.mean(own):6.3f}   {below}"
    )


def compare(name: str, series: list[np.ndarray], horizon: int) -> None:
    """Print a line for each method."""
    train, actual = [y[:-horizon] for y in series], np.stack([y[-horizon:] for y in series])
    zeros = 100 * np.mean(np.concatenate(train) == 0)
    print(f"{name}: {len(series)} series, {horizon} steps, {zeros:.0f} % zeros")
    nothing = np.zeros_like(actual)
    print(f"  {'zero':14s} {scores(train, actual, nothing, np.zeros((*actual.shape, len(AT))))}")
    panel = sa.Panel.from_arrays(train)
    for kind in KINDS:
        began = time.process_time()
        done = sa.fit(Intermittent(kind), panel, horizon, key=0).predict(quantiles=AT)
        spent = 1000 * (time.process_time() - began) / len(series)
        line = scores(train, actual, done.mean[:, :, 0], done.quantiles[:, :, 0])
        print(f"  {kind:14s} {line}   {spent:.2f} ms", flush=True)


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path)
    path = parser.parse_args().file
    compare("PBS, scripts", pbs(), 12)
    if path is not None:
        compare(path.name, of_file(path), 6)


if __name__ == "__main__":
    main()
