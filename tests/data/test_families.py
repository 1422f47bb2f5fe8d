"""Families of synthetic series: their recursions against loops, their laws against formulas."""

from pathlib import Path

import numpy as np
import pytest
from scipy.signal import lfilter

from stepahead.data.synthetic import families
from stepahead.data.synthetic.families._breaks import broken
from stepahead.data.synthetic.families._gaussian import stationary
from stepahead.data.synthetic.families._sarima import autoregress, moving_average, polynomial
from stepahead.data.synthetic.families._smoothing import SmoothingModels
from stepahead.data.synthetic.families._structural import moving_season

NAMES = sorted(families.FAMILIES)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_an_arma_filter_is_that_of_scipy_for_every_series():
    e = rng().standard_normal((60, 8))
    phi, theta = polynomial(rng(1), 8, 5, 0.9), polynomial(rng(2), 8, 3, 0.9)
    ours = autoregress(moving_average(e, theta), phi, np.ones(8, int))
    for row in range(8):
        wanted = lfilter(theta[:, row], phi[:, row], e[:, row])
        np.testing.assert_allclose(ours[:, row], wanted, rtol=1e-10)


def test_a_seasonal_filter_with_a_period_a_series_is_a_long_plain_filter():
    e = rng().standard_normal((50, 3))
    a, period = polynomial(rng(1), 3, 2, 0.9), np.array([2, 5, 7])
    ours = autoregress(e, a, period)
    for row, s in enumerate(period):
        long = np.zeros(2 * s + 1)
        long[::s] = a[:, row]
        np.testing.assert_allclose(ours[:, row], lfilter([1.0], long, e[:, row]), rtol=1e-10)


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("ratio", [False, True])
def test_smoothing_is_the_textbooks_recursion(relative: bool, ratio: bool):
    e = 0.05 * rng().standard_normal(40)
    l, b, alpha, beta, gamma, phi = 10.0, 0.1, 0.4, 0.1, 0.2, 0.95
    s = [1.2, 0.9, 0.8, 1.1] if ratio else [2.0, -1.0, -2.0, 1.0]
    numbers = {"level": l, "growth": b, "period": 4, "alpha": alpha, "beta": beta, "gamma": gamma}
    numbers |= {"damp": phi, "relative": relative, "ratio": ratio}
    models = SmoothingModels(
        pattern=np.array(s)[:, None], **{name: np.array([each]) for name, each in numbers.items()}
    )
    ours = models.values(e[:, None])[:, 0]
    first = l
    for t in range(40):
        season = s[t % 4]
        base = l + phi * b
        mean = base * season if ratio else base + season
        wanted = mean * (1 + e[t]) if relative else mean + first * e[t]
        assert ours[t] == pytest.approx(wanted, rel=1e-12)
        error = wanted - mean
        per_level = error / season if ratio else error
        l, b = base + alpha * per_level, phi * b + beta * per_level
        s[t % 4] = season + gamma * (error / base if ratio else error)


def test_a_gaussian_process_has_the_covariance_that_was_asked():
    h = np.arange(21.0)
    k = np.exp(-h / 5) * (1 + 0.5 * np.cos(2 * np.pi * h / 7)) / 1.5
    x = stationary(rng(), np.tile(k, (40_000, 1)))
    measured = (x[:, :1] * x).mean(axis=0)
    np.testing.assert_allclose(measured, k[:-1], atol=4 * 1.5 / np.sqrt(40_000))


def test_sarima_without_a_season_has_no_more_than_one_unit_root():
    draw = families.sarima(rng(), 400, 300)
    plain = draw.values[draw.seasons[:, 0] == 0]
    change = np.diff(plain, axis=1)
    assert np.median(change.std(axis=1)) < 10
    assert np.isfinite(draw.values).all()


def test_a_walk_without_drift_grows_with_the_root_of_time():
    x = families.walk(rng(), 20_000, 65).values
    step = np.diff(x, axis=1)
    wide, narrow = x[:, 64] - x[:, 0], step.std(axis=1)
    ratio = np.median(np.abs(wide) / narrow) / 8
    assert 0.55 < ratio < 1.1  # 0.674 for normal walks; half have a drift


@pytest.mark.parametrize("name", NAMES)
def test_every_family_keeps_its_word(name: str):
    family = families.FAMILIES[name][0]
    draw, again = family(rng(5), 40, 96), family(rng(5), 40, 96)
    assert draw.values.shape == (40, 96) and draw.seasons.shape == (40, 2)
    assert np.isfinite(draw.values).all() and (draw.values.std(axis=1) > 0).mean() > 0.5
    np.testing.assert_array_equal(draw.values, again.values)
    assert (draw.seasons <= 48).all() and not (draw.seasons == 1).any()
    assert (draw.seasons[draw.seasons[:, 0] == 0, 1] == 0).all()


@pytest.mark.parametrize("name", ["double_sarima", "spikes", "calendar"])
def test_the_season_that_is_told_is_there(name: str):
    """The spectrum at the told period and its harmonics is above what it is elsewhere."""
    draw = families.FAMILIES[name][0](rng(1), 300, 336)
    has = draw.seasons[:, 0] > 0
    x, period = draw.values[has], draw.seasons[has, 0]
    told = _same_phase_share(x, period)
    off = _same_phase_share(x, period + 1)
    assert np.mean(told > off) > 0.75


def _same_phase_share(x, period):
    """Share of the variance that the mean of each phase explains, a series."""
    shares = []
    for row, s in zip(x, period, strict=True):
        whole = row[: len(row) // s * s].reshape(-1, s)
        shares.append(whole.mean(axis=0).var() / row.var())
    return np.array(shares)


def test_the_mixture_is_cut_flipped_thinned_and_has_gaps_inside_alone():
    draw = families.mixture(rng(), 2000, 60)
    missing = np.isnan(draw.values)
    assert 0.02 < missing.any(axis=1).mean() < 0.10
    assert not missing[:, [0, -1]].any()
    assert np.nanmax(np.abs(draw.values)) <= 1e6
    clean = families.mixture(rng(), 2000, 60, changed=False)
    assert not np.isnan(clean.values).any()


def test_a_family_left_out_is_not_drawn():
    everything_else = tuple(name for name in NAMES if name != "intermittent")
    draw = families.mixture(rng(), 50, 40, without=everything_else, changed=False)
    assert (draw.values == np.floor(draw.values)).all() and (draw.values >= 0).all()


@pytest.mark.parametrize(("family", "same"), [("smoothing", False), ("walk", True)])
def test_breaks_can_be_left_out_of_families_that_have_them(family: str, same: bool):
    alone = tuple(name for name in NAMES if name != family)
    with_, without = (
        families.mixture(rng(), 60, 40, without=alone, breaks=breaks) for breaks in (True, False)
    )
    assert np.array_equal(with_.values, without.values, equal_nan=True) == same


def test_breaks_change_two_series_in_three_and_leave_what_never_moves_alone():
    t = np.arange(96.0)
    x = np.tile(np.sin(t * 2 * np.pi / 12), (3000, 1))
    y = broken(rng(), x, np.tile([12, 0], (3000, 1)))
    moved = np.abs(y - x).max(axis=1) > 1e-9
    assert 0.78 < moved.mean() < 0.86  # all but 0.7⁵ = 0.168 of them, by five kinds
    late = np.abs(y - x)[:, -1] > 1e-9
    first = np.abs(y - x)[:, 0] > 1e-9
    assert late.mean() > 0.7 and first.mean() < 0.55, "most begin as they were"
    flat = np.full((50, 40), 3.0)
    np.testing.assert_array_equal(broken(rng(1), flat, np.zeros((50, 2), int)), flat)


def test_a_moving_season_walks_once_a_cycle():
    x = moving_season(rng(), np.full(20_000, 4), 17, np.full(20_000, 0.5))
    unit = moving_season(rng(), np.full(20_000, 4), 17, np.zeros(20_000))
    change = x - unit  # the same draws, without the walk
    share = [change[t].var() / change[4].var() for t in (0, 4, 8, 12, 16)]
    np.testing.assert_allclose(share, [0, 1, 2, 3, 4], rtol=0.1)


def test_the_documents_show_a_picture_of_draws_of_every_family():
    docs = Path(__file__).parents[2] / "docs"
    page = (docs / "synthetic.md").read_text()
    for name in [*NAMES, "mixture"]:
        assert f"![Draws of {'the ' * (name == 'mixture')}{name}](synthetic/{name}.png)" in page
        assert (docs / "synthetic" / f"{name}.png").exists()
    assert len([*(docs / "synthetic").glob("*.png")]) == len(NAMES) + 1


def test_the_same_hour_of_last_week_says_more_than_that_of_yesterday_in_weeks():
    draw = families.weeks(rng(), 300, 1024)
    some = draw.values[(draw.seasons == (24, 168)).all(axis=1)]
    yesterday, last_week = (
        np.abs(some[:, lag:] - some[:, :-lag]).mean(axis=1) for lag in (24, 168)
    )
    assert len(some) > 50 and (last_week < yesterday).mean() > 0.6
    days = families.weeks(rng(), 100, 40).seasons
    assert set(map(tuple, days.tolist())) <= {(5, 0), (7, 0), (8, 0), (12, 0)}
    assert (families.weeks(rng(), 20, 8).seasons == 0).all()
