"""The baselines against what they are defined to be, written out."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from registry import unrolled

from stepahead import models
from stepahead._check import Refusal
from stepahead.models import Observation, Point, rollout

X = np.array([3.0, 1.0, 4.0, 1.5, 5.0, 9.0, 2.0])


def ahead(spec, horizon: int, own: int = 1) -> np.ndarray:
    model = models.build(spec, 1, Point(own), jax.random.key(0))
    seen = unrolled(model, Observation(jnp.asarray(X, jnp.float32)[None, :, None]))
    return np.asarray(rollout(model, seen.state, seen.out[:, -1], horizon).values[0, :, 0])


@pytest.mark.parametrize("own", [1, 3, 8])
def test_forecasts_are_the_definitions_fed_back_or_at_once(own: int) -> None:
    k = np.arange(1, 9)
    np.testing.assert_allclose(ahead(models.Naive(), 8, own), X[-1])
    np.testing.assert_allclose(ahead(models.SeasonalNaive(3), 8, own), X[-3:][(k - 1) % 3])
    np.testing.assert_allclose(
        ahead(models.Drift(), 8, own), X[-1] + k * (X[-1] - X[0]) / (len(X) - 1), rtol=1e-5
    )
    np.testing.assert_allclose(ahead(models.Mean(), 8, own), X.mean(), rtol=1e-5)


def test_what_is_too_small_is_refused() -> None:
    with pytest.raises(Refusal, match="`season` must be a whole number of at least 1, but it is 0"):
        models.SeasonalNaive(0)
    with pytest.raises(Refusal, match="`horizon` must be a whole number"):
        Point(0)
