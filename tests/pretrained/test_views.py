"""Several views of a series: blocks and lines against formulas, weights by the series' own past."""

import numpy as np
import pytest

from stepahead.pretrained import _views
from stepahead.pretrained._forecast import forecast
from stepahead.pretrained._network import initial_weights
from stepahead.pretrained._tokens import LEVELS, WIDTH
from stepahead.pretrained._views import View, _finer, forecast_by_views, seen_as, views

WEIGHTS = initial_weights(np.random.default_rng(0), WIDTH, 16, 1)
FAN = np.linspace(-2, 2, len(LEVELS))
HOURS = np.arange(24 * 14)


def test_a_coarser_forecast_is_spread_by_the_usual_deviation_of_each_hour():
    pattern = np.tile([3.0, -3.0, 1.0, -1.0], 6)  # of mean 0 in each block of two
    series = 0.5 * HOURS + pattern[HOURS % 24]
    later = np.arange(len(HOURS), len(HOURS) + 10)
    blocks = series.reshape(-1, 2).mean(axis=1)
    coarse = 0.5 * (later.reshape(-1, 2).mean(axis=1))[:, None] + FAN
    told = _finer(series, blocks, coarse, 2, 24, 10)
    wanted = 0.5 * later + pattern[later % 24]
    # A straight line through the last middles goes on for all but the last half block.
    np.testing.assert_allclose(told[:9], wanted[:9, None] + FAN, atol=1e-9)


def test_what_the_phases_do_not_explain_widens_the_quantiles_as_a_root_of_squares():
    draws = np.random.default_rng(1).normal(size=24 * 400)
    blocks, later = draws.reshape(-1, 2).mean(axis=1), np.zeros((3, 1)) + 0.5 * FAN
    told = _finer(draws, blocks, later, 2, 24, 6)
    # x − ¾(x + x')/2 − ¼(y + y')/2 has the deviation ¾; means of eight take an eighth off.
    outermost = np.hypot(0.5 * 2, 1.96 * 0.75 * np.sqrt(7 / 8))
    width = (told[:, -1] - told[:, 0]) / 2
    np.testing.assert_allclose(width, outermost, rtol=0.06)
    assert (np.diff(told, axis=1) > 0).all()


def test_the_view_that_forecast_the_past_rules_and_one_that_failed_does_not(
    monkeypatch: pytest.MonkeyPatch,
):
    def told(view, whole, weights, series, horizon, averaged):
        later = np.array([len(each) for each in series])[:, None] + np.arange(horizon)
        error = {(1, (24, 168)): 30.0, (1, (24, 0)): 0.1}.get(view[:2], 300.0)
        return (later + error)[:, :, None] + 0 * FAN

    monkeypatch.setattr(_views, "seen_as", told)
    series, seasons = [HOURS.astype(float)], np.array([[24, 168]])
    result = forecast_by_views(WEIGHTS, series, seasons, 5)[0]
    np.testing.assert_allclose(result[:, 0], len(HOURS) + np.arange(5) + 0.1, atol=0.01)


def test_one_view_is_the_plain_forecast_and_so_is_a_series_too_short_to_judge():
    rng = np.random.default_rng(2)
    short, long = rng.normal(size=45), rng.normal(size=150)
    for series, season in (([short, long], 12), ([short], 24)):
        seasons = np.tile([season, 0], (len(series), 1))
        plain = forecast(WEIGHTS, series, seasons, 6)
        np.testing.assert_array_equal(forecast_by_views(WEIGHTS, series, seasons, 6), plain)
    both = forecast_by_views(WEIGHTS, [short, long], np.tile([24, 0], (2, 1)), 6)
    plain = forecast(WEIGHTS, [short, long], np.tile([24, 0], (2, 1)), 6)
    np.testing.assert_allclose(both[0], plain[0], rtol=1e-5)
    assert not np.allclose(both[1], plain[1])


@pytest.mark.parametrize("end", ["gaps", "constant", "huge"])
def test_edges_by_all_views_are_finite_and_ordered(end: str):
    series = np.sin(HOURS * np.pi / 12)
    series = {"gaps": series, "constant": 0 * series + 7, "huge": series * 1e30}[end].copy()
    if end == "gaps":
        series[-60:-1], series[100:103] = np.nan, np.nan
    told = forecast_by_views(WEIGHTS, [series], np.array([[24, 168]]), 200)[0]
    assert np.isfinite(told).all() and (np.diff(told, axis=1) >= 0).all()


def test_views_are_of_long_seasons_that_they_cut_into_whole_steps():
    assert views((48, 336))[2:] == [View(2, (24, 168)), View(3, (16, 112))]
    assert views((169, 845))[2:] == []
    assert views((0, 0)) == [View(1, (0, 0))] and views((7, 365)) == [View(1, (7, 365))]


def test_a_straight_line_that_is_added_goes_on_and_changes_nothing_else():
    x, line = np.random.default_rng(3).normal(size=70), 100 - 3.0 * np.arange(82)
    level, plain = View(1, (7, 0), level=True), View(1, (7, 0))
    alone, added = (seen_as(level, plain, WEIGHTS, [y], 12, False)[0] for y in (x, x + line[:70]))
    np.testing.assert_allclose(added, alone + line[70:, None], atol=1e-3)


def test_the_newest_steps_are_read_alone():
    x, view = np.random.default_rng(3).normal(size=70).cumsum(), View(1, (4, 0), newest=32)
    told = seen_as(view, View(1, (4, 0)), WEIGHTS, [x], 12, False)
    alone = forecast(WEIGHTS, [x[-32:]], np.array([[4, 0]]), 12)
    np.testing.assert_array_equal(told, alone)


def test_detrended_views_are_of_short_seasons_and_of_series_long_enough_to_judge():
    x, seasons = np.arange(60.0) + np.random.default_rng(4).normal(size=60), np.array([[12, 0]])
    for series, alike in ((x, False), (x[:29], True), (x[:7], True)):
        plain = forecast(WEIGHTS, [series], seasons, 6)
        told = forecast_by_views(WEIGHTS, [series], seasons, 6, detrended=True)
        assert np.array_equal(told, plain) == alike
    assert len(views((24, 168), resampled=False, detrended=True)) == 1
