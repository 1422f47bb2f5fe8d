"""Whole cycles ahead by kernel ridge regression, against the definition and where the answer is
known."""

from dataclasses import replace

import numpy as np
import pytest

import stepahead as sa
from stepahead._check import Refusal
from stepahead.classical import Rows, fit_kernel_ridge
from stepahead.classical.regression import _kernel
from stepahead.forecasting import KernelRidge

SEASON, WEEK = 6, 42
NONE = np.zeros(1, np.int64)


def days(count: int, seed: int = 0) -> np.ndarray:
    """Days of six steps, a high one after a low one, whose shape follows the level; two of seven
    are lower."""
    draws = np.random.default_rng(seed)
    level = np.zeros(count)
    for day in range(1, count):
        level[day] = -0.6 * level[day - 1] + draws.normal()
    shape = np.sin(np.arange(SEASON)) * (2 + 0.3 * level[:, None])
    off = 4.0 * (np.arange(count) % 7 > 4)
    return (
        20 + level[:, None] + shape - off[:, None] + 0.1 * draws.normal(size=shape.shape)
    ).ravel()


def rows_of(*series: np.ndarray) -> Rows:
    return Rows(np.concatenate(series), np.append(0, np.cumsum([len(one) for one in series])))


def by_definition(values: np.ndarray, ridge: float, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """The forecast, and the error of each example by those that share no step with it, in loops."""
    end, reach = len(values), -(-steps // SEASON)
    places = [*range(end % SEASON + 3 * SEASON, end - reach * SEASON + 1, SEASON), end]
    level = np.array([values[t - SEASON : t].mean() for t in places])
    x = np.array([values[t - 3 * SEASON : t] for t in places]) - level[:, None]
    x = x - x[:-1].mean(axis=0)
    x = x / np.sqrt(np.mean([one @ one for one in x[:-1]]))
    z = (level - level[:-1].mean()) / level[:-1].std()
    far = np.array([[(a - b) @ (a - b) for b in x] for a in x])
    usual = np.median(far[:-1, :-1])
    alike = np.empty_like(far)
    for i, s in enumerate(places):
        for j, t in enumerate(places):
            same = float((s - t) % WEEK == 0)
            past = x[i] @ x[j] + 0.3 * z[i] * z[j]
            past += np.exp(-far[i, j] / usual - (z[i] - z[j]) ** 2 / 4)
            alike[i, j] = 1 + 0.5 * same + 0.5 * (0.5 + 0.5 * same) * past
            alike[i, j] += 0.3 * np.exp(-abs(s - t) / SEASON / 20)
    target = np.array([values[t : t + steps] for t in places[:-1]]) - level[:-1, None]

    def told(place: int, others: list[int]) -> np.ndarray:
        known = alike[np.ix_(others, others)] + ridge * np.eye(len(others))
        return alike[place, others] @ np.linalg.solve(known, target[others])

    every = list(range(len(target)))
    errors = [target[i] - told(i, [j for j in every if abs(i - j) >= reach]) for i in every]
    return told(len(target), every) + level[-1], np.array(errors)


@pytest.mark.parametrize("steps", [4, SEASON, 3 * SEASON - 1])
def test_forecast_and_errors_are_those_of_the_definition(steps: int) -> None:
    values = days(40)[3:]
    fit = fit_kernel_ridge(rows_of(values), SEASON, WEEK)
    mean, errors = by_definition(values, float(fit.ridge[0]), steps)
    got, ends = fit.ahead(NONE, steps, (0.001, 0.5))
    np.testing.assert_allclose(got[0], mean, rtol=1e-9)
    np.testing.assert_allclose(ends[0, :, 0], mean + errors.min(axis=0), rtol=1e-9)
    late, _ = fit.ahead(np.array([2]), steps - 2, ())
    np.testing.assert_allclose(late[0], mean[2:], rtol=1e-6)


def test_the_ridge_is_that_of_the_least_error_of_one_cycle() -> None:
    values = days(60, 2)
    age = np.arange(57, 0, -1)
    lost = []
    for ridge in _kernel.RIDGES:
        errors = by_definition(values, ridge, SEASON)[1]
        lost.append((np.abs(errors) * 0.5 ** (age / 60)[:, None]).sum())
    ridge = fit_kernel_ridge(rows_of(values), SEASON, WEEK).ridge[0]
    assert ridge == _kernel.RIDGES[int(np.argmin(lost))]
    assert ridge not in (_kernel.RIDGES[0], _kernel.RIDGES[-1])


def test_it_errs_less_than_last_day_and_last_week_where_days_answer_the_day_before() -> None:
    ahead, day, week = [], [], []
    for seed in range(10):
        whole = days(121, seed)
        seen, came = whole[:-SEASON], whole[-SEASON:]
        told = fit_kernel_ridge(rows_of(seen), SEASON, WEEK).ahead(NONE, SEASON, ())[0][0]
        for errors, guess in ((ahead, told), (day, seen[-SEASON:]), (week, seen[-WEEK:][:SEASON])):
            errors.append(np.abs(guess - came).mean())
    assert np.mean(ahead) < 0.8 * min(np.mean(day), np.mean(week))


def test_units_and_levels_change_nothing_but_units_and_levels() -> None:
    values = days(50)
    plain, other = (
        fit_kernel_ridge(rows_of(one), SEASON, WEEK).ahead(NONE, 9, (0.1, 0.9))
        for one in (values, 1e6 * values - 3e6)
    )
    for mine, its in zip(plain, other, strict=True):
        np.testing.assert_allclose(1e6 * mine - 3e6, its, rtol=1e-6)


def test_hours_that_are_always_closed_are_no_reason_for_nan() -> None:
    values = days(50)
    values[np.arange(len(values)) % SEASON == 3] = np.nan
    mean, ends = fit_kernel_ridge(rows_of(values), SEASON, WEEK).ahead(NONE, 12, (0.1, 0.9))
    assert np.isfinite(mean).all()
    assert np.isfinite(ends).all()
    assert (ends[0, :, 0] <= ends[0, :, 1]).all()


def test_a_missing_value_is_the_mean_at_its_place_in_the_week() -> None:
    whole, gap = days(60), 200
    others = whole[gap % WEEK :: WEEK]
    whole[gap] = (others.sum() - whole[gap]) / (len(others) - 1)
    holed = whole.copy()
    holed[gap] = np.nan
    one, other = (fit_kernel_ridge(rows_of(values), SEASON, WEEK) for values in (whole, holed))
    other = replace(other, ridge=one.ridge)
    told, its = (fit.ahead(NONE, SEASON, ())[0] for fit in (one, other))
    np.testing.assert_allclose(its, told, rtol=1e-9)


@pytest.mark.parametrize("length", [10, 13, 30, 47])
def test_short_series_repeat_their_newest_cycle(length: int) -> None:
    values = days(20)[:length]
    fit = fit_kernel_ridge(rows_of(values), SEASON, WEEK)
    told, ends = fit.ahead(NONE, 8, (0.1, 0.9))
    newest = values[-SEASON:] if length >= 2 * SEASON else np.full(SEASON, values.mean())
    np.testing.assert_allclose(told[0], np.tile(newest, 2)[:8])
    assert (ends[0, :, 0] < ends[0, :, 1]).all()


def test_far_ahead_the_last_cycle_that_could_be_learned_is_repeated() -> None:
    values = days(23)
    told = fit_kernel_ridge(rows_of(values), SEASON, WEEK).ahead(NONE, 15 * SEASON, ())[0]
    cycles = told.reshape(15, SEASON)
    np.testing.assert_array_equal(cycles[10:], np.tile(cycles[9], (5, 1)))
    assert not np.array_equal(cycles[8], cycles[9])


def test_seasons_are_found_and_those_of_no_whole_cycles_left_out() -> None:
    panel = sa.Panel.from_arrays([days(80)])
    done = sa.fit(KernelRidge((SEASON, 15.0, WEEK)), panel, horizon=SEASON, key=0)
    fit = done.learned[0].parts[0][1]
    assert (fit.season, fit.longer) == (SEASON, WEEK)
    found = sa.fit(KernelRidge(), panel, horizon=SEASON, key=0, season=SEASON)
    assert found.spec.seasons[0] == SEASON
    with pytest.raises(Refusal, match="none is seen"):
        sa.fit(KernelRidge(), panel, horizon=SEASON, key=0, season=1)
    fitted = done.fitted_values()[:, 0]
    assert np.isnan(fitted[:SEASON]).all()
    assert (
        np.abs(fitted[WEEK:] - panel.values[WEEK:, 0]).mean()
        < 0.8 * np.abs(panel.values[WEEK:-SEASON] - panel.values[WEEK + SEASON :]).mean()
    )
