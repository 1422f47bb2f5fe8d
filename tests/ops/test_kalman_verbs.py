"""A state-space model through the verbs of latent states, and float64 on hard cases."""

import numpy as np
import pytest

import stepahead as sa
from stepahead import inference
from stepahead.data import Panel
from stepahead.models import (
    SARIMA,
    DummySeason,
    LinearGaussian,
    LocalLevel,
    LocalLinearTrend,
    StateSpace,
)
from stepahead.native import kalman as native
from stepahead.ops.kalman import SeriesData, kalman_filter, kalman_smooth
from stepahead.ops.kalman._by_numpy import solve_by_numpy
from stepahead.ops.kalman._verbs import _shapes, _solve

ENDING = StateSpace(LocalLevel(), DummySeason(3), SARIMA((0, 0, 2)), noise=False).assembled(0)
"""Its transition has no inverse: moving averages end."""


def test_a_transition_without_inverse_is_looked_back_through() -> None:
    draws = np.random.default_rng(0)
    values = np.cumsum(draws.normal(size=(2, 20)), axis=1)
    values[0, 7] = np.nan
    numbers = ENDING.numbers(np.array([[0.5, 0.2, 1.0, 0.4, -0.5], [1.0, 0.1, 2.0, -0.3, 0.2]]))
    data = SeriesData(values.ravel(), np.array([0, 20, 40]), np.zeros((40, 0)))
    model, wanted = (
        LinearGaussian(ENDING.structure, numbers),
        kalman_smooth(ENDING.structure, numbers, data),
    )
    told = inference.smooth(model, values).belief
    np.testing.assert_allclose(told.mean.reshape(40, -1), wanted.mean, rtol=1e-6, atol=1e-7)
    best = inference.decode(model, values)
    np.testing.assert_allclose(best.reshape(40, -1), wanted.mean, rtol=1e-12)
    with pytest.raises(sa.Refusal, match="real numbers: its paths cannot be counted"):
        inference.decode(model, values, k=2)


def test_the_most_probable_path_is_more_probable_than_any_near_it() -> None:
    """Values and states together have the density of their errors and shocks."""
    walk = StateSpace(LocalLevel()).assembled(0)
    values = np.random.default_rng(1).normal(size=(1, 9)).cumsum(axis=1)
    best = inference.decode(
        LinearGaussian(walk.structure, walk.numbers(np.array([[2.0, 0.5]]))), values
    )

    def density(path: np.ndarray) -> float:
        error, shock = values[0] - path, np.diff(path)
        return -(error @ error) / (2 * 2.0) - (shock @ shock) / (2 * 0.5)

    path, draws = best[0, :, 0], np.random.default_rng(2)
    moved = [density(path + size * draws.normal(size=9)) for size in (1e-3, 0.1) for _ in range(50)]
    assert max(moved) < density(path)


def test_paths_to_come_have_the_mean_and_the_covariance_of_the_model() -> None:
    values = np.random.default_rng(3).normal(size=80).cumsum() + 50
    done = sa.fit(StateSpace(LocalLevel()), Panel.from_arrays([values[:40], values]), 5)
    drawn = done.sample(5, key=0, count=20_000, series=1)[..., 0]
    ahead = done.predict(levels=80)
    np.testing.assert_allclose(drawn.mean(axis=0), ahead.mean[1, :, 0], atol=0.06)
    ends = np.quantile(drawn, [0.1, 0.9], axis=0).T
    np.testing.assert_allclose(ends, ahead.quantiles[1, :, 0, [0, -1]].T, atol=0.1)
    between = np.cov(drawn[:, 0], drawn[:, 3])[0, 1]
    assert between == pytest.approx(
        done.end[1][1, 0, 0], rel=0.1
    )  # no shock is common but those before
    assert done.sample(5, key=0, count=2).tobytes() == done.sample(5, key=0, count=2).tobytes()
    with pytest.raises(sa.Refusal, match="There is no series number 2; the history holds 2"):
        done.sample(5, key=0, series=2)


HARD = {
    "scales 1e8 apart": ([1e-8, 1e8, 1e-8, 1e-8], 200),
    "nearly no noise": ([1e-14, 1.0, 1e-6, 1e-3], 200),
    "nearly fixed": ([1.0, 1e-12, 1e-14, 1e-12], 200),
    "long": ([1.0, 0.1, 1e-3, 1e-2], 4000),
}


@pytest.mark.parametrize("case", HARD)
def test_float64_keeps_its_digits(case: str) -> None:
    """Likelihood and smoothed signal in units 2²⁰ times as large have the same digits; variances
    are positive; and the likelihood equals that of extended precision."""
    place, count = HARD[case]
    model = StateSpace(LocalLinearTrend(), DummySeason(12)).assembled(0)
    draws = np.random.default_rng(4)
    values = 1e6 + draws.normal(0, np.sqrt(max(place)), count).cumsum()
    data = SeriesData(values, np.array([0, count]), np.zeros((count, 0)))
    numbers = model.numbers(np.array([place]))
    done, told = (each(model.structure, numbers, data) for each in (kalman_filter, kalman_smooth))
    assert (done.variance > 0).all() and (told.signal_variance[:, -1] >= -1e-9 * max(place)).all()
    assert np.linalg.eigvalsh(done.end_cov[0]).min() > -1e-9 * np.abs(done.end_cov).max()
    exact = by_long_double(model, place, values)
    assert done.log_likelihood[0] == pytest.approx(exact, rel=1e-8)


def by_long_double(model, place: list[float], values: np.ndarray) -> float:
    """The diffuse likelihood in extended precision, by the same recursion."""
    from stepahead.ops.kalman import whole_matrices

    numbers, real = model.numbers(np.array([place])), np.longdouble
    transition, shock = (each[0].astype(real) for each in whole_matrices(model.structure, numbers))
    z = np.zeros(model.structure.states, real)
    np.add.at(z, np.array(model.structure.design_state), model.structure.design)
    m = len(z)
    mean, cov, unknown = np.zeros(m, real), np.zeros((m, m), real), np.eye(m, dtype=real)
    total, left = real(0), m
    for y in values.astype(real):
        star, endless = cov @ z, unknown @ z
        variance, first, error = z @ star + real(place[0]), z @ endless, y - z @ mean
        if left:
            gain = endless / first
            mean = mean + gain * error
            mixed = np.outer(star, gain)
            cov = cov - mixed - mixed.T + np.outer(gain, gain) * variance
            unknown, left = unknown - np.outer(endless, gain), left - 1
            unknown = unknown if left else np.zeros((m, m), real)
            total -= np.log(2 * real(np.pi) * first) / 2
        else:
            mean, cov = mean + star * error / variance, cov - np.outer(star, star) / variance
            total -= (np.log(2 * real(np.pi) * variance) + error**2 / variance) / 2
        mean, cov = transition @ mean, transition @ cov @ transition.T + shock
        unknown = transition @ unknown @ transition.T
    return float(total)


@pytest.mark.skipif(not native.available(), reason=native.reason())
def test_several_channels_give_the_same_numbers_compiled_and_in_numpy() -> None:
    """All results of a joint model, with gaps and slopes."""
    model = StateSpace(LocalLinearTrend(), joint=True).jointly(2, 0)
    values = np.random.default_rng(6).normal(size=(60, 2)).cumsum(axis=0)
    values[4:7, 0] = values[9] = np.nan
    data = SeriesData(values.ravel(), np.array([0, 50, 120]), model.designs(np.zeros((60, 0))))
    numbers = model.numbers(model.bounded(model.starts()[[0, 3]] + 0.1))
    shapes = _shapes(model.structure, 2, 120)
    compiled = _solve(model.structure, numbers, data, tuple(shapes))
    plain = {name: np.zeros(shape) for name, shape in shapes.items()}
    solve_by_numpy(model.structure, numbers, data, plain)
    for name, found in compiled.items():
        np.testing.assert_allclose(found, plain[name], rtol=1e-7, atol=1e-7, err_msg=name)
