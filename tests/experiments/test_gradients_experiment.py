"""Unstable gradients: the norms against what theory says of linear maps, clipping, and the step of
the experiment's own."""

from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from stepahead.experiments.memory import _gradients as gradients
from stepahead.models import RNN, Observation, Point, build, unroll


class Linear(eqx.Module):
    """h' = U h + x, whose derivatives are known."""

    recurrent: jax.Array

    def initial_state(self, batch: int) -> tuple[jax.Array]:
        return (jnp.zeros((batch, len(self.recurrent))),)

    def step(self, state: tuple[jax.Array], x: Observation) -> tuple[tuple[jax.Array], jax.Array]:
        h = state[0] @ self.recurrent.T + x.value
        return (h,), h


def test_the_error_of_a_linear_map_goes_back_by_its_transposed_powers() -> None:
    matrix = jax.random.normal(jax.random.key(0), (3, 3)) / 2
    values, target = jax.random.normal(jax.random.key(1), (2, 6, 3)), jnp.ones((2, 3))
    _, (by_state,) = gradients.derivatives(Linear(matrix), values, target)
    last = np.asarray(by_state[-1])
    for back in range(6):
        np.testing.assert_allclose(
            by_state[5 - back],
            last @ np.linalg.matrix_power(np.asarray(matrix), back),
            rtol=1e-4,
            atol=1e-6,
        )


def test_an_orthogonal_linear_map_keeps_every_norm() -> None:
    matrix = jax.nn.initializers.orthogonal()(jax.random.key(0), (8, 8))
    _, (by_state,) = gradients.derivatives(
        Linear(matrix), jax.random.normal(jax.random.key(1), (4, 50, 8)), jnp.ones((4, 8))
    )
    norms = np.linalg.norm(np.asarray(by_state).reshape(50, -1), axis=1)
    np.testing.assert_allclose(norms, norms[-1], rtol=1e-4)


def test_the_gradient_by_the_weights_is_that_of_the_whole_run() -> None:
    body = build(RNN(4), 1, Point(), jax.random.key(0)).body
    values, target = jax.random.normal(jax.random.key(1), (2, 7, 1)), jnp.ones((2, 4))
    by_weights, _ = gradients.derivatives(body, values, target)

    def loss(bias: jax.Array) -> jax.Array:
        h, layer = jnp.zeros((2, 4)), body.layers[0]
        for t in range(7):
            h = jnp.tanh(values[:, t] @ layer.input.T + h @ layer.recurrent.T + bias)
        return 0.5 * ((h - target) ** 2).sum(-1).mean()

    np.testing.assert_allclose(
        by_weights.layers[0].bias, jax.grad(loss)(body.layers[0].bias), rtol=1e-4, atol=1e-6
    )


def test_the_lesson_on_one_seed() -> None:
    relu, tanh = (
        gradients.flow(name, gradients.ORTHOGONAL, 7).norms[0]
        for name in ("RNN, relu", "RNN, tanh")
    )
    assert relu[100] / relu[0] < 1e-8
    assert tanh[100] / tanh[0] < 1e-3
    h, c = gradients.flow("LSTM", gradients.KEEPING, 7).norms
    assert c[0] == 0  # the last h is judged, and its cell only through it
    assert c[100] / h[0] > 0.05


def test_clipping_bounds_the_length_and_keeps_the_direction() -> None:
    long = np.array([1e20, -2e20])
    np.testing.assert_allclose(gradients.clipped(long), long / np.linalg.norm(long), rtol=1e-12)
    np.testing.assert_array_equal(gradients.clipped(np.array([0.1, 0.2])), [0.1, 0.2])


def test_the_step_of_our_own_normalizes_and_unrolls() -> None:
    model = build(gradients.LayerNormRNN(16), 1, Point(), jax.random.key(0))
    state, _ = model.body.step(
        model.body.initial_state(3), Observation(jnp.array([[1.0], [2.0], [5.0]]))
    )
    a = np.arctanh(np.asarray(state, np.float64))
    np.testing.assert_allclose(a.mean(1), 0, atol=1e-5)
    np.testing.assert_allclose(a.std(1), 1, rtol=1e-3)
    assert unroll(model, Observation(jnp.ones((3, 5, 1)))).out.shape == (3, 5, 1, 1, 1)


def test_without_clipping_the_relu_rnn_is_refused_in_a_sentence() -> None:
    free, held = gradients.descent(None, updates=20), gradients.descent(gradients.SHORT, updates=20)
    assert free.refused is not None and free.refused.startswith("Training diverged")
    assert held.refused is None and len(held.losses) == 20 and held.losses[-1] < held.losses[0]


def test_the_whole_of_it_in_miniature(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        gradients,
        "flow",
        lambda name, start, seed: gradients.Flow(_norms(name), np.array([3.0, 4.0])),
    )
    result = gradients.run(tmp_path, None, lambda line: None, True)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in result.files}
    assert (
        "RNN, tanh, layer norm" in str(result)
        and "dL/dc" in str(result)
        and "Training diverged" in str(result)
    )


def _norms(name: str) -> tuple[np.ndarray, ...]:
    falling = 0.9 ** np.arange(gradients.STEPS)
    return (falling, falling) if name == "LSTM" else (falling,)
