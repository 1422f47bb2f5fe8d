"""Error by step: measured on series whose error is known, and the law that predicts it."""

import jax
import numpy as np
import pytest

from stepahead._check import Refusal
from stepahead.data import ar_error, ar_process
from stepahead.evaluation import error_by_step, error_law, mae, rmse


def test_axes_and_missing():
    """The second axis is kept, all others averaged; a missing actual drops out of its own step
    only."""
    actual = np.zeros((2, 3, 2))
    forecast = np.arange(12.0).reshape(2, 3, 2)
    expected = np.abs(forecast).mean(axis=(0, 2))
    np.testing.assert_allclose(error_by_step(actual, forecast, mae), expected)
    actual[0, 1, 0] = np.nan
    expected[1] = (3 + 8 + 9) / 3
    np.testing.assert_allclose(error_by_step(actual, forecast, mae), expected)
    np.testing.assert_allclose(
        error_by_step(np.zeros((2, 1)), np.array([[3.0], [4.0]]), rmse), [np.sqrt(12.5)]
    )
    with pytest.raises(Refusal, match="step ahead on the second axis"):
        error_by_step(np.zeros(3), np.zeros(3))


def test_ar1_follows_the_theory_and_the_law():
    """Measured error of the right model = σ²(1−φ²ᵏ)/(1−φ²) = the law with base σ² and factor φ²."""
    phi, sd, horizon = 0.9, 0.7, 10
    x = ar_process([phi], horizon + 1, key=jax.random.key(3), series=60_000, sd=sd)
    measured = error_by_step(x[:, 1:], x[:, :1] * phi ** np.arange(1, horizon + 1))
    np.testing.assert_allclose(measured, ar_error([phi], sd, horizon), rtol=0.03)
    np.testing.assert_allclose(
        error_law(sd**2, phi**2, horizon), ar_error([phi], sd, horizon), rtol=1e-12
    )


def test_the_law_is_its_recursion():
    """ε_k = ε̄ + c·ε_{k−1} from ε_0 = 0, for c below, at and above 1."""
    for factor in (0.0, 0.6, 1.0, 1.3):
        error, expected = 0.0, []
        for _ in range(12):
            error = 0.2 + factor * error
            expected.append(error)
        np.testing.assert_allclose(error_law(0.2, factor, 12), expected, rtol=1e-12)
    assert error_law(1.0, 0.5, 60)[-1] == pytest.approx(2.0)
    with pytest.raises(Refusal, match="sizes of errors"):
        error_law(1.0, -0.5, 3)
