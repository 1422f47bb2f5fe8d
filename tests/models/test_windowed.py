"""Windowed models against loops: which past values they see, in which order, and what they make of
them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from registry import unrolled

from stepahead import models
from stepahead._check import Refusal
from stepahead.models import Channels, Observation, Point, build

X = np.random.default_rng(0).normal(size=(9, 2))
KNOWN = np.random.default_rng(1).normal(size=(9, 1))


def features(t: int, lags: tuple[int, ...]) -> np.ndarray:
    """Oldest first, all channels of one step together; zeros before the first step; then what is
    known of the next step."""
    padded = np.concatenate([np.zeros((9, 2)), X])
    return np.concatenate(
        [*(padded[9 + t + 1 - lag] for lag in sorted(lags, reverse=True)), KNOWN[t]]
    )


@pytest.mark.parametrize(("lags", "chosen"), [(3, (1, 2, 3)), ((1, 4), (1, 4)), ((5, 2), (2, 5))])
@pytest.mark.parametrize("kind", ["linear", "mlp"])
def test_outputs_equal_the_loop(kind: str, lags, chosen) -> None:
    spec = models.LinearAR(lags) if kind == "linear" else models.MLPAR(lags, (5, 4))
    model = build(spec, Channels(2, known=1), Point(3), jax.random.key(3))
    xs = Observation(
        *(jnp.asarray(a, jnp.float32)[None] if a is not None else None for a in (X, None, KNOWN))
    )
    out = np.asarray(unrolled(model, xs).out[0, ..., 0])
    body = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), model.body)
    for t in range(9):
        row = features(t, chosen)
        if kind == "linear":
            wanted = body.weight @ row + body.bias
        else:
            for weight, bias in zip(body.weights[:-1], body.biases[:-1], strict=True):
                row = np.maximum(weight @ row + bias, 0)
            wanted = body.weights[-1] @ row + body.biases[-1]
        np.testing.assert_allclose(out[t], wanted.reshape(3, 2), rtol=1e-4, atol=1e-5)


def test_weights_are_glorot_uniform_and_biases_zero() -> None:
    body = build(models.MLPAR(50, (60,)), 1, Point(), jax.random.key(0)).body
    limit = np.sqrt(6 / 110)
    weight = np.asarray(body.weights[0])
    assert 0.98 * limit < np.abs(weight).max() <= limit
    assert weight.std() == pytest.approx(limit / np.sqrt(3), rel=0.03)
    assert all((np.asarray(bias) == 0).all() for bias in body.biases)


def test_lags_that_cannot_be_are_refused() -> None:
    with pytest.raises(Refusal, match="`lags` must be a whole number of at least 1, but it is 0"):
        models.LinearAR(0)
    with pytest.raises(Refusal, match="`lags` must name at least one past value"):
        models.MLPAR(())
    with pytest.raises(Refusal, match="`ridge` must be 0 or more"):
        models.LinearAR(2, ridge=-1.0)
