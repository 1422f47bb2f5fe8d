"""Generators: the formula, the known answer, and the same draw from the same key."""

import inspect

import jax
import numpy as np
import pytest

from stepahead._check import Refusal
from stepahead.data import (
    adapting_baseline,
    ar_error,
    ar_process,
    decaying_jump,
    noisy_sine,
    random_walk,
    regime_switch,
    seasonal,
    two_sines,
)

KEY = jax.random.key(7)
GENERATORS = {
    "noisy_sine": noisy_sine,
    "two_sines": two_sines,
    "ar_process": lambda steps, **given: ar_process([0.5, 0.2], steps, **given),
    "random_walk": random_walk,
    "regime_switch": lambda steps, **given: regime_switch(steps, **given).values,
    "decaying_jump": decaying_jump,
    "adapting_baseline": adapting_baseline,
    "seasonal": seasonal,
}


@pytest.mark.parametrize("name", GENERATORS)
def test_shape_kind_and_key(name):
    """One row a series, float64; the key alone decides, and rows differ."""
    generate = GENERATORS[name]
    first, again, other = (generate(30, series=3, key=key) for key in (KEY, KEY, jax.random.key(8)))
    assert first.shape == (3, 30)
    assert first.dtype == np.float64
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, again)
    assert not np.isclose(first, other).any()
    assert not np.isclose(first[0], first[1]).any()
    assert generate(1, key=KEY).shape == (1, 1)


def test_keys_are_required():
    """No generator has a default key."""
    for generate in (
        noisy_sine,
        two_sines,
        ar_process,
        random_walk,
        regime_switch,
        decaying_jump,
        adapting_baseline,
        seasonal,
    ):
        assert inspect.signature(generate).parameters["key"].default is inspect.Parameter.empty


def test_noisy_sine_is_the_book_s():
    """x_t = sin(0.01 t) + N(0, 0.2²) from t = 1; its best linear map of four lags reaches
    0.0501."""
    clean = noisy_sine(1000, key=KEY, sd=0.0)[0]
    np.testing.assert_allclose(clean, [np.sin(0.01 * t) for t in range(1, 1001)], rtol=1e-12)
    noisy = noisy_sine(1000, key=KEY, series=60)
    assert (noisy - clean).var() == pytest.approx(0.04, rel=0.03)
    floors = []
    for x in noisy:
        lags = np.stack([x[i : i + 996] for i in range(4)] + [np.ones(996)], axis=1)
        weights = np.linalg.lstsq(lags, x[4:], rcond=None)[0]
        floors.append(((lags @ weights - x[4:]) ** 2).mean())
    assert np.mean(floors) == pytest.approx(0.0501, rel=0.02)


def test_two_sines_at_the_printed_sizes():
    """The noise floor is 0.000833, and the naive error lies where it was measured."""
    x = two_sines(51, key=KEY, series=10_000)
    assert 0.0199 <= ((x[7000:9000, 50] - x[7000:9000, 49]) ** 2).mean() <= 0.0221
    smooth = two_sines(51, key=KEY, series=10_000, noise=0.0)
    dust = x - smooth
    assert (dust**2).mean() == pytest.approx(0.1**2 / 12, rel=0.01)
    assert np.abs(smooth).max() <= 0.7
    assert np.abs(dust).max() <= 0.05


def test_two_sines_against_the_formula_written_out():
    """Every value satisfies the sum of two sines, with frequencies fitted to nothing: the same
    draws, a plain loop."""
    waves, dust = jax.random.split(KEY)
    f1, f2, o1, o2 = np.asarray(jax.random.uniform(waves, (4, 2, 1)), dtype=float)[:, :, 0]
    u = np.asarray(jax.random.uniform(dust, (2, 60)), dtype=float)
    x = two_sines(60, key=KEY, series=2)
    for n in range(2):
        for step, t in enumerate(np.linspace(0, 1, 60)):
            one = 0.5 * np.sin((t - o1[n]) * (f1[n] * 10 + 10))
            two = 0.2 * np.sin((t - o2[n]) * (f2[n] * 20 + 20))
            assert x[n, step] == pytest.approx(one + two + 0.1 * (u[n, step] - 0.5), abs=1e-12)


def test_ar_is_stationary_from_the_first_step():
    """AR(1) has the variance sd²/(1−φ²) at every step, the first included."""
    x = ar_process([0.9], 12, key=KEY, series=40_000, sd=2.0, mean=5.0)
    np.testing.assert_allclose(x.var(axis=0), 4 / (1 - 0.81), rtol=0.04)
    np.testing.assert_allclose(x.mean(axis=0), 5.0, atol=0.1)


def test_ar2_has_the_yule_walker_autocorrelations():
    """ρ₁ = φ₁/(1−φ₂) and ρ₂ = φ₁ρ₁ + φ₂, among the first steps too."""
    x = ar_process([0.6, -0.4], 4, key=KEY, series=60_000)
    rho1 = 0.6 / 1.4
    correlation = np.corrcoef(x.T)
    np.testing.assert_allclose(np.diag(correlation, 1), rho1, atol=0.015)
    np.testing.assert_allclose(np.diag(correlation, 2), 0.6 * rho1 - 0.4, atol=0.015)


def test_ar_follows_its_recursion():
    """The residuals of the recursion have the noise's spread and no memory."""
    x = ar_process([0.5, 0.3], 300, key=KEY, series=200, sd=1.5)
    noise = x[:, 2:] - 0.5 * x[:, 1:-1] - 0.3 * x[:, :-2]
    assert noise.std() == pytest.approx(1.5, rel=0.01)
    assert abs((noise[:, 1:] * noise[:, :-1]).mean()) < 0.03


def test_ar_error_is_what_the_best_forecast_reaches():
    """σ²(1−φ²ᵏ)/(1−φ²), by the formula and by forecasting drawn series."""
    k = np.arange(1, 9)
    np.testing.assert_allclose(
        ar_error([0.8], 1.5, 8), 2.25 * (1 - 0.64**k) / (1 - 0.64), rtol=1e-12
    )
    x = ar_process([0.8], 9, key=KEY, series=40_000, sd=1.5)
    reached = ((x[:, 1:] - x[:, :1] * 0.8**k) ** 2).mean(axis=0)
    np.testing.assert_allclose(reached, ar_error([0.8], 1.5, 8), rtol=0.03)


def test_random_walk_error_grows_with_the_step():
    """The last value plus drift has the error k·sd²."""
    x = random_walk(9, key=KEY, series=40_000, sd=2.0, drift=0.5, start=10.0)
    k = np.arange(1, 9)
    np.testing.assert_allclose(
        ((x[:, 1:] - x[:, :1] - 0.5 * k) ** 2).mean(axis=0), 4.0 * k, rtol=0.04
    )
    assert x[:, 0].mean() == pytest.approx(10.5, abs=0.05)


def test_regimes_switch_as_often_as_said():
    """Stays, levels, uniform regimes and the one-step error of a forecaster who knows the
    regime."""
    values, regime = regime_switch(200, key=KEY, series=400, levels=[0.0, 4.0], stay=0.9, sd=1.0)
    assert (regime[:, 1:] == regime[:, :-1]).mean() == pytest.approx(0.9, abs=0.005)
    informed = np.where(regime[:, :-1] == 0, 0.4, 3.6)
    assert ((values[:, 1:] - informed) ** 2).mean() == pytest.approx(1 + 0.9 * 0.1 * 16, rel=0.02)
    assert ((values - 2) ** 2).mean() == pytest.approx(1 + 4, rel=0.02)
    three = regime_switch(100, key=KEY, series=400, levels=[0.0, 1.0, 2.0], stay=0.5).regime
    np.testing.assert_allclose(np.bincount(three.ravel()) / three.size, 1 / 3, atol=0.01)


@pytest.mark.parametrize("generate", [decaying_jump, adapting_baseline])
def test_level_changes_only_from_the_given_step(generate):
    """Before `at` the series is noise about its level; the noise is the same with and without the
    change."""
    changed = generate(40, key=KEY, at=15, level=7.0)
    still = generate(40, key=KEY, at=40, level=7.0)
    np.testing.assert_array_equal(changed[:, :15], still[:, :15])
    assert (changed[:, 15:] > still[:, 15:]).all()


def test_jump_dies_out_and_baseline_stays():
    """The jump decays by exp(−1/decay) a step; the baseline closes the fraction `rate` of what is
    left."""
    jump = decaying_jump(30, key=KEY, at=4, jump=2.0, decay=5.0, sd=0.0)[0]
    np.testing.assert_allclose(jump[5:] / jump[4:-1], np.exp(-0.2), rtol=1e-12)
    base = adapting_baseline(30, key=KEY, at=4, shift=2.0, rate=0.3, sd=0.0)[0]
    np.testing.assert_allclose((2 - base[4:]) / (2 - base[3:-1]), 0.7, rtol=1e-12)


def test_seasonal_naive_error_is_the_stated_one():
    """The value one season ago has the error 2·sd² + (trend·season)²."""
    x = seasonal(60, key=KEY, series=5000, season=7, amplitude=3.0, trend=0.1, sd=0.5)
    assert ((x[:, 7:] - x[:, :-7]) ** 2).mean() == pytest.approx(2 * 0.25 + 0.49, rel=0.02)
    assert x.mean(axis=0)[:7].max() > 2


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: noisy_sine(0, key=KEY), "`steps` must be"),
        (lambda: noisy_sine(5, key=KEY, sd=-1.0), "`sd` must be at least 0"),
        (lambda: two_sines(5, key=KEY, series=0), "`series` must be"),
        (lambda: ar_process([1.0], 5, key=KEY), "use `random_walk`"),
        (lambda: ar_process([0.6, 0.6], 5, key=KEY), "must be stationary"),
        (lambda: ar_process([], 5, key=KEY), "at least one number"),
        (lambda: regime_switch(5, key=KEY, levels=[1.0]), "at least two regimes"),
        (lambda: regime_switch(5, key=KEY, stay=1.5), "`stay` must be"),
        (lambda: seasonal(5, key=KEY, season=0), "`season` must be"),
    ],
)
def test_refusals(call, match):
    """Bad sizes are refused with a sentence."""
    with pytest.raises(Refusal, match=match):
        call()
