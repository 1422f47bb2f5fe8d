"""Several seasons: equal to least squares where nothing is an outlier, and robust where something
is."""

import numpy as np
import pytest

import stepahead as sa
from stepahead.classical import Rows, fit_ets, fit_seasons
from stepahead.classical.seasons._harmonic import waves
from stepahead.forecasting import Harmonic, Theta

DAYS = np.arange(300)
WEEK = np.array([3.0, 1.0, 0.0, -1.0, -2.0, -2.0, 1.0])[DAYS % 7]
MONTHS = 4 * np.sin(2 * np.pi * DAYS / 60) + np.cos(4 * np.pi * DAYS / 60)


def fitted(values: np.ndarray, form: str = "A,N,N"):
    return fit_seasons(
        Rows(values, np.array([0, len(values)])), (7, 60), lambda rest: fit_ets(rest, 1, form)
    )


def test_waves_are_those_of_the_equations_and_hold_any_season() -> None:
    columns = waves(DAYS, (7, 60))
    assert columns.shape == (300, 6 + 16)
    np.testing.assert_allclose(columns[:, 7], np.cos(2 * np.pi * DAYS / 60), atol=1e-12)
    left = np.linalg.lstsq(columns[:, :6], WEEK - WEEK[:7].mean(), rcond=None)[0]
    np.testing.assert_allclose(columns[:, :6] @ left, WEEK - WEEK[:7].mean(), atol=1e-9)
    assert waves(DAYS, (4.0,)).shape == (300, 3)


def test_seasons_are_found_exactly_and_outliers_and_gaps_do_not_matter() -> None:
    rng = np.random.default_rng(0)
    clean = WEEK + MONTHS + 0.01 * DAYS - 30
    noisy = clean + rng.normal(0, 0.2, 300)
    noisy[[50, 120, 121, 260]] += 60
    noisy[[7, 200]] = np.nan
    wanted = WEEK - WEEK[:7].mean() + MONTHS
    for values, near in ((clean, 1e-4), (noisy, 0.25)):
        fit = fitted(values)
        season = waves(DAYS, (7.0, 60.0)) @ fit.weights[0]
        assert np.abs(season - wanted).max() < near
    assert np.count_nonzero(fitted(noisy).weights[0, 6:]) <= 2 * 3


def test_a_series_is_fitted_to_the_same_bits_in_any_company() -> None:
    rng = np.random.default_rng(2)
    values = WEEK + MONTHS + rng.normal(0, 1, (9, 300))
    values[4, 10:14] = np.nan
    rows = Rows(values.ravel(), np.arange(10) * 300)
    all_of_them = fit_seasons(rows, (7, 60), lambda rest: fit_ets(rest, 1, "A,N,N"))
    for number in (0, 4, 8):
        np.testing.assert_array_equal(
            fitted(values[number]).weights[0], all_of_them.weights[number]
        )


def test_factors_are_seen_and_updates_go_on() -> None:
    rng = np.random.default_rng(1)
    grown = np.exp((WEEK + MONTHS) / 10 + 0.01 * DAYS + rng.normal(0, 0.02, 300))
    fit = fitted(grown[:240], "A,A,N")
    assert fit.logs.tolist() == [True]
    mean, ends = fit.ahead(np.array([0]), 30, (0.05, 0.95))
    assert np.abs(mean[0] / grown[240:270] - 1).mean() < 0.1
    assert (ends[..., 0] < ends[..., 1]).all() and (ends > 0).all()
    later = fit.advanced(Rows(grown[240:250], np.array([0, 10])))
    told = later.one_step(Rows(grown[:250], np.array([0, 250])))
    assert told[240] == pytest.approx(mean[0, 0], rel=1e-12)
    np.testing.assert_allclose(
        later.ahead(np.array([2]), 3, ())[0], later.ahead(np.array([0]), 5, ())[0][:, 2:]
    )


def test_a_method_of_several_seasons_is_saved(tmp_path) -> None:
    panel = sa.Panel.from_arrays([WEEK + MONTHS + 40, WEEK[:100] + 10, np.arange(4.0)])
    done = sa.fit(Harmonic((7, 60), Theta("standard")), panel, horizon=9, key=0)
    sa.save(done, tmp_path / "model")
    again = sa.load(tmp_path / "model")
    for one, other in zip(done.predict(levels=80), again.predict(levels=80), strict=True):
        np.testing.assert_array_equal(one, other)
    assert again.spec == done.spec and again.forms()[0].endswith("seasons of 7 and 60")
    wanted = WEEK[300 % 7 : 300 % 7 + 4] + MONTHS[:4] + 40
    assert np.abs(done.predict().mean[0, :4, 0] - wanted).max() < 0.3
    for wrong in ((), (60, 7), (1, 7)):
        with pytest.raises(sa.Refusal, match="`seasons` are the steps of each season"):
            Harmonic(wrong)


@pytest.mark.parametrize("weeks", [4, 0.6])
def test_hours_that_are_never_observed_do_not_run_away(weeks: float) -> None:
    """A car park from 8:00 to 16:30, and one that opened in this week."""
    rng = np.random.default_rng(3)
    at = np.arange(int(336 * weeks))
    day, hour = at // 48 % 7, at % 48
    cars = (600 - 150 * (day > 4)) * np.exp(-(((hour - 26) / 6) ** 2)) + 60
    values = cars * np.exp(rng.normal(0, 0.05, len(at)))
    values[(hour < 16) | (hour > 33)] = np.nan
    rows = Rows(values, np.array([0, len(at)]))
    fit = fit_seasons(rows, (48, 336), lambda rest: fit_ets(rest, 1, "A,N,N"))
    told = fit.ahead(np.array([0]), 336, ())[0][0]
    assert np.nanmax(values) > 500
    assert np.abs(told).max() < 3 * np.nanmax(values)
    if weeks == 4:
        np.testing.assert_allclose(told[16:34], cars[16:34], rtol=0.35)
