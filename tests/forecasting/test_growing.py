"""Combinations and conformal forecasters of local methods take in new steps as their members do: as
if all had been read at once, without reading the past again."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

import stepahead as sa
from stepahead.forecasting import ETS, Baseline, Combination, Conformal, Predictor, ValueRange

STEPS = 20_000


def series(length: int, begin: int = 0) -> sa.Panel:
    """Counts of two series, never negative at first; now and then one is missing."""
    at = np.arange(begin, begin + length)
    values = [6.0 + 3 * (at % 4) + np.rint(6 * np.cos(at**2)) * grows for grows in (1, 2)]
    values = [np.where(at % 13 == 5, np.nan, np.maximum(each, -9.0 * (at > 90))) for each in values]
    return sa.Panel.from_arrays(values, start=begin)


def fitted(kind: str, panel: sa.Panel) -> Predictor:
    spec = ETS("A,N,A")
    if kind == "conformal":
        return sa.fit(Conformal(spec, windows=6, step=2), panel, 3, key=0, season=4)
    members = tuple(sa.fit(each, panel, 3, key=0, season=4) for each in (spec, Baseline("naive")))
    half = np.full((2, 2), 0.5)
    return Combination(members, ("ets", "naive"), half, half[0], np.ones((3, 2)), pooled=True)


def forgotten(done: Predictor) -> Predictor:
    """The same, which has to read the whole history."""
    name = "changes" if done.kind == "conformal" else "seen"
    assert vars(done)[name] is not None
    return replace(done, **{name: None})


@pytest.mark.parametrize("kind", ["conformal", "combination"])
def test_new_steps_give_what_the_whole_history_gives(kind: str) -> None:
    done = fitted(kind, series(80))
    for begin, length in ((80, 1), (81, 3), (84, 16)):
        new = series(length, begin)
        done = done.update(new.take(np.array([1, 0])))
        for mine, other in zip(
            done.predict(levels=80), forgotten(done).predict(levels=80), strict=True
        ):
            np.testing.assert_allclose(mine, other, rtol=1e-9)
    if kind == "combination":
        np.testing.assert_array_equal(done.seen, ValueRange.of(done.history))
        assert done.seen.never_negative.ravel().tolist() == [True, False]
        assert done.seen.zeros.ravel().tolist() == [True, False]
    inside = done.inside if kind == "conformal" else done.members[0]
    alone = sa.fit(ETS("A,N,A"), series(80), 3, key=0, season=4).update(series(20, 80))
    np.testing.assert_allclose(inside.predict().mean, alone.predict().mean)
    np.testing.assert_array_equal(done.history.values, series(100).values)


def test_conformal_intervals_follow_the_states_of_a_local_method() -> None:
    level = sa.Panel.from_arrays([np.cos(np.arange(60.0) ** 2)])
    done = sa.fit(Conformal(Baseline("naive"), windows=4), level, 2, key=0, season=1)
    assert done.update(sa.Panel.from_arrays([[70.0]], start=60)).predict().mean.ravel()[0] == 70


def test_another_history_is_not_forecast_from_the_old_states() -> None:
    done = sa.fit(Baseline("naive"), series(30), 1, key=0)
    assert done.with_history(series(30)).learned is not None
    other = done.with_history(sa.Panel.from_arrays([[1.0, 2.0], [5.0, 4.0]]))
    assert other.predict().mean.ravel().tolist() == [2.0, 4.0]


@pytest.mark.parametrize("kind", ["conformal", "combination"])
def test_a_step_and_a_forecast_leave_the_past_alone(kind: str) -> None:
    done = fitted(kind, series(STEPS)).update(series(1, STEPS))
    done.predict(levels=80)
    new = series(1, STEPS + 1)
    tracemalloc.start()
    done.update(new).predict(levels=80)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < series(STEPS).values.nbytes / 2
