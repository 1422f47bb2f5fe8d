"""The noisy sine: what theory says must come out of it, whatever the seed."""

from pathlib import Path

import jax
import numpy as np
import pytest

from stepahead.data import noisy_sine
from stepahead.evaluation import error_law
from stepahead.experiments.sines import _noisy_sine as sine
from stepahead.ops import least_squares


@pytest.fixture(scope="module")
def x() -> np.ndarray:
    return noisy_sine(sine.STEPS, key=jax.random.key(100))[0]


@pytest.fixture(scope="module")
def linear(x: np.ndarray) -> sine.Fitted:
    return sine.judged(sine.linear(x), x, [])


@pytest.fixture(scope="module")
def mlp(x: np.ndarray) -> sine.Fitted:
    return sine.judged(*sine.mlp(x, jax.random.key(1), jax.random.key(2)))


def test_the_linear_floor_is_what_least_squares_reaches_on_many_draws() -> None:
    draws = noisy_sine(sine.STEPS, key=jax.random.key(0), series=200)
    windows = np.lib.stride_tricks.sliding_window_view(draws, sine.LAGS, axis=1)[:, :-1].reshape(
        -1, sine.LAGS
    )
    target = draws[:, sine.LAGS :].reshape(-1, 1)
    weight, bias = least_squares(windows, target)
    reached = np.mean((windows @ weight.T + bias - target) ** 2)
    assert sine.linear_floor() == pytest.approx(reached, abs=5e-4)


def test_more_lags_come_nearer_to_the_sine_and_never_below_its_noise() -> None:
    floors = [sine.linear_floor(lags) for lags in (1, 2, 4, 16, 64)]
    assert floors == sorted(floors, reverse=True)
    assert floors[-1] > sine.SD**2


def test_without_noise_two_lags_are_exact() -> None:
    error, weight = sine.without_noise()
    assert error < 1e-24
    np.testing.assert_allclose(weight, [-1, 2 * np.cos(sine.RATE)], atol=1e-9)


def test_the_linear_recursion_is_the_one_written_by_hand(
    x: np.ndarray, linear: sine.Fitted
) -> None:
    windows = np.lib.stride_tricks.sliding_window_view(x[: sine.LAST_SEEN], sine.LAGS)[:-1]
    weight, bias = least_squares(windows, x[sine.LAGS : sine.LAST_SEEN, None])
    np.testing.assert_allclose(linear.slopes, np.repeat(weight, sine.TRAINED, axis=0), atol=1e-4)
    seen = list(x[: sine.LAST_SEEN])
    for _ in range(sine.STEPS - sine.LAST_SEEN):
        seen.append(float(weight[0] @ seen[-sine.LAGS :] + bias[0]))
    np.testing.assert_allclose(linear.recursion, seen[sine.LAST_SEEN :], atol=1e-3)


def test_the_recursions_settle(linear: sine.Fitted, mlp: sine.Fitted) -> None:
    for fit in (linear, mlp):
        early, late = np.ptp(fit.recursion[:100]), np.ptp(fit.recursion[-100:])
        assert late < early / 3
        assert late < 0.05


def test_the_mlp_learns_about_what_a_linear_map_can(mlp: sine.Fitted) -> None:
    assert len(mlp.losses) == 5
    assert mlp.losses[-1] < mlp.losses[0]
    assert 0.9 * sine.SD**2 < mlp.losses[-1] < 0.0641


def test_the_errors_fit_together(x: np.ndarray, mlp: sine.Fitted) -> None:
    assert mlp.predicted.shape == (933, 64)
    assert mlp.one_step.shape == (996,)
    np.testing.assert_allclose(mlp.one_step[:933], mlp.predicted[:, 0], atol=1e-5)
    assert mlp.one_step_mse[0] == pytest.approx(mlp.losses[-1], rel=1e-4)
    for k in (1, 64):
        error = (mlp.predicted[:, k - 1] - x[sine.LAGS + k - 1 :][:933]) ** 2
        inside = sine.LAST_SEEN - sine.LAGS - k + 1
        np.testing.assert_allclose(
            mlp.errors[:, k - 1],
            [error.mean(), error[:inside].mean(), error[inside:].mean()],
            rtol=1e-6,
        )


def test_nothing_after_604_reaches_the_recursion(x: np.ndarray) -> None:
    changed = np.where(np.arange(len(x)) < sine.LAST_SEEN, x, 7.0)
    for fitted in (sine.linear, lambda x: sine.mlp(x, jax.random.key(1), jax.random.key(2))[0]):
        one, other = (sine.judged(fitted(values), values, []).recursion for values in (x, changed))
        np.testing.assert_array_equal(one, other)


def test_the_three_laws_agree_where_only_the_last_value_counts(linear: sine.Fitted) -> None:
    phi = 0.9
    fit = linear._replace(slopes=np.tile([0, 0, 0, phi], (10, 1)))
    expected = error_law(float(linear.errors[0, 0]), phi**2, sine.FARTHEST)
    for law in sine.laws(fit).values():
        np.testing.assert_allclose(law, expected, rtol=1e-9)


def test_the_law_of_all_slopes_holds_where_the_data_are_that_autoregression() -> None:
    fit_on = sine.linear(noisy_sine(sine.STEPS, key=jax.random.key(3))[0])
    weight, bias = np.asarray(fit_on.body.weight, np.float64)[0], float(fit_on.body.bias[0])
    rng = np.random.default_rng(0)
    start = np.tile(rng.normal(size=sine.LAGS), (40_000, 1))
    paths = np.concatenate([start, np.zeros((len(start), 16))], axis=1)
    clean = paths.copy()
    for t in range(sine.LAGS, paths.shape[1]):
        paths[:, t] = (
            paths[:, t - sine.LAGS : t] @ weight + bias + rng.normal(scale=0.3, size=len(paths))
        )
        clean[:, t] = clean[:, t - sine.LAGS : t] @ weight + bias
    measured = ((paths - clean)[:, sine.LAGS :] ** 2).mean(0)
    fit = sine.Fitted(
        *[np.zeros(1)] * 3,
        np.zeros((1, 1)),
        np.full((3, 64), 0.09),
        np.zeros(1),
        np.tile(weight, (5, 1)),
    )
    np.testing.assert_allclose(sine.laws(fit)["law, all four slopes"][:16], measured, rtol=0.05)


def test_the_whole_of_it_writes_its_pictures_and_prints_the_book_beside(tmp_path: Path) -> None:
    heard: list[str] = []
    result = sine.run(tmp_path, None, heard.append, True)
    assert len(heard) == 2
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in result.files}
    assert "0.0641 PyTorch" in str(result)
    header, *lines = (tmp_path / "sequence-models-by-k.csv").read_text().splitlines()
    assert header.startswith("k,linear AR(4) all,") and len(lines) == 64
