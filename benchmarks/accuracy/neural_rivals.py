"""neuralforecast's NHITS as a method of `defaults.py`: one network a set, trained on all its
series, at the library's own settings, in a process of its own (`neural_process.py`).

What the library leaves to its user is set alike for all sets: an input of two horizons, as in its
first example; the loss of the quantiles that are scored; a start padded with zeros, for many series
are shorter than input and horizon. Gaps, which it refuses, are bridged by a line and marked as not
available, so that no loss is taken there. It derives nothing from a calendar, and is given none.

It trains 1,000 steps by default. Where they take longer than the limit, as many are trained as it
allows, their seconds are scaled to 1,000, and the row says how many.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from rivals import Rival, bridged
from sets import Set

NETWORKS = ("NHITS",)
"""Their names, in the order of the table."""

LIMIT = 30.0
"""Processor seconds for a set: half the budget of the plain command, more than it takes on most."""

INPUT = 2
"""Horizons that a network sees."""


def installed() -> bool:
    """True where neuralforecast is."""
    return importlib.util.find_spec("neuralforecast") is not None


def network(name: str, one: Set, probabilities: tuple[float, ...], limit: float) -> Rival:
    """Train and forecast in a new process of one thread."""
    series = [one.train.series(number)[:, 0] for number in range(len(one.train))]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        np.savez(
            folder / "series.npz",
            values=np.concatenate([bridged(x) for x in series]),
            known=~np.isnan(np.concatenate(series)),
            lengths=np.array([len(x) for x in series]),
        )
        wanted = {"name": name, "horizon": one.horizon, "input": INPUT * one.horizon}
        wanted |= {"at": probabilities, "limit": limit}
        (folder / "wanted.json").write_text(json.dumps(wanted))
        script = Path(__file__).with_name("neural_process.py")
        process = [sys.executable, str(script), made]
        threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        done = subprocess.run(
            process,
            cwd=folder,
            env=os.environ | threads,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{name} failed on {one.name}:\n{done.stderr}")
        spent = json.loads((folder / "spent.json").read_text())
        quantiles = np.load(folder / "quantiles.npy")
    if not np.isfinite(quantiles).all():
        raise RuntimeError(f"{name} on {one.name}: a forecast is not finite.")
    told = f"{spent['steps']} steps, imports {spent['importing']:.1f} s"
    return Rival(
        np.arange(len(series)),
        quantiles[..., probabilities.index(0.5)],
        quantiles,
        spent["seconds"],
        spent["processor"],
        spent["megabytes"],
        told,
    )
