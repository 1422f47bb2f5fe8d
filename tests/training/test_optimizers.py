"""Adam, RMSprop and the cosine schedule against their formulas."""

import jax.numpy as jnp
import numpy as np
import pytest

from stepahead.training import adam, cosine, rmsprop

SLOPES = np.array([[3.0, -4.0, 0.0], [0.1, 0.2, -0.05], [-1.0, 2.0, 0.5]])


def steps(optimizer):
    """The updates for the three gradients in turn."""
    weights = jnp.zeros(3)
    state, updates = optimizer.init(weights), []
    for slope in SLOPES:
        update, state = optimizer.update(jnp.asarray(slope, jnp.float32), state, weights)
        updates.append(np.asarray(update))
    return np.array(updates)


def clipped(slope, largest):
    size = np.sqrt((slope**2).sum())
    return slope * min(1.0, largest / size) if largest else slope


@pytest.mark.parametrize("clip", [1.0, None, 10.0])
def test_adam(clip) -> None:
    m, v, wanted = np.zeros(3), np.zeros(3), []
    for number, slope in enumerate((clipped(slope, clip) for slope in SLOPES), 1):
        m, v = 0.9 * m + 0.1 * slope, 0.999 * v + 0.001 * slope**2
        wanted.append(-0.01 * (m / (1 - 0.9**number)) / (np.sqrt(v / (1 - 0.999**number)) + 1e-8))
    np.testing.assert_allclose(steps(adam(0.01, clip=clip)), wanted, rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize("clip", [None, 1.0])
def test_rmsprop(clip) -> None:
    v, wanted = np.zeros(3), []
    for slope in (clipped(slope, clip) for slope in SLOPES):
        v = 0.9 * v + 0.1 * slope**2
        wanted.append(-0.01 * slope / (np.sqrt(v) + 1e-7))
    np.testing.assert_allclose(steps(rmsprop(0.01, clip=clip)), wanted, rtol=1e-4, atol=1e-8)


def test_cosine_falls_from_the_rate_to_0_along_half_a_period() -> None:
    schedule = cosine(0.2, 10)
    np.testing.assert_allclose(
        [schedule(n) for n in (0, 5, 10, 12)], [0.2, 0.1, 0, 0], rtol=1e-6, atol=1e-9
    )
    warm = cosine(0.2, 10, warmup=4)
    np.testing.assert_allclose(
        [warm(n) for n in (0, 2, 4, 7, 10)], [0, 0.1, 0.2, 0.1, 0], rtol=1e-6, atol=1e-9
    )


def test_a_schedule_sets_the_rate_of_each_update() -> None:
    plain, falling = steps(adam(0.2, clip=None)), steps(adam(cosine(0.2, 2), clip=None))
    np.testing.assert_allclose(
        falling, plain * np.array([1.0, 0.5, 0.0])[:, None], rtol=1e-5, atol=1e-8
    )
