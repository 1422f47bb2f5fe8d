"""Stationarity: the four verdicts, a season, a level that moved; each of the project's generators
recognised; and the level kept."""

import jax
import numpy as np
import pytest

from stepahead._check import Refusal
from stepahead.data import (
    Panel,
    adapting_baseline,
    ar_process,
    decaying_jump,
    random_walk,
    seasonal,
)
from stepahead.evaluation import level_shift, stationarity
from stepahead.evaluation.diagnostics._unit_root import dickey_fuller, kpss

SERIES, STEPS = 6, 240


def found(values, season=1):
    """All that the tests say of rows of values."""
    return stationarity(Panel.from_arrays(values), season=season)


def test_stationary_and_unit_root():
    """Noise with memory is stationary; its running sum is a unit root, and no moved level, as are
    its steps again."""
    noise = ar_process([0.5], STEPS, key=jax.random.key(0), series=SERIES)
    walks = random_walk(STEPS, key=jax.random.key(1), series=SERIES)
    still, walking = found(noise, 12), found(walks, 12)
    assert [one.verdict for one in still].count("stationary") >= 5
    assert [one.verdict for one in walking].count("unit root") >= 4 and not any(
        one.stationary for one in walking
    )
    assert sum(one.season > 1 for one in (*still, *walking)) <= 1
    assert [one.verdict for one in found(np.diff(walks))].count("stationary") >= 5


def test_a_trend_is_told_from_a_unit_root():
    """Around a line it is stationary; around a level it is not: take the trend out."""
    lines = ar_process([0.3], STEPS, key=jax.random.key(2), series=SERIES) + 0.05 * np.arange(STEPS)
    every = found(lines)
    assert sum(one.trend for one in every) >= 5
    assert "straight line" in str(next(one for one in every if one.trend))
    assert all(one.level_shift.steady for one in every) and str(every[0].level_shift).startswith(
        "Its level kept moving, by +"
    )


def test_a_decaying_jump_moved_and_came_back():
    """Found in every draw, at the step where it jumped."""
    for one in found(decaying_jump(STEPS, key=jax.random.key(3), series=SERIES, at=90)):
        assert one.moved and one.level_shift.came_back and not one.stationary
        assert abs(one.level_shift.since - 90) < 4
        assert "came back: the earlier past is representative again" in str(one)


def test_an_adapting_baseline_moved_and_stayed():
    """Found in every draw, after the step where it began to move."""
    for one in found(adapting_baseline(STEPS, key=jax.random.key(4), series=SERIES, at=90)):
        assert one.moved and not one.level_shift.came_back and not one.stationary
        assert 90 <= one.level_shift.since < 100
        assert "and stayed: use only the data after it" in str(one)


def test_a_season_is_recognised_and_taken_out():
    """Found in every draw; what is left is stationary, and so it is said; another season is
    none."""
    waves = seasonal(STEPS, key=jax.random.key(5), series=SERIES, season=12)
    every = found(waves, 12)
    assert all(one.season == 12 and not one.stationary for one in every)
    assert [one.verdict for one in every].count("stationary") >= 5
    assert "It has a season of 12" in str(every[0])


def test_a_level_that_stays_is_not_found_moved():
    """At 5 % about one draw in twenty, with memory or without."""
    for phi, steps in ((0.0, 200), (0.6, 120), (0.6, 200)):
        draws = ar_process([phi], steps, key=jax.random.key(6), series=200)
        assert np.mean([level_shift(row).p < 0.05 for row in draws]) < 0.085


def test_level_shift_by_hand():
    """The levels and spreads of eight parts, and sizes in standard deviations within them."""
    values = np.repeat([0.0, 0.0, 0.0, 4.0, 4.0, 4.0, 4.0, 2.0], 20) + np.tile([-1.0, 1.0], 80)
    shift = level_shift(values)
    assert shift.levels.tolist() == [0, 0, 0, 4, 4, 4, 4, 2] and shift.spreads.tolist() == [1.0] * 8
    assert (shift.size, shift.left, shift.came_back) == (4.0, 2.0, False) and abs(
        shift.since - 60
    ) <= 1
    assert shift.starts.tolist() == list(range(0, 160, 20)) and shift.p < 1e-6


@pytest.mark.parametrize(
    ("adf", "kpss", "verdict"),
    [
        (0.01, 0.1, "stationary"),
        (0.6, 0.01, "unit root"),
        (0.01, 0.01, "changing"),
        (0.6, 0.1, "undecided"),
    ],
)
def test_the_four_verdicts(adf, kpss, verdict):
    """By which of the two tests rejects; each has its remedy."""
    one = found(np.random.default_rng(0).normal(size=(1, 40)))[0]
    said = type(one)(**{**vars(one), "adf": adf, "kpss": kpss})
    assert said.verdict == verdict
    assert {
        "stationary": "Nothing",
        "unit root": "forecast differences",
        "changing": "recent past",
        "undecided": "more of its past",
    }[verdict] in str(said)


def test_gaps_are_said_and_what_cannot_be_tested_is_refused():
    """Missing values are interpolated and counted; too few and a constant are refused by name."""
    values = np.random.default_rng(1).normal(size=60)
    values[[0, 7, 8]] = np.nan
    assert "3 missing values were interpolated" in str(found([values])[0])
    with pytest.raises(
        Refusal,
        match=(
            "Series 'b' \\('y'\\) has 10 observed values, but tests of stationarity need at"
            " least 24"
        ),
    ):
        stationarity(Panel.from_arrays([np.arange(30.0), np.arange(10.0)], ids=["a", "b"]))
    with pytest.raises(Refusal, match="never changes"):
        found([np.ones(40)])
    with pytest.raises(Refusal, match="repeats its season of 12 exactly"):
        found([np.tile(np.arange(12.0), 4)], season=12)


@pytest.mark.parametrize("line", [False, True])
@pytest.mark.parametrize("steps", [24, 25, 61, 144, 500])
@pytest.mark.filterwarnings("ignore")
def test_unit_root_tests_equal_those_of_statsmodels(steps, line):
    """P-values of white noise, AR(1), a walk and a walk with drift, at lengths at which the limits
    on the lags differ; with a seasonal pattern too, which asks for many lags."""
    tools = pytest.importorskip("statsmodels.tsa.stattools")
    noise = np.random.default_rng(steps).normal(size=(5, steps))
    noise[1] = [float(noise[1, : t + 1] @ 0.8 ** np.arange(t, -1, -1)) for t in range(steps)]
    noise[2:4] = noise[2:4].cumsum(axis=1)
    noise[3] += 0.3 * np.arange(steps)
    noise[4] += 5 * np.sin(np.arange(steps) * np.pi / 6)
    around = "ct" if line else "c"
    for values in noise:
        np.testing.assert_allclose(
            dickey_fuller(values, line=line),
            tools.adfuller(values, regression=around)[1],
            rtol=1e-6,
        )
        np.testing.assert_allclose(
            kpss(values, line=line),
            tools.kpss(values, regression=around, nlags="auto")[1],
            rtol=1e-9,
        )
