"""The compiled kernels against NumPy in float64, equation by equation, forward and backward.

The kernels are called without `jit`, so that a hundred drawn shapes need no compilation. The whole
file runs again for every set of instructions that this machine has; see
`test_every_other_set_of_instructions`.
"""

import os
import subprocess
import sys
from ctypes import POINTER, c_float, c_int64

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recurrence_oracle import GATES, drawn, oracle, sigma

from stepahead import native
from stepahead.native._kernels import kernels
from stepahead.native._library import CHOICE, SETS

pytestmark = pytest.mark.skipif(not native.available(), reason=native.reason())


def run(cell, reverse, layer, slopes):
    layer, slopes = jax.device_put(
        (layer, slopes)
    )  # `jnp.asarray` would compile a program for every shape
    results = native.forward(cell, reverse, True, layer)
    return results[:3], native.backward(cell, reverse, layer, results, slopes)


def assert_near(got, want, at_most=1e-5):
    """The difference of two arrays, as vectors, is small beside the second."""
    got, want = np.asarray(got, np.float64), np.asarray(want)
    assert got.shape == want.shape
    assert np.linalg.norm(got - want) <= at_most * np.linalg.norm(want) + 1e-12


def assert_exact(cell, reverse, layer, slopes):
    results, gradients = run(cell, reverse, layer, slopes)
    expected, expected_gradients = oracle(cell, reverse, layer, slopes)
    for got, want in zip(results, expected, strict=False):
        assert_near(got[0], want)
    for name, got, want in zip(
        layer._fields,
        gradients,
        (*expected_gradients, np.zeros((len(layer.h[0]), 0))),
        strict=False,
    ):
        assert name and got.shape[1:] == want.shape
        assert_near(got[0], want)


@pytest.mark.parametrize("cell", GATES)
@settings(max_examples=3 if CHOICE in os.environ else 10)
@given(
    batch=st.integers(1, 40),
    time=st.integers(1, 23),
    channels=st.integers(1, 19),
    hidden=st.integers(1, 37),
    reverse=st.booleans(),
    ragged=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_kernels_equal_the_equations(
    cell, batch, time, channels, hidden, reverse, ragged, seed
) -> None:
    assert_exact(cell, reverse, *drawn(cell, 1, batch, time, channels, hidden, seed, ragged))


@pytest.mark.parametrize("cell", GATES)
@pytest.mark.parametrize(
    ("batch", "time", "channels", "hidden"),
    [
        (1, 1, 1, 1),
        (32, 50, 1, 20),
        (70, 9, 3, 129),
        (33, 4, 130, 150),
        (300, 7, 2, 16),
        (2, 7, 1, 512),
    ],
)
def test_kernels_equal_the_equations_at_chosen_sizes(cell, batch, time, channels, hidden) -> None:
    assert_exact(cell, False, *drawn(cell, 1, batch, time, channels, hidden, seed=1))


@pytest.mark.parametrize("cell", GATES)
def test_the_oracle_agrees_with_finite_differences(cell) -> None:
    layer, slopes = drawn(cell, 1, batch=2, time=3, channels=2, hidden=2, seed=5, ragged=True)
    layer = native.Layer(*(np.asarray(a, np.float64) for a in layer[:7]), layer.lengths)

    def value(layer):
        return sum(
            (result * np.asarray(slope[0], np.float64)).sum()
            for result, slope in zip(oracle(cell, True, layer, slopes)[0], slopes, strict=False)
        )

    gradients = oracle(cell, True, layer, slopes)[1]
    for field, gradient in zip(layer._fields, gradients, strict=False):
        array = getattr(layer, field)
        for at in np.ndindex(array.shape[1:]):
            up, down = array.copy(), array.copy()
            up[0][at] += 1e-6
            down[0][at] -= 1e-6
            slope = (
                value(layer._replace(**{field: up})) - value(layer._replace(**{field: down}))
            ) / 2e-6
            np.testing.assert_allclose(gradient[at], slope, rtol=1e-6, atol=1e-8)


def test_members_are_layers_of_their_own() -> None:
    layer, slopes = drawn("gru", 3, batch=5, time=4, channels=2, hidden=6, seed=2, ragged=True)
    results, gradients = run("gru", False, layer, slopes)
    for m in range(3):
        alone = run(
            "gru",
            False,
            native.Layer(*(a[m : m + 1] for a in layer)),
            tuple(s[m : m + 1] for s in slopes),
        )
        for got, want in zip((*results, *gradients), (*alone[0], *alone[1]), strict=True):
            np.testing.assert_array_equal(got[m], want[0])


@pytest.mark.parametrize(("batch", "time"), [(0, 4), (3, 0)])
def test_an_empty_batch_and_an_empty_time_give_zeros(batch, time) -> None:
    layer, slopes = drawn("lstm", 1, batch, time, channels=2, hidden=3, seed=0)
    results, gradients = run("lstm", False, layer, slopes)
    assert results[0].shape == (1, batch, time, 3)
    np.testing.assert_array_equal(results[1], layer.h)
    assert not np.asarray(gradients[1]).any() and not np.asarray(gradients[3]).any()
    np.testing.assert_array_equal(gradients[5], slopes[1])


def test_garbage_in_the_padding_goes_nowhere() -> None:
    layer, slopes = drawn("lstm", 1, batch=3, time=5, channels=2, hidden=4, seed=3)
    layer = layer._replace(lengths=np.array([[5, 2, 0]], np.int32))
    spoilt = layer.inputs.copy()
    spoilt[0, 1, 2:] = np.nan
    spoilt[0, 2] = np.inf
    for got, want in zip(
        sum(run("lstm", False, layer._replace(inputs=spoilt), slopes), ()),
        sum(run("lstm", False, layer, slopes), ()),
        strict=True,
    ):
        np.testing.assert_array_equal(got, want)


EVERY_KIND_OF_FLOAT = np.concatenate(
    [
        np.linspace(-30, 30, 2**18),
        np.logspace(-44, 38, 2**16),
        -np.logspace(-44, 38, 2**16),
        np.random.default_rng(0).normal(0, 2, 2**18),
    ]
).astype(np.float32)


def applied(name, x):
    x = np.ascontiguousarray(x, np.float32)
    y = np.empty_like(x)
    getattr(kernels().library, f"stepahead_{name}")(
        x.ctypes.data_as(POINTER(c_float)), y.ctypes.data_as(POINTER(c_float)), c_int64(len(x))
    )
    return y


def test_tanh_is_within_its_bound() -> None:
    x = EVERY_KIND_OF_FLOAT
    y, exact = applied("tanh", x), np.tanh(x.astype(np.float64))
    normal = np.abs(x) >= 1e-35
    assert np.max(np.abs(y - exact)[normal] / np.abs(exact)[normal]) < 5e-7
    assert np.max(np.abs(y - exact)[~normal]) < 1e-41
    assert np.max(np.abs(y)) <= 1


def test_sigmoid_is_within_its_bound() -> None:
    x = EVERY_KIND_OF_FLOAT
    y, exact = applied("sigmoid", x), sigma(np.clip(x.astype(np.float64), -700, None))
    assert np.max(np.abs(y - exact)) < 2e-7
    assert np.min(y) >= 0 and np.max(y) <= 1


def test_exp_of_negative_is_within_its_bound() -> None:
    x = -np.abs(EVERY_KIND_OF_FLOAT)
    y, exact = applied("exp_of_negative", x), np.exp(np.maximum(x, -87).astype(np.float64))
    assert np.max(np.abs(y / exact - 1)) < 2e-7
    assert np.max(y) <= 1
    assert np.isnan(applied("exp_of_negative", np.full(16, np.nan))).all()


def test_infinities_and_nan() -> None:
    ends = np.resize(np.array([-np.inf, np.inf, np.nan, 0, -0.0, 1e38, -1e38, 50], np.float32), 16)
    np.testing.assert_array_equal(
        applied("tanh", ends)[:8], np.float32([-1, 1, np.nan, 0, 0, 1, -1, 1])
    )
    np.testing.assert_array_equal(
        applied("sigmoid", ends)[:8], np.float32([0, 1, np.nan, 0.5, 0.5, 1, 0, 1])
    )


@pytest.mark.slow
@pytest.mark.skipif(CHOICE in os.environ, reason="this is one of the runs")
@pytest.mark.parametrize("name", [name for name in SETS if f"({name})" not in native.reason()])
def test_every_other_set_of_instructions(name) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"),
            *("-rs", "-k", "not oracle", __file__),
            *(__file__.replace("kernels", other) for other in ("softmax", "unroll", "adam")),
        ],
        env={**os.environ, CHOICE: name},
        capture_output=True,
        text=True,
        check=False,
    )
    if f"{CHOICE}={name} is not among what this machine can run" in done.stdout:
        pytest.skip(f"this machine does not have {name}")
    assert done.returncode == 0 and " passed" in done.stdout, done.stdout[-4000:]
