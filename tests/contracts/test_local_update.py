"""A local method takes in new steps by its state alone: as if it had read all of them at once, and
at the same cost however long the series are. It fits a series as if there were no other."""

import tracemalloc
from dataclasses import fields, is_dataclass
from functools import cache

import numpy as np
import pytest

import stepahead as sa
from stepahead.forecasting import (
    CES,
    ETS,
    MSTL,
    AutoARIMA,
    Autoregression,
    Baseline,
    Harmonic,
    Intermittent,
    KernelRidge,
    Leveled,
    LocalForecaster,
    RandomWalk,
    Recent,
    Theta,
    WindowAverage,
)

SEASON = 4
METHODS = (
    ETS("A,Ad,A"),
    ETS("M,A,M"),
    Theta(),
    AutoARIMA((1, 1, 1), (0, 1, 0), constant=False),
    Autoregression((1, 4)),
    CES("partial"),
    *(Baseline(kind) for kind in ("naive", "seasonal-naive", "drift", "mean")),
    WindowAverage(3),
    RandomWalk(),
    *(Intermittent(kind) for kind in ("croston", "sba", "tsb", "adida", "imapa", "hurdle")),
    MSTL((SEASON,)),
    Harmonic((SEASON,)),
    KernelRidge((SEASON,)),
    Recent(ETS("A,N,N"), 30),
    Leveled(ETS("A,N,N")),
)
each_method = pytest.mark.parametrize("spec", METHODS, ids=repr)


def series(length: int, begin: int = 0) -> sa.Panel:
    """Two series of counts around 20, from some step on; now and then one is missing."""
    at = np.arange(begin, begin + length)
    values = [20.0 + shift + 3 * (at % SEASON) + np.rint(2 * np.cos(at**2)) for shift in (0, 5)]
    values = [
        np.where(at % 13 == shift, np.nan, y) for shift, y in zip((5, 6), values, strict=True)
    ]
    return sa.Panel.from_arrays(values, start=begin)


@cache
def fitted(spec) -> LocalForecaster:
    return sa.fit(spec, series(60), 5, key=0, season=SEASON)


@each_method
def test_one_by_one_equals_all_at_once(spec) -> None:
    done = fitted(spec)
    once = done.update(series(18, 60))
    by_one = done
    for step in range(60, 78):  # the last, of the first series, is missing
        one = series(1, step)
        if step % 2:
            by_one = by_one.update(one)
        else:  # each series by itself
            for number in (1, 0):
                by_one = by_one.update(one.take(np.array([number])))
    for mine, other in zip(by_one.predict(levels=80), once.predict(levels=80), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-9)
    np.testing.assert_array_equal(by_one.history.values, once.history.values)
    np.testing.assert_array_equal(by_one.history.times, once.history.times)
    np.testing.assert_array_equal(once.history.values, series(78).values)


# A random walk's widths are drawn towards those of the other series, the more the shorter it is.
@pytest.mark.parametrize("spec", [one for one in METHODS if one != RandomWalk()], ids=repr)
def test_a_series_is_fitted_the_same_beside_longer_ones(spec) -> None:
    short, long = (series(length).take(np.array([0])) for length in (60, 95))
    beside = sa.Panel.from_arrays([short.values[:, 0], long.values[:, 0]])
    both = sa.fit(spec, beside, 5, key=0, season=SEASON).predict(levels=80)
    alone = sa.fit(spec, short, 5, key=0, season=SEASON).predict(levels=80)
    for one, other in zip(alone, both, strict=True):
        np.testing.assert_allclose(one[0], other[0], rtol=1e-6)


def test_without_a_key_a_method_takes_0() -> None:
    for spec in (Theta(), RandomWalk()):
        told = sa.fit(spec, series(60), 5, season=SEASON).predict(levels=80)
        for mine, other in zip(told, fitted(spec).predict(levels=80), strict=True):
            np.testing.assert_array_equal(mine, other)


def held(value: object) -> int:
    """The bytes of all arrays inside."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, tuple):
        return sum(map(held, value))
    if is_dataclass(value):
        return sum(held(vars(value)[each.name]) for each in fields(value))
    return 0


def touched(done: LocalForecaster, new: sa.Panel) -> int:
    """The most bytes in use while a step is taken in and the next ones are forecast."""
    assert len(done.ends) == len(new)  # made once after the step before
    tracemalloc.start()
    done.update(new).predict(levels=80)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


LONG = 2_000


@each_method
def test_a_step_costs_as_much_after_a_hundred_as_after_thousands(spec) -> None:
    done = fitted(spec)
    # Kernel ridge keeps 406 cycles, and grows until it has seen as many.
    first = SEASON * (406 if isinstance(spec, KernelRidge) else 26)
    short = done.update(series(first, 60))
    long = short.update(series(LONG, 60 + first))
    costs = []
    for past in (short, long):
        begin = int(past.ends.times[-1]) + 1
        now = past.update(series(1, begin))
        costs.append((touched(now, series(1, begin + 1)), held(now.learned)))
    (few, state), (many, later) = costs
    # A series of demands of which not all that are kept were seen grows up to them.
    kept = 256 * 8 * 2 * (12 if spec == Intermittent("imapa") else 1)
    room = kept if isinstance(spec, Intermittent) else 0
    assert later <= state + room
    assert many <= few + 6 * room + 4_000  # of one series they have 16,000 bytes
