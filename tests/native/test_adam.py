"""Clipping and Adam's moments: the kernel against the equations in float64, and the optimizer made
of it against optax's."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from stepahead import native, training

pytestmark = pytest.mark.skipif(not native.available(), reason=native.reason())

SIZES = [1, 15, 64, 16_384, 40_001]
"""Less than a vector, parts of vectors, a whole piece, several pieces and a rest."""


def drawn(size: int, seed: int = 0) -> tuple[np.ndarray, ...]:
    """A gradient, and moments as they may be after some updates."""
    draw = np.random.default_rng(seed)
    gradient, mean = draw.normal(size=(2, size)).astype(np.float32)
    return gradient, mean, np.square(draw.normal(size=size)).astype(np.float32)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("clip", [None, 0.5, 1e6])
def test_the_kernel_equals_the_equations(size: int, clip: float | None) -> None:
    arrays = drawn(size)
    got = native.adam_moments(*jax.device_put(arrays), jnp.array([0.3, 0.02]), clip)
    g, m, v = (a.astype(np.float64) for a in arrays)
    norm = np.sqrt((g**2).sum())
    if clip is not None and norm >= clip:
        g = g * (clip / norm)
    mean, square = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    direction = (mean / 0.3) / (np.sqrt(square / 0.02) + 1e-8)
    for one, other in zip(got, (direction, mean, square), strict=True):
        np.testing.assert_allclose(one, other, rtol=3e-6, atol=1e-6)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_gradient_that_is_not_finite_gives_no_weight_silently(wrong: float) -> None:
    gradient, mean, square = drawn(100)
    gradient[17] = wrong
    got = native.adam_moments(*jax.device_put((gradient, mean, square)), jnp.ones(2), 1.0)
    assert np.isnan(np.asarray(got.direction)[17])


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("clip", [None, 1.0])
def test_updates_of_a_long_vector_are_those_of_optax(decay: float, clip: float | None) -> None:
    rate = training.cosine(0.1, 5)
    rule = optax.adamw(rate, weight_decay=decay) if decay else optax.adam(rate)
    theirs = rule if clip is None else optax.chain(optax.clip_by_global_norm(clip), rule)
    weights = jnp.asarray(drawn(40_001, 1)[0])

    @partial(jax.jit, static_argnums=0)
    def moved(rule: optax.GradientTransformation) -> jax.Array:
        def step(carry: tuple, gradient: jax.Array) -> tuple[tuple, None]:
            update, state = rule.update(gradient, carry[1], carry[0])
            return (optax.apply_updates(carry[0], update), state), None

        gradients = jnp.stack([jnp.asarray(drawn(40_001, seed)[0]) for seed in range(2, 6)])
        return jax.lax.scan(step, (weights, rule.init(weights)), gradients)[0][0]

    ours = training.adam(rate, clip=clip, decay=decay)
    np.testing.assert_allclose(moved(ours), moved(theirs), rtol=0, atol=2e-6)
    assert not np.allclose(moved(ours), weights, atol=0.01)


def test_a_short_vector_is_left_to_optax(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "adam_moments", None)
    weights = {"a": jnp.ones(3), "b": jnp.zeros((2, 2))}
    for ours, theirs in (
        (training.adam(0.1), optax.chain(optax.clip_by_global_norm(1.0), optax.adam(0.1))),
        (training.adam(0.1, clip=None), optax.adam(0.1)),
    ):
        gradient = jax.tree.map(lambda leaf: leaf + 2.0, weights)
        update, state = ours.update(gradient, ours.init(weights), weights)
        wanted, other = theirs.update(gradient, theirs.init(weights), weights)
        jax.tree.map(np.testing.assert_array_equal, update, wanted)
        jax.tree.map(np.testing.assert_array_equal, jax.tree.leaves(state), jax.tree.leaves(other))
