"""The filter, the score and the smoother against dense Gaussian algebra: one joint distribution of
all states and values, and no recursion."""

import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from stepahead import inference
from stepahead.models import GaussianBelief, LinearGaussian
from stepahead.native import kalman as native
from stepahead.native._library import CHOICE, SETS
from stepahead.ops.kalman import (
    Parameters,
    SeriesData,
    Structure,
    kalman_filter,
    kalman_score,
    kalman_smooth,
    states_ahead,
    whole_matrices,
)
from stepahead.ops.kalman._by_numpy import solve_by_numpy
from stepahead.ops.kalman._verbs import _shapes, _solve

MIXED = Structure(
    states=5,
    transition=((0, 0), (0, 1), (1, 1), (2, 2), (2, 3), (3, 2), (3, 3), (4, 4)),
    shock=((0, 0), (1, 0), (1, 1), (2, 2), (3, 3)),
    design_state=(0, 2, 3),
    design=(1.0, 1.0, -0.5),
    diffuse=(True, True, False, False, True),
    column_state=(4,),
    design_group=(0, 1, 1),
    column_group=(2,),
    groups=3,
)
"""A trend, a stationary pair with a design of two entries, and the weight of a covariate."""


def drawn(count: int, seed: int = 0, longest: int = 14) -> tuple[Parameters, SeriesData]:
    """Parameters and ragged series with gaps; the covariate of some begins with zeros, so that its
    weight stays unknown for a while."""
    draws = np.random.default_rng(seed)
    lengths = draws.integers(2, longest, count)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    values = draws.normal(size=offsets[-1]) * 3
    values[draws.random(len(values)) < 0.2] = np.nan
    covariates = draws.normal(size=(len(values), 1))
    for first in offsets[:-1:2]:
        covariates[first : first + 5] = 0
    root = draws.normal(size=(count, 2, 2))
    block = root @ np.swapaxes(root, 1, 2) + 0.1 * np.eye(2)
    shock = np.column_stack(
        [block[:, 0, 0], block[:, 1, 0], block[:, 1, 1], draws.uniform(0.1, 1, (count, 2))]
    )
    transition = np.tile([1.0, 1.0, 0.9, 0.6, 0.3, -0.3, 0.6, 1.0], (count, 1))
    transition *= draws.uniform(0.9, 1.05, transition.shape)
    start = np.zeros((count, 5, 5))
    start[:, 2:4, 2:4] = [[1.3, 0.4], [0.4, 0.8]]
    mean = np.zeros((count, 5))
    mean[:, 2:4] = draws.normal(size=(count, 2))
    return (
        Parameters(transition, shock, draws.uniform(0.2, 2, count), mean, start),
        SeriesData(values, offsets, covariates),
    )


def dense(numbers: Parameters, data: SeriesData, one: int) -> dict[str, np.ndarray]:
    """All that is asked of series `one`, from the joint distribution of its states and values with
    an unknown start δ: α = A δ + u, y = Z α + ε."""
    transition, shock = (each[one] for each in whole_matrices(MIXED, numbers))
    rows = slice(*data.offsets[one : one + 2])
    values, length = data.values[rows], data.lengths[one]
    m = MIXED.states
    moved = [np.eye(m)]
    for _ in range(length):
        moved.append(transition @ moved[-1])
    cov = np.zeros((length, m, length, m))
    mean = np.zeros((length, m))
    for t in range(length):
        mean[t] = moved[t] @ numbers.start_mean[one]
        for s in range(length):
            cov[t, :, s] = moved[t] @ numbers.start_cov[one] @ moved[s].T
            for k in range(min(s, t)):
                cov[t, :, s] += moved[t - 1 - k] @ shock @ moved[s - 1 - k].T
    z = np.zeros((length, length, m))
    for t in range(length):
        z[t, t, 0], z[t, t, 2], z[t, t, 3] = 1, 1, -0.5
        z[t, t, 4] = data.covariates[rows][t, 0]
    z = z.reshape(length, -1)[~np.isnan(values)]
    unknown = np.stack(moved[:length]).reshape(-1, m)[:, np.array(MIXED.diffuse)]
    cov = cov.reshape(length * m, length * m)
    y = values[~np.isnan(values)] - z @ mean.ravel()
    x, sigma = z @ unknown, z @ cov @ z.T + numbers.noise[one] * np.eye(len(y))
    inverse = np.linalg.inv(sigma)
    information = x.T @ inverse @ x
    start = np.linalg.solve(information, x.T @ inverse @ y)
    rest = y - x @ start
    value = -0.5 * (
        len(y) * np.log(2 * np.pi)
        + np.linalg.slogdet(sigma)[1]
        + np.linalg.slogdet(information)[1]
        + rest @ inverse @ rest
    )
    gain = cov @ z.T @ inverse
    left = unknown - gain @ x
    smooth = mean.ravel() + unknown @ start + gain @ rest
    smooth_cov = cov - gain @ z @ cov + left @ np.linalg.solve(information, left.T)
    error = inverse @ rest
    error_cov = inverse - inverse @ x @ np.linalg.solve(information, x.T @ inverse)
    return {
        "log_likelihood": value,
        "smooth_mean": smooth.reshape(length, m),
        "smooth_cov": np.stack(
            [smooth_cov.reshape(length, m, length, m)[t, :, t] for t in range(length)]
        ),
        "error": error,
        "error_variance": np.diag(error_cov),
    }


def known(numbers: Parameters, data: SeriesData) -> list[int]:
    """Series that tell their start: those whose end is known."""
    done = kalman_filter(MIXED, numbers, data)
    return [k for k in range(len(data.offsets) - 1) if not done.end_diffuse[k].any()]


def results(numbers: Parameters, data: SeriesData, numpy: bool) -> dict[str, np.ndarray]:
    shapes = _shapes(MIXED, len(data.offsets) - 1, len(data.values))
    if not numpy:
        return _solve(MIXED, numbers, data, tuple(shapes))
    found = {name: np.zeros(shape) for name, shape in shapes.items()}
    solve_by_numpy(MIXED, numbers, data, found)
    return found


NATIVE = pytest.param(
    False, marks=pytest.mark.skipif(not native.available(), reason=native.reason()), id="native"
)
PATHS = [NATIVE, pytest.param(True, id="numpy")]


@pytest.mark.parametrize("numpy", PATHS)
def test_likelihood_and_smoother_equal_dense_algebra(numpy: bool) -> None:
    numbers, data = drawn(40)
    found, judged = results(numbers, data, numpy), known(*drawn(40))
    assert 10 < len(judged) < 40  # some never tell their start
    for one in judged:
        wanted, rows = dense(numbers, data, one), slice(*data.offsets[one : one + 2])
        seen = ~np.isnan(data.values[rows])
        close = {"rtol": 1e-6, "atol": 1e-6}
        np.testing.assert_allclose(
            found["log_likelihood"][one], wanted["log_likelihood"], rtol=1e-10, atol=1e-10
        )
        np.testing.assert_allclose(found["smooth_mean"][rows], wanted["smooth_mean"], **close)
        np.testing.assert_allclose(found["smooth_cov"][rows], wanted["smooth_cov"], **close)
        np.testing.assert_allclose(found["smooth_error"][rows][seen], wanted["error"], **close)
        np.testing.assert_allclose(
            found["error_variance"][rows][seen], wanted["error_variance"], **close
        )
        assert not found["smooth_error"][rows][~seen].any()


def test_the_groups_of_the_signal_are_read_off_the_smoothed_states() -> None:
    numbers, data = drawn(40)
    found = results(numbers, data, False)
    for one in known(numbers, data):
        rows = slice(*data.offsets[one : one + 2])
        x = data.covariates[rows, 0]
        zero = np.zeros_like(x)
        weights = [
            np.stack(each, axis=1)
            for each in (
                (zero + 1, zero, zero, zero, zero),
                (zero, zero, zero + 1, zero - 0.5, zero),
                (zero, zero, zero, zero, x),
            )
        ]
        for group, w in enumerate([*weights, sum(weights)]):
            mean = (w * found["smooth_mean"][rows]).sum(axis=1)
            variance = np.einsum("ti,tij,tj->t", w, found["smooth_cov"][rows], w)
            np.testing.assert_allclose(
                found["signal_mean"][rows, group], mean, rtol=1e-9, atol=1e-9
            )
            np.testing.assert_allclose(
                found["signal_variance"][rows, group], variance, rtol=1e-7, atol=1e-7
            )


@pytest.mark.parametrize("numpy", PATHS)
def test_the_score_equals_finite_differences(numpy: bool) -> None:
    numbers, data = drawn(24, seed=1)
    judged = known(numbers, data)
    found = results(numbers, data, numpy)

    def slope(changed: str, place: tuple[int, ...], mirror: tuple[int, ...] = ()) -> np.ndarray:
        sides = []
        for step in (1e-5, -1e-5):
            moved = getattr(numbers, changed).copy()
            moved[(slice(None), *place)] += step
            if mirror:
                moved[(slice(None), *mirror)] += step
            other = numbers._replace(**{changed: moved})
            sides.append(kalman_filter(MIXED, other, data).log_likelihood)
        return ((sides[0] - sides[1]) / 2e-5)[judged]

    close = {"rtol": 2e-6, "atol": 2e-6}
    for entry in range(8):
        np.testing.assert_allclose(
            found["d_transition"][judged, entry], slope("transition", (entry,)), **close
        )
    for entry in range(5):
        np.testing.assert_allclose(
            found["d_shock"][judged, entry], slope("shock", (entry,)), **close
        )
    np.testing.assert_allclose(found["d_noise"][judged], slope("noise", ()), **close)
    start = found["d_start_cov"][judged]
    np.testing.assert_allclose(start[:, 2, 2], slope("start_cov", (2, 2)), **close)
    np.testing.assert_allclose(2 * start[:, 3, 2], slope("start_cov", (3, 2), (2, 3)), **close)


@pytest.mark.skipif(not native.available(), reason=native.reason())
def test_compiled_and_numpy_give_the_same_numbers() -> None:
    numbers, data = drawn(21, seed=2)
    one, other = results(numbers, data, False), results(numbers, data, True)
    assert len(one) == 19
    for name, found in one.items():
        np.testing.assert_allclose(found, other[name], rtol=1e-7, atol=1e-7, err_msg=name)


def test_a_ragged_batch_equals_its_series_one_by_one_to_the_bit() -> None:
    numbers, data = drawn(21, seed=3)
    together = kalman_filter(MIXED, numbers, data)
    smooth, (value, slopes) = (
        kalman_smooth(MIXED, numbers, data),
        kalman_score(MIXED, numbers, data),
    )
    for one in range(21):
        chosen, rows = np.array([one]), slice(*data.offsets[one : one + 2])
        alone = numbers.take(chosen), data.take(chosen)
        assert kalman_filter(MIXED, *alone).end_cov.tobytes() == together.end_cov[one].tobytes()
        apart = kalman_smooth(MIXED, *alone)
        assert apart.signal_variance.tobytes() == smooth.signal_variance[rows].tobytes()
        likely, slope = kalman_score(MIXED, *alone)
        assert likely[0] == value[one]
        assert slope.transition.tobytes() == slopes.transition[one].tobytes()


def test_what_was_filtered_in_two_halves_equals_the_whole() -> None:
    numbers, data = drawn(30, seed=4, longest=30)
    judged = [k for k in known(numbers, data) if data.lengths[k] > 20]
    half = 15
    numbers, data = numbers.take(np.array(judged)), data.take(np.array(judged))
    first = [slice(at, at + half) for at in data.offsets[:-1]]
    second = [
        slice(at + half, end) for at, end in zip(data.offsets[:-1], data.offsets[1:], strict=True)
    ]

    def cut(parts: list[slice]) -> SeriesData:
        offsets = np.concatenate([[0], np.cumsum([each.stop - each.start for each in parts])])
        return SeriesData(
            np.concatenate([data.values[each] for each in parts]),
            offsets,
            np.concatenate([data.covariates[each] for each in parts]),
        )

    begun = kalman_filter(MIXED, numbers, cut(first))
    assert not begun.end_diffuse.any()
    informed = Structure(**{**MIXED.__dict__, "diffuse": (False,) * 5})
    carried = numbers._replace(start_mean=begun.end_mean, start_cov=begun.end_cov)
    ended = kalman_filter(informed, carried, cut(second))
    whole = kalman_filter(MIXED, numbers, data)
    np.testing.assert_allclose(ended.end_mean, whole.end_mean, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(
        begun.log_likelihood + ended.log_likelihood, whole.log_likelihood, rtol=1e-10
    )


def test_looking_ahead_equals_missing_values_at_the_end() -> None:
    numbers, data = drawn(30, seed=5)
    chosen = np.array(known(numbers, data))
    numbers, data = numbers.take(chosen), data.take(chosen)
    future = np.random.default_rng(0).normal(size=(len(chosen), 4, 1))
    ahead = states_ahead(MIXED, numbers, kalman_filter(MIXED, numbers, data), 4, future)
    values, covariates = [], []
    for one in range(len(chosen)):
        rows = slice(*data.offsets[one : one + 2])
        values.append(np.concatenate([data.values[rows], np.full(4, np.nan)]))
        covariates.append(np.concatenate([data.covariates[rows], future[one]]))
    offsets = data.offsets + 4 * np.arange(len(data.offsets))
    longer = SeriesData(np.concatenate(values), offsets, np.concatenate(covariates))
    done = kalman_filter(MIXED, numbers, longer)
    last = offsets[1:, None] - 4 + np.arange(4)
    np.testing.assert_allclose(ahead.mean, done.mean[last], rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(
        ahead.variance, done.variance[last] - numbers.noise[:, None], rtol=1e-9, atol=1e-9
    )


def test_the_verbs_of_inference_give_the_same_step_by_step() -> None:
    """Filter, look back after Rauch, Tung & Striebel, and go on, against the kernel."""
    plain = Structure(
        states=4,
        transition=((0, 0), (0, 1), (1, 1), (2, 2), (2, 3), (3, 2), (3, 3)),
        shock=((0, 0), (1, 0), (1, 1), (2, 2), (3, 3)),
        design_state=(0, 2, 3),
        design=(1.0, 1.0, -0.5),
        diffuse=(True, True, False, False),
        groups=0,
    )
    numbers = drawn(6)[0]
    numbers = Parameters(
        numbers.transition[:, :7],
        numbers.shock,
        numbers.noise,
        numbers.start_mean[:, :4],
        numbers.start_cov[:, :4, :4],
    )
    values = np.random.default_rng(1).normal(size=(6, 12)) * 3
    values[0, :3] = values[1, 5] = values[2, 1:9] = np.nan
    data = SeriesData(values.ravel(), 12 * np.arange(7), np.zeros((72, 0)))
    model = LinearGaussian(plain, numbers)
    found, wanted = inference.filter(model, values), kalman_filter(plain, numbers, data)
    close = {"rtol": 1e-7, "atol": 1e-7}
    np.testing.assert_allclose(
        found.log_likelihood.sum(axis=1), wanted.log_likelihood, rtol=1e-9, atol=1e-9
    )
    np.testing.assert_allclose(found.ahead.cov, wanted.end_cov, **close)
    back, smooth = inference.smooth(model, values).belief, kalman_smooth(plain, numbers, data)
    np.testing.assert_allclose(back.mean.reshape(72, 4), smooth.mean, **close)
    z = np.array([1.0, 0.0, 1.0, -0.5])
    variance = np.einsum("i,btij,j->bt", z, back.cov, z)
    np.testing.assert_allclose(variance.ravel(), smooth.signal_variance[:, -1], **close)
    last = GaussianBelief(*(each[:, -1] for each in found.after))
    ahead = inference.propagate(model, last, 3, model.expect)
    told = states_ahead(plain, numbers, wanted, 3, np.zeros((6, 3, 0)))
    np.testing.assert_allclose(ahead.mean, told.mean, **close)
    np.testing.assert_allclose(ahead.variance, told.variance + numbers.noise[:, None], **close)


def test_a_value_that_cannot_be_is_impossible_and_one_that_must_be_is_free() -> None:
    level = Structure(1, ((0, 0),), ((0, 0),), (0,), (1.0,), (True,))
    still = Parameters(
        np.ones((2, 1)), np.zeros((2, 1)), np.zeros(2), np.zeros((2, 1)), np.zeros((2, 1, 1))
    )
    data = SeriesData(np.array([0.1, 0.1, 0.1, 0.2]), np.array([0, 2, 4]), np.zeros((4, 0)))
    done = kalman_filter(level, still, data)
    assert np.isfinite(done.log_likelihood[0]) and done.log_likelihood[1] == -np.inf


ALONE = """
import json, sys
import numpy as np
from stepahead.native import kalman
found = []
for threads in (1, 2, 5) if kalman.available() else ():
    draws = np.random.default_rng(0)
    offsets = np.concatenate([[0], np.cumsum(draws.integers(3, 40, 50))])
    names = ("transition", "shock", "noise", "start_mean", "start_cov")
    shapes = ((50, 1), (50, 1), 50, (50, 1), (50, 1, 1))
    arrays = {name: np.ones(shape) for name, shape in zip(names, shapes)}
    arrays["values"] = draws.normal(size=offsets[-1])
    arrays["offsets"], arrays["covariates"] = offsets, np.zeros((offsets[-1], 0))
    rows = ("transition_row", "transition_column", "shock_row", "shock_column")
    for name in (*rows, "design_state", "design_group"):
        arrays[name] = np.zeros(1)
    for name in ("column_state", "column_group"):
        arrays[name] = np.zeros(0)
    arrays["diffuse"] = arrays["design"] = np.ones(1)
    results = {"log_likelihood": np.zeros(50), "d_shock": np.zeros((50, 1))}
    sizes = dict(zip(kalman.SIZES, (50, 1, 1, 1, 1, 0, 1, 1, threads)))
    kalman.solve(sizes, arrays, results)
    found.append(np.concatenate([each.ravel() for each in results.values()]).tolist())
print(json.dumps([kalman.reason(), found, "jax" in sys.modules]))
"""
"""Fifty levels with the kernel alone, by one, two and five threads."""


def alone(**environment: str) -> list[Any]:
    kept = {key: each for key, each in os.environ.items() if key != CHOICE}
    done = subprocess.run(
        [sys.executable, "-c", ALONE],
        capture_output=True,
        text=True,
        check=False,
        env={**kept, **environment},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(not native.available(), reason=native.reason())
def test_the_kernel_needs_no_jax_and_gives_the_same_bits_for_any_number_of_threads() -> None:
    (_, usual, jax), sets = alone(), [alone(**{CHOICE: name}) for name in SETS]
    assert usual[0] == usual[1] == usual[2] and any(usual[0]) and not jax
    for name, (said, found, _) in zip(SETS, sets, strict=True):
        assert f"({name})" in said or f"{CHOICE}={name} is not among" in said
        for each in found:
            np.testing.assert_allclose(each, usual[0], rtol=1e-10, atol=1e-10)


def test_without_the_kernel_it_is_said_why() -> None:
    assert "switched off by STEPAHEAD_KERNELS=none; NumPy" in alone(**{CHOICE: "none"})[0]
    if native.available():
        assert (
            "STEPAHEAD_KERNELS=mmx is not among what this machine can run"
            in alone(**{CHOICE: "mmx"})[0]
        )
