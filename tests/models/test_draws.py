"""Draws of the heads follow the distribution whose density and quantiles they state; shapes fitted
to residuals fit them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from registry import HEADS
from scipy import stats

from stepahead._check import Refusal
from stepahead.models import (
    Bernoulli,
    Gaussian,
    Location,
    NegativeBinomial,
    Point,
    Quantiles,
    Sampler,
    StudentT,
    density_of,
    location_of,
    sampler_of,
)

COUNT = 20_000
OUT = np.array([0.7, 0.3, -0.4, 0.2, 0.5, 0.1, -0.2])


def drawn(head) -> np.ndarray:
    out = jnp.broadcast_to(
        jnp.asarray(OUT[: head.parameters], jnp.float32), (COUNT, head.parameters)
    )
    return np.asarray(head.draw(out, jax.random.key(0)), np.float64)


@pytest.mark.parametrize(
    "head", [Gaussian(), StudentT(), NegativeBinomial(), Quantiles()], ids=repr
)
def test_shares_below_the_quantiles_are_their_probabilities(head) -> None:
    probabilities = (0.03, 0.2, 0.5, 0.85, 0.99)
    draws, quantiles = drawn(head), head.quantiles(OUT[: head.parameters], probabilities)
    for level, quantile in zip(probabilities, quantiles, strict=True):
        if isinstance(head, NegativeBinomial):
            assert (draws < quantile).mean() < level + 0.012 and (
                draws <= quantile
            ).mean() > level - 0.012
        else:
            assert (draws <= quantile).mean() == pytest.approx(
                level, abs=4 * np.sqrt(level * (1 - level) / COUNT)
            )


def test_normal_and_t_draws_pass_the_test_of_kolmogorov() -> None:
    scale, freedom = np.log1p(np.exp(0.3)) + 1e-4, 2 + np.log1p(np.exp(-0.4))
    assert stats.kstest(drawn(Gaussian()), stats.norm(0.7, scale).cdf).pvalue > 0.01
    assert stats.kstest(drawn(StudentT()), stats.t(freedom, 0.7, scale).cdf).pvalue > 0.01
    assert stats.kstest(drawn(Gaussian()), stats.norm(0.7, scale * 1.05).cdf).pvalue < 0.01


def test_counts_have_the_promised_mean_and_variance() -> None:
    draws, mean, dispersion = drawn(NegativeBinomial()), np.exp(0.7), np.log1p(np.exp(0.3)) + 1e-4
    variance = mean + dispersion * mean**2
    assert draws.mean() == pytest.approx(mean, abs=4 * np.sqrt(variance / COUNT))
    assert draws.var() == pytest.approx(variance, rel=0.1)
    assert (draws == np.round(draws)).all() and (draws >= 0).all()


@pytest.mark.parametrize("head", [head for head in HEADS if isinstance(head, Sampler)], ids=repr)
def test_the_same_key_draws_the_same(head) -> None:
    out = jnp.broadcast_to(jnp.asarray(OUT[: head.parameters], jnp.float32), (50, head.parameters))
    first, again, other = (np.asarray(head.draw(out, jax.random.key(k))) for k in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_shapes_are_estimated_from_residuals() -> None:
    rng = np.random.default_rng(0)
    normal, heavy = rng.normal(0, 2.5, COUNT), stats.t(6).rvs(200_000, random_state=rng) * 2
    assert Gaussian().quantiles(Gaussian().shape(normal), (0.8413447,))[0] == pytest.approx(
        np.sqrt((normal**2).mean()), rel=1e-4
    )
    np.testing.assert_allclose(
        Quantiles().quantiles(Quantiles().shape(normal), (0.1, 0.9)),
        np.quantile(normal, (0.1, 0.9)),
        rtol=1e-3,
    )
    np.testing.assert_allclose(
        StudentT().quantiles(StudentT().shape(heavy), (0.05, 0.95)),
        stats.t(6).ppf((0.05, 0.95)) * 2,
        rtol=0.05,
    )
    np.testing.assert_allclose(
        StudentT().quantiles(StudentT().shape(normal), (0.95,)), 2.5 * 1.645, rtol=0.05
    )


def test_what_a_head_does_not_have_is_refused() -> None:
    for head in (Point(), Quantiles()):
        with pytest.raises(Refusal, match=f"A {type(head).__name__} head has no density"):
            density_of(head)
    with pytest.raises(Refusal, match="A Point head has no intervals and no spread to draw from"):
        sampler_of(Point())
    for counted in (NegativeBinomial(), Bernoulli()):
        with pytest.raises(
            Refusal, match=f"{type(counted).__name__} head needs a model trained by"
        ):
            location_of(counted)
    with pytest.raises(Refusal, match="rising numbers between 0 and 1"):
        Quantiles(probabilities=(0.5, 0.5))


@pytest.mark.parametrize("head", [head for head in HEADS if isinstance(head, Location)], ids=repr)
def test_a_location_moves_the_whole_distribution(head) -> None:
    shape = head.shape(np.random.default_rng(0).normal(0, 2.0, 500))
    here, there = (
        head.at(jnp.asarray(location), jnp.asarray(shape, jnp.float32))
        for location in ([0.0, 0.0], [3.0, -5.0])
    )
    np.testing.assert_allclose(head.mean(there) - head.mean(here), [3, -5], rtol=1e-5)
    if isinstance(head, Sampler):
        low, high = (head.quantiles(np.asarray(out), (0.1, 0.9)) for out in (here, there))
        np.testing.assert_allclose(high - low, [[3, 3], [-5, -5]], rtol=1e-5)


def test_what_each_head_reads() -> None:
    values = np.array([0.0, 1.0, 2.0, 0.5, -1.0])
    assert [
        head.readable(values).tolist() for head in (Point(), NegativeBinomial(), Bernoulli())
    ] == [
        [True] * 5,
        [True, True, True, False, False],
        [True, True, False, False, False],
    ]
