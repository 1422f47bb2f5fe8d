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


@pytest.mark.parametrize(
    ("season", "series"),
    [
        ((12, 0), np.abs(HOURS - 30.0)[:100]),
        ((24, 168), np.arange(24.0 * 7 * 4)),
        ((0, 0), HOURS * 0.5),
    ],
)
def test_every_adjusted_view_forecasts_what_is_adjusted_and_goes_back(season, series):
    for view in views(season, resampled=False, adjusted=True)[1:]:
        told = seen_as(view, View(1, season), WEIGHTS, [series], 7, False)[0]
        rest, back = view.adjustment(series, 7)
        alone = forecast(WEIGHTS, [rest], np.array([view.seasons]), 7 * view.parts)[0]
        np.testing.assert_array_equal(told, back(alone))
        assert told.shape == (7, len(LEVELS)) and (np.diff(told, axis=1) > 0).all()


def test_a_straight_line_that_is_added_goes_on_and_changes_nothing_else():
    x, line = np.random.default_rng(3).normal(size=70), 100 - 3.0 * np.arange(82)
    level, plain = views((7, 0), adjusted=True)[1], View(1, (7, 0))
    alone, added = (seen_as(level, plain, WEIGHTS, [y], 12, False)[0] for y in (x, x + line[:70]))
    np.testing.assert_allclose(added, alone + line[70:, None], atol=1e-3)


def test_adjusted_views_are_of_short_seasons_and_of_series_long_enough_to_judge():
    x, seasons = np.arange(60.0) + np.random.default_rng(4).normal(size=60), np.array([[12, 0]])
    for series, alike in ((x, False), (x[:29], True), (x[:7], True)):
        plain = forecast(WEIGHTS, [series], seasons, 6)
        told = forecast_by_views(WEIGHTS, [series], seasons, 6, adjusted=True)
        assert np.array_equal(told, plain) == alike
    assert len(views((24, 168), resampled=False, adjusted=True)) == 2
    assert len(views((24, 160), resampled=False, adjusted=True)) == 1


def test_after_adjustments_all_but_the_outermost_quantiles_are_nearer_to_the_median(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(_views, "seen_as", lambda *given: np.tile(FAN, (1, given[4], 1)))
    told = forecast_by_views(WEIGHTS, [HOURS * 1.0], np.array([[12, 0]]), 5, adjusted=True)[0]
    np.testing.assert_allclose(told[0], FAN * np.r_[1, [0.95] * 9, 1])


def test_long_seasons_are_judged_at_three_origins_and_short_series_at_those_that_they_hold(
    monkeypatch: pytest.MonkeyPatch,
):
    def told(view, whole, weights, series, horizon, averaged):
        # The first view hits the last 5 steps of HOURS, the second one those before.
        lengths = np.array([len(each) for each in series])
        newest = lengths == len(HOURS) - 5
        error = np.where(newest == (view == whole), 0.1, 10.0)
        later = lengths[:, None] + np.arange(horizon) + error[:, None]
        return later[:, :, None] + 0 * FAN

    monkeypatch.setattr(_views, "seen_as", told)
    long, short = HOURS * 1.0, np.arange(len(HOURS) - 54.0, len(HOURS))
    ways, hidden = [*views((24, 0), resampled=False), View(1, (24, 24))], np.array([5])
    of = [
        _views._lost(view, ways[0], WEIGHTS, [long], hidden, origins, False)[0]
        for origins in (1, 3)
        for view in ways
    ]
    np.testing.assert_allclose(np.array(of) / 0.5, [0.1, 10, (0.1 + 20) / 3, (10 + 0.2) / 3])
    monkeypatch.setattr(_views, "seen_as", lambda *given: np.zeros((len(given[3]), 5, 11)))
    once, thrice = (
        _views._lost(ways[0], ways[0], WEIGHTS, [short], hidden, n, False) for n in (1, 3)
    )
    np.testing.assert_array_equal(once, thrice)
    gone = np.append(long[:-5], np.full(5, np.nan))
    assert _views._lost(ways[0], ways[0], WEIGHTS, [gone], hidden, 1, False) == 1


@pytest.mark.parametrize(
    ("season", "adjusted", "times"), [(24, True, 3), (24, False, 1), (12, True, 1)]
)
def test_only_adjusted_series_of_long_seasons_are_judged_so_often(
    season: int, adjusted: bool, times: int, monkeypatch: pytest.MonkeyPatch
):
    asked = []
    monkeypatch.setattr(_views, "_lost", lambda *given: asked.append(given[5]) or np.ones(1))
    seasons = np.array([[season, 0]])
    forecast_by_views(WEIGHTS, [HOURS * 1.0], seasons, 5, adjusted=adjusted)
    assert set(asked) == {times}
