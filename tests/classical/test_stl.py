"""STL and MSTL: equal to statsmodels, series by series; gaps, outliers and short series."""

import numpy as np
import pytest
from statsmodels.tsa.seasonal import MSTL as OtherMSTL
from statsmodels.tsa.seasonal import STL as OtherSTL

from stepahead.classical import Rows, mstl
from stepahead.classical.seasons._loess import loess
from stepahead.classical.seasons._stl import bridged, odd

TIME = np.arange(300)
RNG = np.random.default_rng(0)
WEEK = np.array([3.0, 1.0, 0.0, -1.0, -2.0, -2.0, 1.0])[TIME % 7]
MONTH = 2 * np.sin(2 * np.pi * TIME / 30)
NOISY = 10 + 0.02 * TIME + WEEK + MONTH + RNG.normal(0, 0.3, 300)


def rows_of(*all_series: np.ndarray) -> Rows:
    lengths = [len(each) for each in all_series]
    return Rows(np.concatenate(all_series), np.append(0, np.cumsum(lengths)))


def slow_line(y: np.ndarray, weight: np.ndarray, at: int, span: int) -> float:
    """Weighed least squares around a step, as in the book."""
    n = len(y)
    nearest = np.argsort(np.abs(np.arange(n) - at), kind="stable")[: min(span, n)]
    far = np.abs(nearest - at).max() + max(span - n, 0) // 2
    w = weight[nearest] * (1 - np.minimum(np.abs(nearest - at) / far, 1) ** 3) ** 3
    columns = np.stack([np.ones(len(nearest)), nearest - at], axis=1)
    root = np.sqrt(w)[:, None]
    return float(np.linalg.lstsq(root * columns, root[:, 0] * y[nearest], rcond=None)[0][0])


def test_loess_is_weighed_least_squares(path: str) -> None:
    y, weight = RNG.normal(size=(2, 25)), RNG.random((2, 25))
    weight[0, 8:12] = 0
    lengths = np.array([25, 14])
    for span in (5, 31):
        smooth = loess(y, weight, lengths, span, beyond=1)
        for number, n in enumerate(lengths):
            own, of = y[number, :n], weight[number, :n]
            for at in (1, 7, n - 2):
                wanted = slow_line(own, of, at, span)
                assert smooth[number, at + 1] == pytest.approx(wanted, abs=1e-9)
            assert np.isnan(smooth[number, n + 2 :]).all()
        level = loess(y, weight, lengths, span, line=False)
        near = np.abs(np.arange(14) - 6) / max(span // 2, 7 + (span - 14) // 2)
        near = weight[1, :14] * (1 - np.minimum(near, 1) ** 3) ** 3
        if span > 14:
            assert level[1, 6] == pytest.approx(near @ y[1, :14] / near.sum())
        coarse = loess(y, weight, lengths, span, jump=4)
        fine = loess(y, weight, lengths, span)
        np.testing.assert_allclose(coarse[:, 4], fine[:, 4], atol=1e-12)
        np.testing.assert_allclose(coarse[:, 6], (fine[:, 4] + fine[:, 8]) / 2, atol=1e-12)
        np.testing.assert_allclose(coarse[1, 13], fine[1, 13], atol=1e-12)


@pytest.mark.parametrize("robust", [False, True])
def test_one_season_is_the_other_package(path: str, robust: bool) -> None:
    y = NOISY.copy()
    y[[40, 180]] += 25
    steps = {
        "trend_jump": -(-odd(1.5 * 7 / (1 - 1.5 / 15)) // 10),
        "low_pass_jump": 1,
        "seasonal_deg": 0,
    }
    other = OtherSTL(y, 7, seasonal=15, robust=robust, **steps).fit(
        inner_iter=2, outer_iter=4 if robust else 0
    )
    made = mstl(rows_of(y, y[:90]), [7], robust=robust)
    np.testing.assert_allclose(made.trend[0], other.trend, atol=1e-10)
    np.testing.assert_allclose(made.season[0, 0], other.seasonal, atol=1e-10)
    np.testing.assert_allclose(made.weight[0], other.weights, atol=1e-10)
    alone = mstl(rows_of(y[:90]), [7], robust=robust)
    np.testing.assert_array_equal(alone.trend[0], made.trend[1, :90])


def test_two_seasons_are_the_other_package(path: str) -> None:
    jumps = {"trend_jump": 1, "low_pass_jump": 1, "seasonal_deg": 0, "inner_iter": 2}
    other = OtherMSTL(NOISY, periods=(3, 7), windows=(15, 25), stl_kwargs=jumps).fit()
    made = mstl(rows_of(NOISY), [3, 7])
    np.testing.assert_allclose(made.season[:, 0].T, other.seasonal, atol=0.02)  # our jumps
    np.testing.assert_allclose(made.trend[0], other.trend, atol=0.08)
    parts = made.trend + made.season.sum(axis=0) + made.rest
    np.testing.assert_allclose(parts[0], NOISY, atol=1e-12)


def test_gaps_and_outliers_hardly_matter() -> None:
    y = NOISY.copy()
    y[[60, 61, 200]] += 40
    y[[5, 100]] = np.nan
    y[230:240] = np.nan
    made = mstl(rows_of(y), [7, 30], robust=True)
    assert np.abs(made.season[0, 0] - WEEK + WEEK[:7].mean()).max() < 0.8
    assert np.abs(made.season[1, 0] - MONTH).max() < 0.9
    assert np.isnan(made.rest).sum() == 12
    assert (made.weight[0, [60, 61, 200, 5, 235]] == 0).all()


def test_a_place_that_is_never_seen_lies_between_its_neighbours() -> None:
    y = NOISY.copy()
    y[3::7] = np.nan
    season = mstl(rows_of(y), [7]).season[0, 0]
    assert np.abs(season[150] - (season[149] + season[151]) / 2) < 0.2 and TIME[150] % 7 == 3


def test_constants_and_hardly_any_values() -> None:
    made = mstl(rows_of(np.full(40, 7.0)), [7], robust=True)
    np.testing.assert_allclose(made.trend, 7)
    np.testing.assert_allclose(made.season, 0, atol=1e-12)
    lone = np.full(40, np.nan)
    lone[20] = 5.0
    made = mstl(rows_of(lone), [7])
    assert np.isfinite(made.trend).all() and np.isfinite(made.season).all()


def test_a_bridge_is_a_line() -> None:
    held = np.array([[np.nan, 1.0, np.nan, np.nan, 4.0, np.nan], [np.nan] * 6])
    told = bridged(held, np.ones((2, 6), bool))
    assert told[0].tolist() == [1.0, 1.0, 2.0, 3.0, 4.0, 4.0] and np.isnan(told[1]).all()
