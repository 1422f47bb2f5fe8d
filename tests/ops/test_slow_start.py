"""Series whose first values barely tell the states apart: against the recursion where that is
exact, and against least squares by QR where it is not."""

import numpy as np
import pytest
from ops.test_kalman import MIXED, drawn, known, results
from scipy.linalg import solve_triangular

from stepahead.models import DampedTrend, LocalLinearTrend, StateSpace, TrigonometricSeason
from stepahead.ops.kalman import (
    Parameters,
    SeriesData,
    Structure,
    _slow_start,
    kalman_filter,
    kalman_score,
    kalman_smooth,
    whole_matrices,
)

WEEKS = StateSpace(LocalLinearTrend(), TrigonometricSeason(52, 6)).assembled(0)
"""A trend and six waves of a year: 14 unknown states."""


def weeks(count: int = 120, seed: int = 0) -> SeriesData:
    draws = np.random.default_rng(seed)
    values = 300 + np.cumsum(draws.normal(0.1, 0.3, count)) + draws.normal(0, 0.5, count)
    values += 3 * np.sin(2 * np.pi * np.arange(count) / 52)
    values[[3, 4, 40]] = np.nan
    return SeriesData(values, np.array([0, count]), np.zeros((count, 0)))


def by_least_squares(
    structure: Structure, numbers: Parameters, values: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """The log likelihood of one series without covariates, and the mean and the variance of its
    signal."""
    transition, shock = (each[0] for each in whole_matrices(structure, numbers))
    z = np.zeros(structure.states)
    np.add.at(z, np.array(structure.design_state), structure.design)
    reach, n = [z], len(values)
    for _ in range(n - 1):
        reach.append(reach[-1] @ transition)
    x = np.array(reach)
    between, cov = x @ shock @ x.T, np.zeros((n, n))
    for s in range(n - 1):
        cov[s + 1 :, s + 1 :] += between[: n - 1 - s, : n - 1 - s]
    seen = ~np.isnan(values)
    root = np.linalg.cholesky(cov[np.ix_(seen, seen)] + numbers.noise[0] * np.eye(seen.sum()))
    a, b = (solve_triangular(root, each[seen], lower=True) for each in (x, values))
    q, r = np.linalg.qr(a)
    rest = b - q @ (q.T @ b)
    value = -0.5 * (seen.sum() * np.log(2 * np.pi) + rest @ rest)
    value -= np.log(np.diag(root)).sum() + np.log(np.abs(np.diag(r))).sum()
    start = np.linalg.solve(r, q.T @ b)
    gain = solve_triangular(root, cov[seen], lower=True)
    left = (x - gain.T @ a) @ np.linalg.inv(r)
    variance = np.diag(cov) - (gain**2).sum(axis=0) + (left**2).sum(axis=1)
    return value, x @ start + gain.T @ rest, variance


def test_least_squares_for_the_start_gives_what_the_recursion_gives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    numbers, data = drawn(40)
    wanted, judged = results(numbers, data, True), known(numbers, data)
    monkeypatch.setattr(_slow_start, "SLOW", 2.0)
    found = results(numbers, data, False)
    changed = 0
    for name, each in found.items():
        for one in judged:
            rows = slice(*data.offsets[one : one + 2])
            at = one if len(each) == 40 and name not in ("steps", "mean", "variance") else rows
            close = {"rtol": 1e-7, "atol": 1e-7, "err_msg": name}
            np.testing.assert_allclose(each[at], wanted[name][at], **close)
            changed += each[at].tobytes() != wanted[name][at].tobytes()
    assert changed > 100  # another way was taken


def test_waves_of_a_year_of_weeks_have_the_likelihood_and_the_signal_of_least_squares() -> None:
    data = weeks()
    for place in ([0.25, 0.09, 0.0, 1e-5], [0.25, 0.0, 0.01, 0.0], [1e-4, 4.0, 1e-6, 1e-2]):
        numbers = WEEKS.numbers(np.array([place]))
        value, mean, variance = by_least_squares(WEEKS.structure, numbers, data.values)
        done = kalman_filter(WEEKS.structure, numbers, data)
        assert done.log_likelihood[0] == pytest.approx(value, rel=1e-9)
        assert np.isinf(done.variance).sum() == 14 + 2  # two of the first values are missing
        seen = np.isfinite(done.steps)
        assert done.steps[seen].sum() == pytest.approx(value, rel=1e-6)
        told = kalman_smooth(WEEKS.structure, numbers, data)
        np.testing.assert_allclose(told.signal_mean[:, -1], mean, rtol=1e-9)
        np.testing.assert_allclose(told.signal_variance[:, -1], variance, rtol=1e-6)


def test_one_step_ahead_is_what_the_past_alone_says() -> None:
    data, numbers = weeks(), WEEKS.numbers(np.array([[0.25, 0.09, 1e-4, 1e-5]]))
    done = kalman_filter(WEEKS.structure, numbers, data)
    for cut in (30, 60, 119):
        alone = SeriesData(data.values[:cut], np.array([0, cut]), np.zeros((cut, 0)))
        ended = kalman_filter(WEEKS.structure, numbers, alone)
        z = np.zeros(14)
        np.add.at(z, np.array(WEEKS.structure.design_state), WEEKS.structure.design)
        assert z @ ended.end_mean[0] == pytest.approx(done.mean[cut], rel=1e-8)
        spread = z @ ended.end_cov[0] @ z + 0.25
        assert spread == pytest.approx(done.variance[cut], rel=1e-5)
        steps = done.steps[:cut]
        assert ended.log_likelihood[0] == pytest.approx(np.nansum(steps), rel=1e-5)


def test_the_slope_of_a_slow_start_equals_finite_differences() -> None:
    model = StateSpace(DampedTrend(), TrigonometricSeason(52, 6)).assembled(0)
    place, data = np.array([[0.25, 0.09, 1e-2, 0.9, 1e-3]]), weeks(80)
    numbers = model.numbers(place)
    _, slopes = kalman_score(model.structure, numbers, data)
    moved = model.structure.transition.index((1, 1))  # the damping
    for name, at in (("noise", 0), ("shock", 0), ("shock", 1), ("transition", moved)):
        sides = []
        for step in (1e-6, -1e-6):
            other = getattr(numbers, name).copy()
            other.reshape(-1)[at] += step
            there = numbers._replace(**{name: other})
            sides.append(kalman_filter(model.structure, there, data).log_likelihood[0])
        found = getattr(slopes, name).reshape(-1)[at]
        assert found == pytest.approx((sides[0] - sides[1]) / 2e-6, rel=1e-4, abs=1e-4)


def test_only_slow_series_take_the_longer_way() -> None:
    numbers, data = WEEKS.numbers(np.array([[1.0, 1, 1, 1]])), weeks()
    assert _slow_start.slow_rows(WEEKS.structure, numbers, data).tolist() == [0]
    months = StateSpace(DampedTrend(), TrigonometricSeason(12)).assembled(0)
    numbers = months.numbers(np.array([[1.0, 1, 1, 0.9, 1]]))
    assert not len(_slow_start.slow_rows(months.structure, numbers, data))
    assert not len(_slow_start.slow_rows(MIXED, *drawn(40)))
