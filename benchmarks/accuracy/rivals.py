"""statsforecast's automatic models as methods of `defaults.py`: series by series, with the same
season, for some seconds of the processor a set.

Series are taken in a shuffled order; where time runs out, those that are done stand for the set,
and their time is scaled to all of it. Of a long series these models see the newest steps, as ours
do. Gaps are bridged by a line, for they take none. A series that a model cannot fit, or a first one
that is not done in time, is forecast by the last value.
"""

import importlib.util
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from sets import Set

from stepahead.data import season_of

RIVALS = ("AutoETS", "DynamicOptimizedTheta", "AutoARIMA")
"""Their names, in the order of the table."""

LIMIT = 5.0
"""Processor seconds for a set."""

NEWEST = 10_000
"""Steps at the end of a series that they see."""

LEVELS = (20, 40, 60, 80, 95)
"""Central intervals whose ends, with the median, are the quantiles of `defaults.py`."""


class Rival(NamedTuple):
    """The numbers of the series that were done, their forecasts, seconds scaled to the whole work,
    the peak of memory, and what the row says of it."""

    which: np.ndarray
    mean: np.ndarray
    quantiles: np.ndarray
    seconds: float
    processor: float
    megabytes: float
    told: str


def installed() -> bool:
    """True where statsforecast is."""
    return importlib.util.find_spec("statsforecast") is not None


def rival(name: str, one: Set, limit: float) -> Rival:
    """Fit and forecast series by series, until `limit` seconds are over; at least one is done or
    failed."""
    from statsforecast import models

    make, season = getattr(models, name), season_of(one.train)
    which, means, ends = list[int](), list[np.ndarray](), list[np.ndarray]()
    failed, late = 0, False
    began, cpu = time.perf_counter(), time.process_time()
    for number in np.random.default_rng(0).permutation(len(one.train)):
        history = bridged(one.train.series(number)[:, 0])[-NEWEST:]
        try:
            with _alarm(limit - (time.process_time() - cpu)):
                done = make(season_length=season).fit(history)
                mean, quantiles = _forecast(done.predict(one.horizon, level=list(LEVELS)))
        except TimeoutError:
            late = True
            if which:
                break
            mean, quantiles = _last(history, one.horizon)
        except Exception:  # theirs may raise anything; the table counts how often
            mean, quantiles, failed = *_last(history, one.horizon), failed + 1
        which.append(int(number))
        means.append(mean)
        ends.append(quantiles)
        if late:
            break
    share = len(one.train) / len(which)
    seconds, processor = time.perf_counter() - began, time.process_time() - cpu
    told = f"{len(which)} of {len(one.train)} series"
    told += f", {failed} failed" if failed else ""
    told += ", not done in time" if late and len(which) == 1 else ""
    found = np.stack(means), np.stack(ends)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Rival(np.array(which), *found, share * seconds, share * processor, memory, told)


def _forecast(told: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The mean, and the quantiles, of which the mean is the median; refused if not finite."""
    low = [np.asarray(told[f"lo-{level}"], float) for level in LEVELS[::-1]]
    high = [np.asarray(told[f"hi-{level}"], float) for level in LEVELS]
    mean = np.asarray(told["mean"], float)
    quantiles = np.stack([*low, mean, *high], axis=-1)
    if not np.isfinite(quantiles).all():
        raise ValueError("not finite")
    return mean, quantiles


def bridged(values: np.ndarray) -> np.ndarray:
    """The values, gaps bridged by a line."""
    seen = np.flatnonzero(~np.isnan(values))
    return np.interp(np.arange(len(values)), seen, values[seen])


def _last(history: np.ndarray, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """The last value, and it alone as every quantile."""
    mean = np.full(horizon, history[-1])
    return mean, np.repeat(mean[:, None], 2 * len(LEVELS) + 1, axis=1)


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the block once the process has worked so long."""

    def over(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, max(seconds, 1e-3))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
