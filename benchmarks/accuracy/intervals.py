"""Do the intervals hold? Conformal ones on M3 monthly and M4 hourly: coverage against the nominal
level, MSIS against seasonal naive's.

Run: python benchmarks/accuracy/intervals.py  (the data folder is STEPAHEAD_DATA, or ../shared/data)

The competition's training part is cut once more: the last horizon of it chooses among the models
below, by the MSIS of their 95 % intervals; the competition's test part is forecast by the chosen
one and by seasonal naive, both with conformal intervals at their defaults. To reach: coverage
within 3 points of 80 and 95 %, and an MSIS below that of seasonal naive.
"""

import resource
import time
from typing import NamedTuple

import jax
import numpy as np
from published import wide

import stepahead as sa
from stepahead.data import Panel, difference, log, pipeline, split, standard
from stepahead.evaluation import coverage, mase, msis, seasonal_naive_mae
from stepahead.models import GRU, LinearAR, Point, SeasonalNaive

LEVELS = (80, 95)
KEY = jax.random.key(0)


class Task(NamedTuple):
    """A file of series with what is asked of them, and the models that are tried."""

    name: str
    train: str
    test: str
    season: int
    horizon: int
    models: dict


TASKS = (
    Task(
        "M3 monthly",
        "m3/M3-Monthly-train.csv.gz",
        "m3/M3-Monthly-test.csv.gz",
        12,
        18,
        {
            "seasonal naive": sa.conformal(SeasonalNaive(12)),
            "linear AR(13)": sa.conformal(LinearAR(13)),
            "linear AR(26)": sa.conformal(LinearAR(26)),
            "GRU(32)": sa.conformal(GRU(32), head=Point()),
        },
    ),
    Task(
        "M4 hourly",
        "m4/Hourly-train.csv.gz",
        "m4/Hourly-test.csv.gz",
        24,
        48,
        {
            "seasonal naive": sa.conformal(SeasonalNaive(24)),
            "linear AR(48)": sa.conformal(LinearAR(48)),
            "linear AR(192)": sa.conformal(LinearAR(192)),
            "GRU(32)": sa.conformal(GRU(32), head=Point()),
            "AR(48) of day": sa.conformal(
                LinearAR(48), scaler=pipeline(difference(24), standard())
            ),
            "AR(48) of week": sa.conformal(
                LinearAR(48), scaler=pipeline(log(), difference(168), standard())
            ),
        },
    ),
)
"""AR of day, of week: of the changes over 24 hours, and of the logs' changes over 168."""


def judged(spec, past: Panel, actual: np.ndarray, task: Task) -> dict:
    """MASE of the mean; coverage, by step too, and MSIS of the intervals; seconds."""
    began = time.perf_counter()
    fitted = sa.fit(spec, past, task.horizon, key=KEY, season=task.season)
    done = fitted.predict(levels=LEVELS)
    found = {"seconds": time.perf_counter() - began}
    scale = seasonal_naive_mae(past, task.season)
    found["mase"] = float(mase(actual, done.mean[..., 0], scale))
    for level in reversed(LEVELS):
        low, high = (end[..., 0] for end in done.interval(level))
        steps = 100 * coverage(actual, low, high, axis=0)
        found[level] = (
            100 * float(coverage(actual, low, high)),
            steps.min(),
            steps.max(),
            float(msis(actual, low, high, level, scale)),
        )
    return found


def shown(name: str, found: dict) -> str:
    """A line of the table."""
    cells = [
        f"{found[level][0]:16.1f}"
        f"{f'({found[level][1]:.0f} to {found[level][2]:.0f})':>11s}"
        f"{found[level][3]:8.2f}"
        for level in LEVELS
    ]
    return f"  {name:16s}{found['mase']:6.3f}{''.join(cells)}{found['seconds']:9.1f}"


def main() -> None:
    """Choose on the training part, score on the test part."""
    for task in TASKS:
        past = Panel.from_arrays(wide(task.train))
        actual = np.array(wide(task.test))[:, : task.horizon]
        before, last = split(past, task.horizon)
        print(f"{task.name}, {len(past):,} series, {task.horizon} steps ahead")
        head = "".join(
            f"{f'{level} %: coverage':>16s}{'(by step)':>11s}{'MSIS':>8s}" for level in LEVELS
        )
        print(f"  {'validation part':16s}{'MASE':>6s}{head}{'seconds':>9s}")
        tried = {}
        for name, spec in task.models.items():
            tried[name] = judged(spec, before, last.values.reshape(len(past), -1), task)
            print(shown(name, tried[name]), flush=True)
        chosen = min(tried, key=lambda name: tried[name][95][3])
        print("  test part")
        for name in dict.fromkeys((chosen, "seasonal naive")):
            print(shown(name, judged(task.models[name], past, actual, task)), flush=True)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")


if __name__ == "__main__":
    main()
