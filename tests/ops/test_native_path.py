"""The native path under JAX's transformations: the same numbers as the scan path, whatever stands
around it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from stepahead import native
from stepahead._check import Refusal
from stepahead.ops import (
    ELMAN_TANH,
    GRU,
    LSTM,
    NATIVE,
    SCAN,
    SCAN_BY_HAND,
    Gating,
    Weights,
    best_path,
    recurrence,
)

pytestmark = pytest.mark.skipif(not native.available(), reason=native.reason())


def drawn(
    cell: Gating, batch: int, time: int, channels: int, hidden: int, seed: int = 0
) -> tuple[Weights, jax.Array, tuple]:
    draw = np.random.default_rng(seed)

    def normal(*shape: int) -> jax.Array:
        return jnp.asarray(draw.normal(0, 0.4, shape), jnp.float32)

    rows = cell.gates * hidden
    weights = Weights(
        normal(rows, channels),
        normal(rows, hidden),
        normal(rows),
        normal(hidden) if cell is GRU else None,
    )
    return (
        weights,
        normal(batch, time, channels),
        tuple(normal(batch, hidden) for _ in range(cell.states)),
    )


def energy(cell, path, lengths=None):
    def value(weights, inputs, state):
        outputs, final = recurrence(cell, weights, inputs, state, lengths=lengths, path=path)
        return (outputs**2).sum() + sum(jnp.sin(part).sum() for part in final)

    return value


def assert_same(got, want) -> None:
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("cell", [ELMAN_TANH, LSTM, GRU], ids=lambda c: c.name)
def test_gradients_under_jit(cell) -> None:
    arguments, lengths = drawn(cell, 5, 6, 2, 3), jnp.array([6, 1, 0, 4, 2])
    native_slope, scan_slope = (
        jax.jit(jax.grad(energy(cell, path, lengths), (0, 1, 2)))(*arguments)
        for path in (NATIVE, SCAN)
    )
    assert_same(native_slope, scan_slope)


def test_vmap_over_the_batch_with_shared_weights() -> None:
    weights, inputs, state = drawn(LSTM, 6, 5, 2, 3)
    inputs, state = jax.tree.map(lambda a: a.reshape(2, 3, *a.shape[1:]), (inputs, state))
    for take in (lambda f: f, lambda f: jax.grad(f, (0, 1))):
        got, want = (
            jax.jit(jax.vmap(take(energy(LSTM, path)), (None, 0, 0)))(weights, inputs, state)
            for path in (NATIVE, SCAN)
        )
        assert_same(got, want)
    summed = (
        jax.jit(
            jax.grad(
                lambda w, p=path: jax.vmap(energy(LSTM, p), (None, 0, 0))(w, inputs, state).sum()
            )
        )(weights)
        for path in (NATIVE, SCAN)
    )
    assert_same(*summed)


def test_vmap_over_an_ensemble_of_weights() -> None:
    members = [drawn(GRU, 4, 5, 2, 3, seed)[0] for seed in range(3)]
    weights = jax.tree.map(lambda *leaves: jnp.stack(leaves), *members)
    _, inputs, state = drawn(GRU, 4, 5, 2, 3, 9)
    got, want = (
        jax.jit(jax.vmap(jax.value_and_grad(energy(GRU, path), (0, 1)), (0, None, None)))(
            weights, inputs, state
        )
        for path in (NATIVE, SCAN)
    )
    assert_same(got, want)


def test_vmap_of_vmap() -> None:
    weights = jax.tree.map(
        lambda *leaves: jnp.stack(leaves), *[drawn(GRU, 4, 5, 2, 3, seed)[0] for seed in range(2)]
    )
    _, inputs, state = drawn(GRU, 6, 5, 2, 3, 9)
    inputs, state = jax.tree.map(lambda a: a.reshape(3, 2, *a.shape[1:]), (inputs, state))
    nested = (
        jax.jit(jax.vmap(jax.vmap(energy(GRU, path), (None, 0, 0)), (0, None, None)))(
            weights, inputs, state
        )
        for path in (NATIVE, SCAN)
    )
    assert_same(*nested)


def test_inside_a_scan_over_minibatches() -> None:
    weights, inputs, state = drawn(LSTM, 8, 5, 2, 3)
    batches = inputs.reshape(4, 2, 5, 2)

    def trained(path):
        def step(weights, batch):
            slope = jax.grad(energy(LSTM, path))(weights, batch, tuple(s[:2] for s in state))
            return jax.tree.map(lambda w, g: w - 0.05 * g, weights, slope), None

        return jax.jit(lambda: jax.lax.scan(step, weights, batches)[0])()

    assert_same(trained(NATIVE), trained(SCAN))


def test_what_the_kernels_cannot_do_is_refused() -> None:
    weights, inputs, state = jax.tree.map(lambda a: a.astype(jnp.float16), drawn(LSTM, 2, 3, 1, 2))
    with pytest.raises(Refusal, match="take float32, but the arrays are float16"):
        recurrence(LSTM, weights, inputs, state, path=NATIVE)


@pytest.mark.parametrize(
    ("batch", "time", "hidden", "path"),
    [
        (32, 50, 20, NATIVE),
        (1, 50, 20, NATIVE),
        (32, 1, 20, SCAN),
        (1, 50, 128, SCAN),
        (4, 50, 256, SCAN_BY_HAND),
        (1, 32, 1, SCAN),
        (1, 50, 1, NATIVE),
        (2, 32, 1, NATIVE),
    ],
)
def test_the_seam_takes_the_scan_where_few_steps_share_the_weights(
    batch, time, hidden, path
) -> None:
    weights, inputs, _ = drawn(LSTM, batch, time, 1, hidden)
    assert best_path(LSTM, weights, inputs) is path
