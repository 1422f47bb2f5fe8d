"""Combinations: weights and widths by a loop over everything, nothing learned from the future, and
the fitted value like any other."""

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

import stepahead as sa
from stepahead._types import Prediction
from stepahead.classical import normal_quantiles
from stepahead.data import Frequency, Panel
from stepahead.evaluation import Backtest, Fit, Predict, backtest
from stepahead.forecasting import (
    ETS,
    KNOTS,
    Combination,
    Pretrained,
    Theta,
    pooled_quantiles,
    width_factors,
    with_knots,
)
from stepahead.models import Naive
from stepahead.workflow import (
    combination_weights,
    combined,
    interval_widths,
    learned,
    recency,
    same_season,
)
from stepahead.workflow.choice import _combining
from stepahead.workflow.choice._steps import by_step
from stepahead.workflow.choice._together import Errors, least_error
from stepahead.workflow.choice._weights import Weights

DRAWS = np.random.default_rng(0)
PANEL = Panel.from_arrays(
    [50 + DRAWS.normal(size=n).cumsum() + 5 * np.sin(np.arange(n) / 2) for n in (40, 46, 52)]
)


def weights_by_loops(loss: np.ndarray, recent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    members, origins, series, horizon = loss.shape

    def mean(m: int, which: range) -> float:
        total = count = 0.0
        for o, s, h in np.ndindex(origins, series, horizon):
            if s in which and not np.isnan(loss[m, o, s, h]):
                total, count = total + recent[o] * loss[m, o, s, h], count + recent[o]
        return total / count if count else 0.0

    overall = [mean(m, range(series)) for m in range(members)]
    usable = [m for m in range(members) if overall[m] <= 1.6 * min(overall)]
    own = np.zeros((series, members))
    for s in range(series):
        for m in usable:
            n = sum(recent[o] for o in range(origins) if not np.isnan(loss[m, o, s]).all())
            own[s, m] = ((n * mean(m, range(s, s + 1)) + 4 * overall[m]) / (n + 4)) ** -6
    shared = np.array([overall[m] ** -6 if m in usable else 0.0 for m in range(members)])
    return own / own.sum(axis=1, keepdims=True), shared / shared.sum()


def test_weights_are_those_of_a_loop() -> None:
    draws = np.random.default_rng(1)
    loss = (
        draws.uniform(0.5, 1.5, (4, 5, 6, 3)) * np.array([1.0, 1.1, 1.2, 2.0])[:, None, None, None]
    )
    loss[:, 3:, 2, 1:] = np.nan  # the same steps of every member
    loss[:, :, 4] = np.nan  # a series of which nothing is known
    for recent in (None, 0.5 ** np.arange(5)[::-1]):
        series, shared, _ = combination_weights(loss, recent)
        own, together = weights_by_loops(loss, np.ones(5) if recent is None else recent)
        np.testing.assert_allclose(series, own, rtol=1e-12)
        np.testing.assert_allclose(shared, together, rtol=1e-12)
        np.testing.assert_allclose(series[4], shared, rtol=1e-12)
        assert (series[:, 3] == 0).all()


def test_weights_by_step_are_those_of_a_loop() -> None:
    draws = np.random.default_rng(4)
    loss = draws.uniform(0.5, 1.5, (4, 6, 3, 5))
    loss *= np.array([[1, 1.2, 1.3, 1.4, 1.5], [1.2] * 5, [0.7, 2, 2.6, 3, 3.6], [9] * 5])[
        :, None, None
    ]
    loss[:, 4:, :, 3:] = np.nan  # not yet observed
    recent, spacing = 0.5 ** (np.arange(6)[::-1] / 4), 2
    usual = combination_weights(loss, recent)
    assert (usual.shared[2:] == 0).all(), "on the whole two are too bad"
    found = by_step(usual, loss, recent, spacing).at_steps(5)
    part = np.where(np.isnan(loss[0]), 0.0, recent[:, None, None])
    overall = [np.nansum(each * part) / part.sum() for each in loss]
    flat = np.array([(min(overall) / one) ** 6 for one in overall])
    for k in range(5):
        near = [np.exp(-0.5 * (np.log2((k + 1.5) / (j + 1.5)) / 0.35) ** 2) for j in range(5)]
        near = [one * part[:, 0, j].sum() for j, one in enumerate(near)]
        n = part[:, 0, k].sum() * min(1, spacing / (k + 1)) * np.sqrt(3)
        error = []
        for m in range(4):
            at = [np.nansum(loss[m, :, :, j] * part[..., j]) / part[..., j].sum() for j in range(5)]
            own = np.dot(near, at) / np.sum(near)
            error.append(overall[m] * (own / overall[m]) ** (n / (n + 3)))
        good = np.array([(min(error) / e) ** 6 * (e <= 1.6 * min(error)) for e in error])
        for s in range(3):
            start = np.where(usual.shared > 0, usual.series[s], flat / flat.sum())
            want = start * good / flat
            np.testing.assert_allclose(found[s, k], want / want.sum(), rtol=1e-9)
    assert found[0, 0, 2] > 0.1 and (found[:, 2:, 2] == 0).all(), "good at the next step alone"
    assert (found[:, :, 3] == 0).all()


def test_a_forecast_has_the_weights_of_each_step(combination) -> None:
    factors = np.array([[1.0, 0.0], [1.0, 3.0], [0.0, 0.0]])
    for pooled in (False, True):
        done = replace(combination, steps=factors, pooled=pooled)
        found, at = done.predict(4, quantiles=KNOTS), (0.1, 0.5, 0.9)
        each = [member.predict(4, quantiles=KNOTS) for member in combination.members]
        for s, (one, other) in enumerate(combination.weights):
            third = other * 3 / (one + other * 3)
            for k, share in enumerate((0.0, third, other, other)):
                mean = (1 - share) * each[0].mean[s, k] + share * each[1].mean[s, k]
                np.testing.assert_allclose(found.mean[s, k], mean)
        np.testing.assert_array_equal(found.quantiles[:, 0], each[0].quantiles[:, 0])
        assert done.predict(4, quantiles=at).quantiles.shape == (3, 4, 1, 3)
    first, fitted = combination.members[0].fitted_values(), done.fitted_values()
    np.testing.assert_array_equal(fitted, first)
    assert done.chosen == "68% ets, 32% theta", "over series and steps"


def test_the_next_step_is_left_to_who_forecasts_it_well() -> None:
    """A season with deviations that last for some steps: to hold the last one is best for the next
    step, to ignore it for the last."""
    n, draws = 400, np.random.default_rng(7)
    season, away = 30 * np.sin(2 * np.pi * np.arange(n + 12) / 12), np.zeros(n)
    for t in range(1, n):
        away[t] = 0.8 * away[t - 1] + draws.normal()
    panel = Panel.from_arrays([season[:n] + away], frequency=Frequency.integer(season=12))

    def model(held: float) -> Fit:
        def predict(seen: Panel) -> Prediction:
            steps = len(seen.values)
            mean = season[steps : steps + 12] + held * away[steps - 1]
            mean = mean[None, :, None]
            return Prediction(mean, mean[..., None] + np.array([-2.0, 0, 2]), (0.1, 0.5, 0.9))

        return lambda history: predict

    fits = {"ignored": model(0.0), "held": model(1.0)}
    report = backtest(fits, panel, 12, 30, 7)
    held = learned(report, list(fits), panel)[0].at_steps(12)[0, :, 1]
    assert held[0] > 0.65 and held[-1] < 0.4
    done = combined(report, list(fits), "both", panel)
    error = {name: np.abs(done.mean[name] - done.actual)[10:].mean((0, 1, 3)) for name in done.mean}
    assert error["both"][0] < 1.1 * error["held"][0] < 0.8 * error["ignored"][0]
    assert error["both"][-1] < 1.15 * error["ignored"][-1] < error["held"][-1]


def test_without_any_error_all_members_weigh_the_same_and_a_perfect_one_takes_all() -> None:
    nothing = np.full((3, 2, 2, 1), np.nan)
    assert combination_weights(nothing).series.tolist() == [[1 / 3] * 3] * 2
    loss = np.stack([np.ones((2, 2, 1)), np.zeros((2, 2, 1))])
    assert combination_weights(loss).series.tolist() == [[0.0, 1.0]] * 2


def test_widths_make_intervals_hold_that_were_too_narrow_or_too_wide() -> None:
    draws = np.random.default_rng(2)
    spread = np.array([1.0, 2.0, 3.0])  # what the errors do; the forecaster believes 1.5, always
    error = draws.normal(size=(300, 4, 3)) * spread
    at = (0.025, 0.1, 0.9, 0.975)
    away = np.broadcast_to(1.5 * np.array([-1.96, -1.2816, 1.2816, 1.96]), (300, 4, 3, 4))
    both = np.stack([spread, spread], axis=1) / 1.5
    np.testing.assert_allclose(interval_widths(error, away, at), both, rtol=0.1)
    few = interval_widths(error[:1, :1] * 100, away[:1, :1], at)
    assert (few < 2).all(), "one forecast is no reason for intervals four times as wide"
    assert (interval_widths(np.full((2, 1, 3), np.nan), away[:2, :1], at) == 1).all()


def test_widths_follow_what_came_lately() -> None:
    """Errors that were four times as large until 70 origins ago: each origin counts half of one ten
    after it, so that the newest decide."""
    draws, at = np.random.default_rng(6), (0.025, 0.1, 0.9, 0.975)
    error = draws.normal(size=(120, 60, 1)) * np.where(np.arange(120) < 50, 4.0, 1.0)[:, None, None]
    away = np.broadcast_to(np.array([-1.96, -1.2816, 1.2816, 1.96]), (120, 60, 1, 4))
    newest = recency(120, 3, 3, 119)
    np.testing.assert_allclose(newest[[119, 109, 99]], [1.0, 0.5, 0.25])
    np.testing.assert_allclose(interval_widths(error, away, at, newest), 1, atol=0.15)
    assert (interval_widths(error, away, at) > 2).all()
    same = interval_widths(error, away, at, np.full(120, 0.3))
    np.testing.assert_allclose(same[0, 0], interval_widths(error, away, at)[0, 0], rtol=0.02)


def test_origins_count_by_the_steps_that_share_their_place_in_a_long_season() -> None:
    """By counting: of the steps from an origin those at places where the forecast has one too."""
    origins, spacing, horizon, season = 9, 3, 4, 14
    for start in (27, 28, 33, 40):
        told = {(start + k) % season for k in range(horizon)}
        places = [{(spacing * o + k) % season for k in range(horizon)} for o in range(origins)]
        part = np.array([1 / 4 + 3 / 4 * len(told & each) / horizon for each in places])
        expected = part * part.sum() / (part**2).sum()
        np.testing.assert_allclose(same_season(origins, spacing, horizon, start, season), expected)
    assert (same_season(5, 3, 4, 15, season=4) == 1).all()


@pytest.mark.parametrize("weekday", range(7))
def test_weights_are_those_of_the_day_of_the_week(weekday: int) -> None:
    """One model errs by 1 from Monday to Friday and by 3 at weekends, the other by 2 and by 1: the
    day ahead decides between them, at every origin and after the last."""
    days, origins = 7 * 12 + weekday, 30
    level = np.array([2.0, 2, 2, 2, 2, 7, 9])[np.arange(days) % 7]
    values = level + 0.1 * np.random.default_rng(0).normal(size=days)
    daily, monday = Frequency.parse("D"), np.datetime64("2024-01-01")
    panel = Panel.from_arrays([values], start=monday, frequency=daily)

    def model(at_weekends: float, else_: float) -> Fit:
        def predict(seen: Panel) -> Prediction:
            n = int(seen.lengths[0])
            wrong = at_weekends if n % 7 > 4 else else_
            mean = np.full((1, 1, 1), values[n] + wrong)
            return Prediction(mean, mean[..., None] + np.array([-0.5, 0.5]), (0.1, 0.9))

        return lambda history: predict

    fits = {"working days": model(3.0, 1.0), "weekends": model(1.0, 2.0)}
    report = backtest(fits, panel, 1, origins, 1)
    assert learned(report, list(fits), panel)[0].shared[int(weekday > 4)] > 0.55
    done = combined(report, list(fits), "both", panel)
    error = np.abs(done.mean["both"] - report.actual)[-14:]
    assert error.mean() < 1.3, "1.57 where all days count alike"


def test_tails_have_widths_of_their_own() -> None:
    """Errors of Student's t with 3 degrees of freedom around normal intervals: the 95 % interval
    needs more than the 80 %, and each then holds as often as it says."""
    draws = np.random.default_rng(3)
    error, at = draws.standard_t(3, size=(20_000, 1, 1)), (0.025, 0.1, 0.9, 0.975)
    away = np.broadcast_to(np.array([-1.96, -1.2816, 1.2816, 1.96]), (20_000, 1, 1, 4))
    widths = interval_widths(error, away, at)
    np.testing.assert_allclose(widths, [[1.638 / 1.2816, 3.182 / 1.96]], rtol=0.05)
    factors = width_factors(widths, at)
    for low, high, level in ((1, 2, 0.8), (0, 3, 0.95)):
        ends = factors * away[0, 0]
        inside = (ends[0, low] <= error) & (error <= ends[0, high])
        assert np.mean(inside) == pytest.approx(level, abs=0.005)
    narrow = interval_widths(np.clip(error, -1, 1), away, at)
    ends = width_factors(narrow, (0.9, 0.95, 0.975))[0] * np.array([1.2816, 1.645, 1.96])
    assert (np.diff(ends) > 0).all(), "quantiles keep their order however light the tails are"


@pytest.fixture(scope="module")
def report() -> Backtest:
    fits = {
        name: lambda history, spec=spec: (
            lambda seen: sa.fit(spec, seen, 3, key=0, season=1).predict(levels=(80,))
        )
        for name, spec in (("ets", ETS()), ("theta", Theta()), ("naive", Naive()))
    }
    return backtest(fits, PANEL, 3, 8, 2)


def test_no_origin_judges_weights_that_it_chose(report) -> None:
    """What comes after an origin moves no forecast of the combination up to it."""
    names = list(report.models)
    done = combined(report, names, "all", PANEL)
    actual = report.actual.copy()
    actual[4:] *= 3
    actual[3, :, 2:] += 50  # the third step after origin 3 comes after origin 4, 2 steps later
    other = combined(replace(report, actual=actual), names, "all", PANEL)
    np.testing.assert_array_equal(done.mean["all"][:5], other.mean["all"][:5])
    np.testing.assert_array_equal(done.quantiles["all"][:5], other.quantiles["all"][:5])
    assert (done.mean["all"][5:] != other.mean["all"][5:]).any()
    first = np.median([report.mean[name][0] for name in names], axis=0)
    np.testing.assert_allclose(done.mean["all"][0], first)


def test_widths_are_learned_from_mixtures_that_others_chose_and_overlapping_origins_tell_less(
    report,
) -> None:
    """At each origin the weights are those of the origins that share no step with it."""
    names, at = ["ets", "theta"], report.probabilities["ets"]
    each = np.stack([report.quantiles[name] for name in names])
    means = np.stack([report.mean[name] for name in names])
    mean, ends = np.zeros_like(means[0]), np.zeros_like(each[0])
    recent = recency(8, 2, 3, 7)
    for o in range(8):
        actual = report.actual.copy()
        actual[[k for k in range(8) if abs(k - o) * 2 < 3]] = np.nan
        weights = learned(replace(report, actual=actual), names, PANEL)[0].at_steps(3)
        mean[o] = np.einsum("shm,mshc->shc", weights, means[:, o])
        ends[o] = pooled_quantiles(weights, each[:, o], at, at)
    scale = report.scale[:, :, None]
    error, away = (report.actual - mean) / scale, (ends - mean[..., None]) / scale[..., None]
    expected = interval_widths(error[..., 0], away[..., 0, :], at, recent * 2 / 3)  # 2 of 3 are new
    widths = learned(report, names, PANEL)[1]
    np.testing.assert_allclose(widths, expected)
    last = learned(report.since(7), names, PANEL)  # one origin alone has its own weights
    assert np.isfinite(last[1]).all() and (last[0].shared > 0).any()


def test_intervals_hold_what_they_say_at_an_origin_that_taught_nothing() -> None:
    """Six members that are equally good by chance alone: weights follow errors of three origins,
    and hold less at the fourth. By widths of errors that chose the weights it would be 69 %."""
    series, at = 9000, (0.025, 0.1, 0.3, 0.5, 0.7, 0.9, 0.975)
    draws = np.random.default_rng(8)
    panel = Panel.from_arrays(list(draws.normal(size=(series, 30))))
    ends = np.sqrt(2) * normal_quantiles(at)

    def noise(seen: Panel) -> Prediction:
        mean = draws.normal(size=(series, 1, 1))
        return Prediction(mean, mean[..., None] + ends, at)

    names = [f"noise {number}" for number in range(6)]
    report = backtest({name: lambda history: noise for name in names}, panel, 1, 4, 1)
    weights, widths = learned(report.since(1), names, panel)
    own = weights.at_steps(1)
    mean = np.einsum("shm,mshc->shc", own, [report.mean[name][0] for name in names])
    each = np.stack([report.quantiles[name][0] for name in names])
    away = pooled_quantiles(own, each, at, at) - mean[..., None]
    told = mean[..., None] + width_factors(widths, at)[:, None] * away
    inside = (told[..., 1] <= report.actual[0]) & (report.actual[0] <= told[..., 5])
    assert inside.mean() == pytest.approx(0.8, abs=0.015)


def test_the_simplest_member_takes_all_where_the_combination_errs_more(report) -> None:
    names = ["naive", "ets", "theta"]

    def weights_of(*errors: float) -> list[float]:
        mean = {name: report.actual + e for name, e in zip(names, errors, strict=True)}
        return learned(replace(report, mean=report.mean | mean), names, PANEL)[0].shared.tolist()

    assert weights_of(1.0, 1.2, 1.25) == [1, 0, 0], "all too high: no average errs less than 1"
    assert max(weights_of(1.0, -1.2, 1.25)) < 0.6, (
        "errors that cancel are what a combination is for"
    )
    assert max(weights_of(1.0, 0.9, 0.9)) < 0.6
    done = combined(
        replace(report, mean=report.mean | dict.fromkeys(names, report.actual)), names, "all", PANEL
    )
    np.testing.assert_allclose(done.mean["all"], report.actual)


def test_a_report_without_its_first_origins_is_that_of_the_others(report) -> None:
    fewer = report.since(5)
    assert len(fewer.origins) == 3 and fewer.stamps.shape == (3, 3, 3)
    want = np.nanmean(np.abs(report.mean["ets"] - report.actual)[5:])
    board = fewer.leaderboard()
    assert board["mae"][board["model"].tolist().index("ets")] == pytest.approx(want)
    by_step = dict(zip(report.by_step()["step"], report.since(0).by_step()["ets"], strict=True))
    assert list(by_step.values()) == report.by_step()["ets"].tolist()


@pytest.fixture(scope="module")
def combination() -> Combination:
    members = tuple(sa.fit(spec, PANEL, 3, key=0, season=1) for spec in (ETS(), Theta()))
    weights = np.array([[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]])
    return Combination(
        members, ("ets", "theta"), weights, np.array([0.6, 0.4]), np.array([1.0, 1.5, 2.0])
    )


def test_the_forecast_is_the_weighted_mean_with_wider_intervals(combination) -> None:
    at = (0.1, 0.5, 0.9)
    done = combination.predict(5, quantiles=at)
    ets, theta = (member.predict(5, quantiles=at) for member in combination.members)
    for s, (one, other) in enumerate(combination.weights):
        mean = one * ets.mean[s] + other * theta.mean[s]
        np.testing.assert_allclose(done.mean[s], mean)
        for k, wide in enumerate((1.0, 1.5, 2.0, 2.0, 2.0)):
            ends = one * ets.quantiles[s, k] + other * theta.quantiles[s, k]
            np.testing.assert_allclose(
                done.quantiles[s, k], mean[k, :, None] + wide * (ends - mean[k, :, None])
            )
    new = combination.predict(2, panel=PANEL.take(np.array([1])))
    ets, theta = (m.predict(2, panel=PANEL.take(np.array([1]))) for m in combination.members)
    np.testing.assert_allclose(new.mean, 0.6 * ets.mean + 0.4 * theta.mean)
    assert combination.chosen == "58% ets, 42% theta"


def test_a_mixture_of_members_is_wider_where_they_disagree(combination) -> None:
    at, each = with_knots((0.1, 0.6)), combination.members
    pooled = replace(combination, pooled=True).predict(5, quantiles=(0.1, 0.6))
    known = np.stack([member.predict(5, quantiles=at).quantiles for member in each])
    same = np.repeat(combination.weights[:, None], 5, axis=1)
    ends = pooled_quantiles(same, known, at, (0.1, 0.6))
    factor = np.array([1.0, 1.5, 2.0, 2.0, 2.0])[:, None, None]
    away = factor * (ends - pooled.mean[..., None])
    np.testing.assert_allclose(pooled.quantiles, pooled.mean[..., None] + away)
    alone = combination.predict(5, quantiles=(0.1, 0.6))
    np.testing.assert_allclose(pooled.mean, alone.mean)
    np.testing.assert_allclose(
        pooled.quantiles[2], alone.quantiles[2], err_msg="one has all weight"
    )
    assert (pooled.quantiles[:2] != alone.quantiles[:2]).all()


def test_the_forecast_lies_between_mean_and_median_whatever_is_asked(combination) -> None:
    """Series 1 holds a 0: its forecast stays the mean, the expected demand."""
    values = PANEL.values.copy()
    values[PANEL.offsets[1]] = 0.0
    panel, half = PANEL.with_values(values), np.full((3, 2), 0.5)
    members = tuple(sa.fit(spec, panel, 3, key=0, season=1) for spec in (ETS(), Pretrained()))
    mean = Combination(
        members, ("ets", "zero-shot"), half, half[0], combination.widths, pooled=True
    )
    between = replace(mean, median_share=0.5)
    usual, done = (one.predict(5, quantiles=(0.1, 0.9)) for one in (mean, between))
    np.testing.assert_array_equal(done.quantiles, usual.quantiles)
    for asked in ((), (0.04, 0.1 * 3, 0.52), (0.025, 0.9)):
        again = between.predict(5, quantiles=asked).mean
        np.testing.assert_allclose(again, done.mean, rtol=1e-12)
    assert between.predict(5, quantiles=()).probabilities == ()
    knots = np.stack([member.predict(5, quantiles=KNOTS).quantiles for member in members])
    ends = pooled_quantiles(np.full((3, 5, 2), 0.5), knots, KNOTS, (0.5,))[..., 0]
    wide = np.array([1.0, 1.5, 2.0, 2.0, 2.0])[:, None]
    middle = usual.mean + 0.5 * wide * (ends - usual.mean)
    middle[1] = usual.mean[1]
    np.testing.assert_allclose(done.mean, middle)
    assert (abs(middle[[0, 2]] - usual.mean[[0, 2]]) > 1e-6).any()


def test_origins_judge_a_point_forecast_between_mean_and_median() -> None:
    fits = {
        name: lambda history, spec=spec: (
            lambda seen: sa.fit(spec, seen, 3, key=0, season=1).predict(quantiles=KNOTS)
        )
        for name, spec in (("ets", ETS()), ("theta", Theta()), ("naive", Naive()))
    }
    report = backtest(fits, PANEL, 3, 5, 2)
    done = combined(report, list(fits), "all", PANEL)
    with patch.object(_combining, "MEDIAN_SHARE", 0.0):
        plain = combined(report, list(fits), "all", PANEL)
    np.testing.assert_array_equal(done.quantiles["all"], plain.quantiles["all"])
    median = done.quantiles["all"][..., KNOTS.index(0.5)]
    np.testing.assert_allclose(done.mean["all"], (plain.mean["all"] + median) / 2)
    assert (abs(done.mean["all"] - plain.mean["all"]) > 1e-6).any()


def test_widths_by_level_go_on_beyond_the_last_step(combination) -> None:
    at, wide = (0.1, 0.9, 0.975), np.array([[1.0, 1.2], [2.0, 3.0]])
    done = replace(combination, widths=wide).predict(4, quantiles=at)
    plain = replace(combination, widths=np.ones(1)).predict(4, quantiles=at)
    away = plain.quantiles - plain.mean[..., None]
    factor = np.array([[1.0, 1.0, 1.2]] + [[2.0, 2.0, 3.0]] * 3)[:, None]
    np.testing.assert_allclose(done.quantiles, done.mean[..., None] + factor * away)


def test_counts_give_counts_and_what_was_never_negative_stays_so() -> None:
    draws = np.random.default_rng(5)
    panel = Panel.from_arrays([draws.poisson(0.7, 60) * 1.0, draws.gamma(0.5, size=60)])
    members = tuple(sa.fit(spec, panel, 3, key=0, season=1) for spec in (ETS(), Theta()))
    half = np.full(2, 0.5)
    both = Combination(members, ("ets", "theta"), np.tile(half, (2, 1)), half, np.full((3, 2), 1.5))
    done = both.predict(3, quantiles=(0.025, 0.3, 0.9))
    assert (done.quantiles >= 0).all() and (done.mean >= 0).all()
    assert (done.quantiles[0] % 1 == 0).all() and (done.quantiles[1] % 1 != 0).any()
    assert done.mean[0, 0, 0] % 1 != 0, "the expected demand may lie between"


def test_intervals_of_counts_hold_what_they_say_once_their_ends_are_whole() -> None:
    """Ends that are rounded hold counts up to a half beyond them: widths allow for it."""
    draws, rate = np.random.default_rng(6), np.linspace(1, 9, 300)
    panel = Panel.from_arrays(draws.poisson(rate[:, None], (300, 24)) * 1.0)
    normal = np.array([-1.96, -1.2816, 1.2816, 1.96])[:, None] * np.sqrt(rate)

    def fit(history: Panel):
        mean = np.tile(rate[:, None, None], (1, 2, 1))
        ends = mean[..., None] + normal.T[:, None, None]
        return lambda seen: sa.forecasting.Prediction(mean, ends, (0.025, 0.1, 0.9, 0.975))

    report = backtest({"one": fit, "two": fit}, panel, 2, 8, 2)
    done = combined(report, ["one", "two"], "all", panel).quantiles["all"][3:]
    assert (done % 1 == 0).all()
    actual = report.actual[3:]
    assert np.mean((actual >= done[..., 1]) & (actual <= done[..., 2])) == pytest.approx(
        0.8, abs=0.02
    )
    assert learned(report, ["one", "two"], panel)[1][:, 0] == pytest.approx(0.82, abs=0.05)


def test_a_combination_is_saved_updated_and_shared_like_any_other(combination, tmp_path) -> None:
    mixture = replace(combination, pooled=True)
    sa.save(mixture, tmp_path / "m")
    np.testing.assert_array_equal(
        sa.load(tmp_path / "m").predict(levels=80).quantiles, mixture.predict(levels=80).quantiles
    )
    sa.save(combination, tmp_path / "c")
    loaded = sa.load(tmp_path / "c")
    np.testing.assert_array_equal(
        loaded.predict(levels=80).quantiles, combination.predict(levels=80).quantiles
    )
    assert loaded.summary() == combination.summary()
    before = PANEL.slice(np.zeros(3, int), PANEL.lengths - 2)
    after = PANEL.slice(PANEL.lengths - 2, PANEL.lengths)
    members = tuple(sa.fit(spec, before, 3, key=0, season=1) for spec in (ETS(), Theta()))
    updated = replace(combination, members=members).update(after)
    expected = sum(
        w[:, None, None] * member.update(after).predict().mean
        for w, member in zip(combination.weights.T, members, strict=True)
    )
    np.testing.assert_allclose(updated.predict().mean, expected)
    fitted = combination.fitted_values()
    np.testing.assert_allclose(
        fitted[-52:], combination.members[0].fitted_values()[-52:]
    )  # the last series has weight 1 there
    bare = combination.without_history()
    sa.save(bare, tmp_path / "bare")
    alone = sa.load(tmp_path / "bare").predict(panel=PANEL)
    np.testing.assert_allclose(alone.mean, bare.predict(panel=PANEL).mean)
    assert bare.weights.shape == (0, 2)
    for other in (PANEL, PANEL.take(np.array([2]))):  # series that have no weights of their own
        again = bare.with_history(other)
        np.testing.assert_allclose(
            again.predict().mean, combination.predict(panel=other).mean, rtol=1e-9
        )
    fewer = combination.with_history(PANEL.take(np.array([2])))
    assert fewer.weights.tolist() == [[0.6, 0.4]]


def test_the_default_combines_says_its_weights_and_how_far_to_trust_it() -> None:
    cheap = ("seasonal-naive", "naive", "theta", "ets")
    choice = sa.auto(
        PANEL,
        3,
        key=0,
        clock=lambda: 0.0,
        choose_from=lambda *sizes: tuple(
            c for c in sa.workflow.candidates(*sizes) if c.name in cheap
        ),
    )
    assert choice.name == "combination" and choice.trust is not None
    assert {row.name for row in choice.leaderboard} == {"naive", "theta", "ets", "combination"}
    assert "weighted by their errors at" in choice.sentence
    assert choice.trust.origins == len(choice.report.origins)
    np.testing.assert_allclose(choice.forecaster.weights.sum(axis=1), 1)


def test_weights_that_no_later_origin_judged_are_not_praised() -> None:
    """With one origin the combination had equal weights there: its error says nothing of the
    weights that are used."""
    month = np.arange(36)
    exact = 100 + 2.0 * month + 30 * np.sin(2 * np.pi * month / 12)
    choice = sa.auto(Panel.from_arrays([exact]), 12, key=0, clock=lambda: 0.0, season=12)
    assert choice.report is not None and len(choice.report.origins) == 1
    assert choice.sentence.endswith("not tested, because no later origin is left to judge it.")
    assert "%" not in choice.sentence.split(";")[1]


def test_origins_that_judge_only_the_first_steps_do_not_contradict_the_trust_horizon() -> None:
    """Five origins a step apart judge the combination one step ahead, not its whole horizon."""
    steps = np.arange(20)
    draws = np.random.default_rng(0).normal(size=20)
    panel = Panel.from_arrays([100 + 2.0 * steps + 5 * (steps % 4) + draws])
    cheap = ("seasonal-naive", "drift", "theta")

    def field(*sizes: Any) -> tuple[Any, ...]:
        return tuple(c for c in sa.workflow.candidates(*sizes) if c.name in cheap)

    choice = sa.auto(panel, 6, key=0, clock=lambda: 0.0, season=4, choose_from=field)
    assert choice.trust is not None and len(choice.trust.p) == 6
    assert "how good that choice is over all 6 steps was not tested" in choice.sentence


def errors_of_three(series: int, places: int) -> np.ndarray:
    """Two members that err alike, and one that errs a fifth more, by itself."""
    draws = np.random.default_rng(5)
    same, own = draws.normal(size=(2, series, places))
    return np.stack([same, same + 0.1 * draws.normal(size=same.shape), 1.2 * own])


def test_the_least_error_is_that_of_a_search_through_all_weights() -> None:
    error = errors_of_three(12, 40)
    seen = Errors(
        error.reshape(3, -1), np.tile(np.linspace(0.5, 1, 40), 12), np.repeat(np.arange(12), 40)
    )
    ratio = np.random.default_rng(6).uniform(0.5, 1.5, (12, 3))
    start = np.array([0.5, 0.4, 0.1])
    wide = Weights(start * ratio, start)

    def lost(shared: np.ndarray) -> float:
        weight = shared * ratio
        weight = (weight / weight.sum(axis=1, keepdims=True))[seen.series].T
        return float(np.abs((weight * seen.error).sum(axis=0)) @ seen.part)

    grid = np.linspace(0, 1, 41)
    every = [np.array([a, b, 1 - a - b]) for a in grid for b in grid if a + b <= 1]
    found = least_error(wide, seen, origins=1e9).shared
    assert lost(found) < 1.003 * min(map(lost, every))
    assert lost(found) < 0.98 * lost(start)
    half = least_error(wide, seen, origins=4 / np.sqrt(12)).shared
    np.testing.assert_allclose(half, (found + start) / 2, rtol=1e-6)


def test_two_members_that_err_alike_share_their_weight() -> None:
    """By inverse errors two alike have more than two thirds of the weight; of two origins of a
    single series it stays so, for they show too little."""

    def fit(history: Panel) -> Predict:
        def predict(seen: Panel) -> Prediction:
            mean = np.zeros((len(seen), 3, 1))
            return Prediction(mean, mean[..., None] + np.array([-1.0, 1.0]), (0.1, 0.9))

        return predict

    for series in (40, 1):
        panel = Panel.from_arrays(list(np.random.default_rng(7).normal(size=(series, 40)) + 9))
        error = errors_of_three(series, 24).reshape(3, series, 8, 3, 1)

        names = ["one", "its twin", "another"]
        report = backtest(dict.fromkeys(names, fit), panel, 3, 8, 3)
        scale = report.scale[:, :, None]
        mean = {
            name: report.actual + scale * np.moveaxis(each, 1, 0)
            for name, each in zip(names, error, strict=True)
        }
        known = replace(report, mean=report.mean | mean)
        assert learned(known, names, panel)[0].shared[:2].sum() < 0.7, "by inverse errors 0.8"
        if series == 1:
            assert learned(known.since(6), names, panel)[0].shared[:2].sum() > 0.7
