"""Densities, quantiles and losses of the heads against scipy, in float64; run by
test_float64.py."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from stepahead.models import Bernoulli, Gaussian, NegativeBinomial, Point, Quantiles, StudentT

RAW = np.random.default_rng(0).normal(0.5, 1.0, (40, 3))
LEVELS = (0.01, 0.1, 0.5, 0.75, 0.995)


def softplus(x):
    return np.log1p(np.exp(x))


def reference(head, out):
    """The distribution that the docstring promises, by scipy."""
    if isinstance(head, Gaussian):
        return stats.norm(out[..., 0], softplus(out[..., 1]) + 1e-4)
    if isinstance(head, StudentT):
        return stats.t(2 + softplus(out[..., 2]), out[..., 0], softplus(out[..., 1]) + 1e-4)
    if isinstance(head, Bernoulli):
        return stats.bernoulli(1 / (1 + np.exp(-out[..., 0])))
    mean, dispersion = np.exp(out[..., 0]), softplus(out[..., 1]) + 1e-4
    return stats.nbinom(1 / dispersion, 1 / (1 + dispersion * mean))


HEADS = [Gaussian(), StudentT(), NegativeBinomial(), Bernoulli()]


@pytest.mark.parametrize("head", HEADS, ids=repr)
def test_density_mean_loss_and_quantiles_equal_scipys(head) -> None:
    out = RAW[:, : head.parameters]
    wanted, log_density, loss = reference(head, out), jax.jit(head.log_density), jax.jit(head.loss)
    targets = {NegativeBinomial: (0.0, 1.0, 7.0), Bernoulli: (0.0, 1.0)}
    counts = type(head) in targets
    for target in targets.get(type(head), (-3.0, 0.3, 40.0)):
        density = wanted.logpmf(target) if counts else wanted.logpdf(target)
        targets = np.full(len(out), target)
        np.testing.assert_allclose(log_density(out, targets), density, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(loss(out, targets), -density, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(head.mean(jnp.asarray(out)), wanted.mean(), rtol=1e-10, atol=1e-12)
    quantiles = np.stack([wanted.ppf(level) for level in LEVELS], axis=-1)
    np.testing.assert_allclose(head.quantiles(out, LEVELS), quantiles, rtol=1e-9, atol=1e-9)


def test_negative_binomial_has_the_promised_variance() -> None:
    out = np.array([np.log(5.0), 0.3])
    dispersion = softplus(0.3) + 1e-4
    assert reference(NegativeBinomial(), out).var() == pytest.approx(5 + dispersion * 25, rel=1e-9)


def test_squared_error_has_no_half() -> None:
    assert Point().loss(jnp.array([3.0]), jnp.array(5.0)).item() == 4.0
    assert jax.grad(lambda out: Point().loss(out, jnp.array(5.0)))(jnp.array([3.0])).item() == -4.0


@pytest.mark.parametrize("probabilities", [(0.1, 0.9), (0.1, 0.5, 0.8), (0.05, 0.25, 0.6, 0.9)])
def test_pinball_loss_and_the_quantile_function(probabilities) -> None:
    head = Quantiles(1, probabilities)
    out = np.random.default_rng(1).normal(size=(6, len(probabilities)))
    values, loss = np.asarray(jax.jit(head.values)(out)), jax.jit(head.loss)
    assert (np.diff(values, axis=1) > 0).all()
    np.testing.assert_allclose(head.quantiles(out, probabilities), values, rtol=1e-12, atol=1e-12)
    for target in (-4.0, 0.2, 5.0):
        wanted = [
            sum(
                max(t * (target - q), (t - 1) * (target - q))
                for t, q in zip(probabilities, row, strict=True)
            )
            for row in values
        ]
        np.testing.assert_allclose(loss(out, np.full(6, target)), wanted, rtol=1e-12)
    grid = (np.arange(20_000) + 0.5) / 20_000
    np.testing.assert_allclose(
        head.mean(jnp.asarray(out)),
        head.quantiles(out, tuple(grid)).mean(axis=1),
        rtol=1e-4,
        atol=1e-4,
    )
    middle = (probabilities[0] + probabilities[1]) / 2
    np.testing.assert_allclose(
        head.quantiles(out, (middle,))[:, 0], values[:, :2].mean(axis=1), rtol=1e-12
    )


def test_the_pinball_loss_is_least_at_the_quantiles() -> None:
    """The expected gradient vanishes where the values are the quantiles of the targets."""
    head, targets = Quantiles(1, (0.2, 0.5, 0.9)), np.random.default_rng(2).normal(size=50_001)
    out = jnp.asarray(head.shape(targets))
    np.testing.assert_allclose(
        head.values(out), np.quantile(targets, head.probabilities), rtol=1e-6, atol=1e-6
    )
    slope = jax.jit(
        jax.grad(
            lambda o, targets: head.loss(jnp.broadcast_to(o, (len(targets), 3)), targets).mean()
        )
    )
    np.testing.assert_allclose(slope(out, targets), 0, atol=1e-4)
    assert np.abs(slope(out + 0.3, targets)).max() > 0.05
