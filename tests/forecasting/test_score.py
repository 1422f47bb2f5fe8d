"""`score`: the exact conditional likelihood of an AR(1), by step, in the panel's own unit."""

import jax
import numpy as np
import pytest
from scipy import stats

import stepahead as sa
from stepahead import models
from stepahead._check import Refusal
from stepahead.data import Panel, difference, identity, log, pipeline, standard
from stepahead.forecasting import mimo
from stepahead.models import Gaussian, NegativeBinomial, Point
from stepahead.training import Gradient


def ar1(length: int, seed: int) -> np.ndarray:
    shocks, x = np.random.default_rng(seed).normal(size=length), np.zeros(length)
    for t in range(1, length):
        x[t] = 2 + 0.7 * x[t - 1] + shocks[t]
    return x + 20


ONE, TWO = ar1(120, 0), ar1(70, 1)


def exact(x: np.ndarray) -> np.ndarray:
    """Log densities of x_1 … given the value before, under least squares and the maximum-likelihood
    scale of the first series."""
    design = np.stack([ONE[:-1], np.ones(len(ONE) - 1)], axis=1)
    phi, level = np.linalg.lstsq(design, ONE[1:], rcond=None)[0]
    sigma = np.sqrt(np.mean((ONE[1:] - level - phi * ONE[:-1]) ** 2))
    return stats.norm(level + phi * x[:-1], sigma).logpdf(x[1:])


@pytest.mark.parametrize("scaler", [identity(), standard()], ids=repr)
def test_the_score_is_the_exact_conditional_likelihood_in_the_series_own_unit(scaler) -> None:
    forecaster = sa.fit(
        models.LinearAR(1), Panel.from_arrays([ONE]), 1, key=jax.random.key(0), scaler=scaler
    )
    done = sa.score(forecaster)
    assert np.isnan(done.steps[0, 0]) and done.skipped == 1 and done.counted.tolist() == [119]
    np.testing.assert_allclose(done.steps[1:, 0], exact(ONE), rtol=0, atol=2e-4)
    np.testing.assert_allclose(done.total, exact(ONE).sum(), rtol=1e-5)


def test_another_panel_is_scored_series_by_series() -> None:
    forecaster = sa.fit(
        models.LinearAR(1), Panel.from_arrays([ONE]), 1, key=jax.random.key(0), scaler=identity()
    )
    done = sa.score(forecaster, Panel.from_arrays([TWO, ONE, ONE[:5]]))
    np.testing.assert_allclose(
        done.total, [exact(TWO).sum(), exact(ONE).sum(), exact(ONE[:5]).sum()], rtol=1e-5
    )
    assert done.counted.tolist() == [69, 119, 4]
    assert np.isnan(done.steps[[0, 70, 190], 0]).all() and np.isfinite(done.steps).sum() == 192


def test_missing_values_are_not_scored_and_the_next_is_given_the_stand_in() -> None:
    forecaster = sa.fit(
        models.LinearAR(1), Panel.from_arrays([ONE]), 1, key=jax.random.key(0), scaler=identity()
    )
    gap, filled = ONE.copy(), ONE.copy()
    gap[10], filled[10] = np.nan, ONE[9]
    done = sa.score(forecaster, Panel.from_arrays([gap]))
    assert np.isnan(done.steps[10, 0]) and done.counted[0] == 118
    np.testing.assert_allclose(
        np.delete(done.steps[1:, 0], 9), np.delete(exact(filled), 9), rtol=0, atol=2e-4
    )


@pytest.mark.parametrize("scaler", [log(), pipeline(log(), difference()), difference(2)], ids=repr)
def test_densities_are_in_the_unit_of_the_series_whatever_the_scaler(scaler) -> None:
    """A change of unit adds log|du/dx|, which a numeric derivative of the scaler gives."""
    panel = Panel.from_arrays([ONE])
    forecaster = sa.fit(models.LinearAR(1), panel, 1, key=jax.random.key(0), scaler=scaler)
    done, scaled = sa.score(forecaster), forecaster.scaled.apply(panel)
    trimmed = scaled.values[~np.isnan(scaled.values[:, 0])]
    inside = sa.score(
        sa.fit(
            models.LinearAR(1),
            Panel.from_arrays([trimmed]),
            1,
            key=jax.random.key(0),
            scaler=identity(),
        )
    )
    moved = panel.values.copy()
    moved[100] += 1e-6
    slope = (
        forecaster.scaled.apply(panel.with_values(moved)).values[100, 0] - scaled.values[100, 0]
    ) / 1e-6
    skipped = len(ONE) - len(trimmed)
    assert done.steps[100, 0] == pytest.approx(
        inside.steps[100 - skipped, 0] + np.log(abs(slope)), abs=1e-3
    )


@pytest.mark.parametrize("spec", [models.LinearAR(2), models.GRU(4)], ids=repr)
def test_a_series_ranks_above_its_shuffled_self(spec) -> None:
    t = np.arange(150)
    wave = Panel.from_arrays([np.sin(t / 3) + 0.1 * np.random.default_rng(0).normal(size=150)])
    recipe = Gradient(span=20, epochs=5, batch=16) if isinstance(spec, models.GRU) else None
    forecaster = sa.fit(spec, wave, 1, key=jax.random.key(0), training=recipe)
    shuffled = wave.with_values(np.random.default_rng(1).permutation(wave.values))
    assert sa.score(forecaster).total[0] > sa.score(forecaster, shuffled).total[0] + 10


def test_counts_are_scored_by_their_probability() -> None:
    counts = Panel.from_arrays([np.random.default_rng(0).poisson(4, 40).astype(float)])
    forecaster = sa.fit(
        models.GRU(2),
        counts,
        1,
        key=jax.random.key(0),
        head=NegativeBinomial(),
        training=Gradient(span=5, epochs=1, steps=2),
    )
    done = sa.score(forecaster)
    assert done.counted[0] == 39 and (done.steps[1:] < 0).all()


def test_what_cannot_be_scored_is_refused() -> None:
    panel = Panel.from_arrays([ONE])
    point = sa.fit(models.LinearAR(1), panel, 1, key=jax.random.key(0), head=Point())
    with pytest.raises(Refusal, match="A Point head has no density"):
        sa.score(point)
    three = sa.fit(
        models.LinearAR(3), panel, 2, key=jax.random.key(0), head=Gaussian(), strategy=mimo
    )
    with pytest.raises(Refusal, match=r"No series is longer than the 3 steps"):
        sa.score(three, Panel.from_arrays([ONE[:3]]))
