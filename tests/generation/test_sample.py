"""Drawing series from nothing: they have the moments of the process that the model describes."""

import jax
import numpy as np
import pytest
from registry import assert_same_bits

import stepahead as sa
from stepahead import models
from stepahead._check import Refusal
from stepahead.data import Panel, difference
from stepahead.generation import draw
from stepahead.models import Gaussian, Point, build

PHI = 0.8


@pytest.fixture(scope="module")
def fitted():
    shocks, x = np.random.default_rng(0).normal(size=20_000), np.zeros(20_000)
    for t in range(1, len(x)):
        x[t] = 3 * (1 - PHI) + PHI * x[t - 1] + shocks[t]
    return sa.fit(models.LinearAR(1), Panel.from_arrays([x]), 1, key=jax.random.key(0))


def test_draws_of_an_ar1_are_stationary_with_its_mean_variance_and_memory(fitted) -> None:
    drawn = sa.sample(fitted, 30, key=jax.random.key(1), count=4000)[..., 0]
    assert drawn.shape == (4000, 30)
    assert drawn.mean() == pytest.approx(3, abs=0.15)
    for t in (0, 29):
        assert drawn[:, t].var() == pytest.approx(1 / (1 - PHI**2), rel=0.12)
    for lag in (1, 3):
        assert np.corrcoef(drawn[:, 0], drawn[:, lag])[0, 1] == pytest.approx(PHI**lag, abs=0.05)


def test_draws_are_a_function_of_the_key(fitted) -> None:
    first, again, other = (sa.sample(fitted, 5, key=jax.random.key(k), count=2) for k in (1, 1, 2))
    assert_same_bits(again, first)
    assert not np.array_equal(other, first) and not np.array_equal(first[0], first[1])


def test_the_warm_up_is_thrown_away() -> None:
    """A random walk from nothing has made `warmup` steps before its first value is kept."""
    walk = build(models.Naive(), 1, Gaussian(), jax.random.key(0))
    sigma = np.log(2) + 1e-4
    for warmup in (0, 15):
        drawn = np.asarray(draw(walk, 4000, 3, key=jax.random.key(1), warmup=warmup))[..., 0]
        np.testing.assert_allclose(
            drawn.var(axis=0), sigma**2 * np.arange(warmup + 1, warmup + 4), rtol=0.12
        )


def test_differences_come_back_as_a_walk_from_the_end_of_the_history() -> None:
    panel = Panel.from_arrays([100 + np.random.default_rng(0).normal(0.5, 1.0, 500).cumsum()])
    forecaster = sa.fit(models.Mean(), panel, 1, key=jax.random.key(0), scaler=difference())
    drawn = sa.sample(forecaster, 4, key=jax.random.key(1), count=300, warmup=200)[..., 0]
    assert abs(drawn[:, 0].mean() - panel.values[-1, 0]) < 2
    assert drawn[:, 3].std() > 1.5 * drawn[:, 0].std()


def test_what_cannot_be_drawn_is_refused(fitted) -> None:
    with pytest.raises(Refusal, match="A Point head has no intervals and no spread to draw from"):
        draw(build(models.Naive(), 1, Point(), jax.random.key(0)), 1, 1, key=jax.random.key(0))
    with pytest.raises(Refusal, match="There is no series number 1; the history holds 1"):
        sa.sample(fitted, 1, key=jax.random.key(0), series=1)
    with pytest.raises(Refusal, match="`length` must be a whole number"):
        sa.sample(fitted, 0, key=jax.random.key(0))
