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

from stepahead import native
from stepahead.native._kernels import kernels
from stepahead.native._library import CHOICE, SETS

pytestmark = pytest.mark.skipif(not native.available(), reason=native.reason())

GATES = {"elman_tanh": 1, "elman_relu": 1, "lstm": 4, "gru": 3}


def sigma(x):
    return 1 / (1 + np.exp(-x))


def forward(cell, w, u, b, extra, x, state):
    """One step for a batch: the new state and what the backward step needs."""
    h = state[0]
    if cell == "gru":
        width = h.shape[1]
        a, q = x @ w.T + b, h @ u.T
        r, z = (
            sigma(a[:, :width] + q[:, :width]),
            sigma(a[:, width : 2 * width] + q[:, width : 2 * width]),
        )
        inner = q[:, 2 * width :] + extra
        n = np.tanh(a[:, 2 * width :] + r * inner)
        return ((1 - z) * n + z * h,), (r, z, n, inner)
    a = x @ w.T + h @ u.T + b
    if cell == "lstm":
        i, f, g, o = np.split(a, 4, axis=1)
        i, f, g, o = sigma(i), sigma(f), np.tanh(g), sigma(o)
        c = f * state[1] + i * g
        return (o * np.tanh(c), c), (i, f, g, o, c)
    h = np.tanh(a) if cell == "elman_tanh" else np.maximum(a, 0)
    return (h,), (h,)


def backward(cell, w, u, state, kept, slopes):
    """Gradients of one step: of the two pre-activations, W x + b and U h + b_n, and of the state
    before."""
    dh = slopes[0]
    if cell == "gru":
        r, z, n, inner = kept
        dn = dh * (1 - z) * (1 - n * n)
        dr, dz = dn * inner * r * (1 - r), dh * (state[0] - n) * z * (1 - z)
        da, dq = np.hstack([dr, dz, dn]), np.hstack([dr, dz, dn * r])
        return da, dq, (dq @ u + dh * z,)
    if cell == "lstm":
        i, f, g, o, c = kept
        dc = slopes[1] + dh * o * (1 - np.tanh(c) ** 2)
        da = np.hstack(
            [
                dc * g * i * (1 - i),
                dc * state[1] * f * (1 - f),
                dc * i * (1 - g * g),
                dh * np.tanh(c) * o * (1 - o),
            ]
        )
        return da, da, (da @ u, dc * f)
    da = dh * ((1 - kept[0] ** 2) if cell == "elman_tanh" else (kept[0] > 0))
    return da, da, (da @ u,)


def oracle(cell, reverse, layer, slopes):
    """Outputs, last state and all gradients of one member, in float64, by a loop over time."""
    x, w, u, b, extra, h, c = (np.asarray(a[0], np.float64) for a in layer[:7])
    lengths = np.asarray(layer.lengths[0])
    d_outputs, *d_state = (np.asarray(a[0], np.float64) for a in slopes)
    batch, time, _ = x.shape
    state = (h, c) if cell == "lstm" else (h,)
    d_state = tuple(d_state[: len(state)])
    outputs, tape = np.zeros((batch, time, h.shape[1])), []
    for t in reversed(range(time)) if reverse else range(time):
        alive = (t < lengths)[:, None]
        new, kept = forward(cell, w, u, b, extra, x[:, t], state)
        tape.append((t, alive, state, kept))
        outputs[:, t] = np.where(alive, new[0], 0)
        state = tuple(np.where(alive, n, s) for n, s in zip(new, state, strict=True))
    last = state
    dx, dw, du, db, d_extra = (
        np.zeros_like(x),
        np.zeros_like(w),
        np.zeros_like(u),
        np.zeros_like(b),
        np.zeros_like(extra),
    )
    for t, alive, before, kept in reversed(tape):
        inner = (d_state[0] + d_outputs[:, t], *d_state[1:])
        da, dq, d_before = backward(cell, w, u, before, kept, inner)
        da, dq = np.where(alive, da, 0), np.where(alive, dq, 0)
        d_state = tuple(np.where(alive, n, s) for n, s in zip(d_before, d_state, strict=True))
        dx[:, t] = da @ w
        dw, du, db = dw + da.T @ x[:, t], du + dq.T @ before[0], db + da.sum(0)
        if cell == "gru":
            d_extra = d_extra + dq[:, -h.shape[1] :].sum(0)
    return (outputs, *last), (dx, dw, du, db, d_extra, *d_state)


def drawn(cell, members, batch, time, channels, hidden, seed, ragged=False):
    """A layer whose state neither dies out nor explodes, and the gradients that come from above."""
    draw = np.random.default_rng(seed)

    def normal(*shape, scale=1.0):
        return draw.normal(0, scale, shape).astype(np.float32)

    rows, is_lstm = GATES[cell] * hidden, cell == "lstm"
    layer = native.Layer(
        inputs=normal(members, batch, time, channels),
        input_weights=normal(members, rows, channels, scale=(1 + channels) ** -0.5),
        recurrent_weights=normal(members, rows, hidden, scale=0.9 * hidden**-0.5),
        bias=normal(members, rows, scale=0.3),
        candidate_bias=normal(members, hidden if cell == "gru" else 0, scale=0.3),
        h=normal(members, batch, hidden),
        c=normal(members, batch, hidden if is_lstm else 0),
        lengths=(
            draw.integers(0, time + 1, (members, batch)).astype(np.int32)
            if ragged
            else np.full((members, batch), time, np.int32)
        ),
    )
    slopes = (
        normal(members, batch, time, hidden),
        normal(members, batch, hidden),
        normal(members, batch, hidden if is_lstm else 0),
    )
    return layer, slopes


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


def test_infinities_and_nan() -> None:
    ends = np.resize(np.array([-np.inf, np.inf, np.nan, 0, -0.0, 1e38, -1e38, 50], np.float32), 16)
    np.testing.assert_array_equal(
        applied("tanh", ends)[:8], np.float32([-1, 1, np.nan, 0, 0, 1, -1, 1])
    )
    np.testing.assert_array_equal(
        applied("sigmoid", ends)[:8], np.float32([0, 1, np.nan, 0.5, 0.5, 1, 0, 1])
    )


@pytest.mark.skipif(CHOICE in os.environ, reason="this is one of the runs")
@pytest.mark.parametrize("name", [name for name in SETS if f"({name})" not in native.reason()])
def test_every_other_set_of_instructions(name) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"),
            *("-rs", "-k", "not oracle", __file__),
            __file__.replace("test_kernels", "test_softmax"),
        ],
        env={**os.environ, CHOICE: name},
        capture_output=True,
        text=True,
        check=False,
    )
    if f"{CHOICE}={name} is not among what this machine can run" in done.stdout:
        pytest.skip(f"this machine does not have {name}")
    assert done.returncode == 0 and " passed" in done.stdout, done.stdout[-4000:]
