"""Theorems of the book about error by step ahead and intervals, on processes whose parameters are
known."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from registry import unrolled

import stepahead as sa
from stepahead import models
from stepahead.data import Panel, identity
from stepahead.forecasting import mimo, predict, recursive
from stepahead.models import Gaussian, LinearBody, Model, Observation, build, rollout
from stepahead.models.heads._formulas import raw_scale

PHI, SIGMA, FAR = 0.8, 0.5, 6
STEPS = np.arange(1, FAR + 1)
GROWTH = SIGMA**2 * (1 - PHI ** (2 * STEPS)) / (1 - PHI**2)
"""Var(x_{T+k} | x_T) of an AR(1), for k = 1 … FAR."""


def draws(series: int, length: int, seed: int = 0) -> np.ndarray:
    """AR(1) series from its stationary distribution."""
    shocks = np.random.default_rng(seed).normal(0, SIGMA, (series, length))
    x = np.empty_like(shocks)
    x[:, 0] = shocks[:, 0] / np.sqrt(1 - PHI**2)
    for t in range(1, length):
        x[:, t] = PHI * x[:, t - 1] + shocks[:, t]
    return x


def known_ar() -> Model:
    """Linear AR(1) with exactly the parameters of the process."""
    model = build(models.LinearAR(1), 1, Gaussian(), jax.random.key(0))
    body: LinearBody = model.body
    shape = jnp.array([[[0.0, raw_scale(SIGMA)]]])
    body = eqx.tree_at(
        lambda b: (b.weight, b.bias, b.shape), body, (jnp.array([[PHI]]), jnp.zeros(1), shape)
    )
    return Model(body, model.head, model.channels)


def test_sampled_paths_of_an_ar1_spread_as_the_book_says() -> None:
    model, count, last = known_ar(), 40_000, 2.0
    seen = unrolled(model, Observation(jnp.full((1, 1, 1), last)))
    state, out = jax.tree.map(
        lambda leaf: jnp.repeat(leaf, count, axis=0), (seen.state, seen.out[:, -1])
    )
    paths = np.asarray(
        rollout(model, state, out, FAR, jax.random.split(jax.random.key(0), count)).values[..., 0]
    )
    np.testing.assert_allclose(paths.var(axis=0), GROWTH, rtol=4 * np.sqrt(2 / count))
    np.testing.assert_allclose(
        paths.mean(axis=0), last * PHI**STEPS, atol=4 * np.sqrt(GROWTH[-1] / count)
    )
    lagged = np.cov(paths[:, 1], paths[:, 2])[
        0, 1
    ]  # a path remembers its own shocks: cov(x₂, x₃) = φ·Var(x₂)
    assert lagged == pytest.approx(PHI * GROWTH[1], rel=0.05)


@pytest.mark.parametrize("strategy", [recursive, mimo])
def test_error_by_step_of_a_fitted_ar1_grows_as_the_book_says(strategy) -> None:
    """The recursion and the model with all steps at once reach the same floor."""
    x = draws(4000, 40 + FAR)
    history = Panel.from_arrays(x[:, :40])
    forecaster = sa.fit(
        models.LinearAR(1),
        history,
        FAR,
        key=jax.random.key(0),
        scaler=identity(),
        strategy=strategy,
    )
    error = forecaster.predict().mean[..., 0] - x[:, 40:]
    np.testing.assert_allclose((error**2).mean(axis=0), GROWTH, rtol=4 * np.sqrt(2 / 4000))


@pytest.mark.parametrize(
    ("strategy", "head"),
    [(recursive, Gaussian()), (mimo, models.Quantiles(probabilities=(0.1, 0.5, 0.9)))],
)
def test_intervals_of_a_fitted_ar1_cover_what_they_say(strategy, head) -> None:
    x = draws(1500, 60 + FAR, seed=1)
    history = Panel.from_arrays(x[:, :60])
    forecaster = sa.fit(
        models.LinearAR(1),
        history,
        FAR,
        key=jax.random.key(0),
        scaler=identity(),
        strategy=strategy,
        head=head,
    )
    quantiles = forecaster.predict(quantiles=(0.1, 0.5, 0.9), paths=300).quantiles[:, :, 0]
    below = (x[:, 60:, None] < quantiles).mean(axis=0)
    np.testing.assert_allclose(
        below, np.broadcast_to([0.1, 0.5, 0.9], below.shape), rtol=0, atol=0.04
    )


def test_naive_intervals_of_a_random_walk_widen_with_the_root_of_the_step() -> None:
    walk = np.random.default_rng(0).normal(0, 3.0, 4000).cumsum()
    forecaster = sa.fit(models.Naive(), Panel.from_arrays([walk]), FAR, key=jax.random.key(0))
    done = forecaster.predict(quantiles=(0.1, 0.9), paths=20_000)
    width = (done.quantiles[0, :, 0, 1] - done.quantiles[0, :, 0, 0]) / 2
    np.testing.assert_allclose(width, 3.0 * 1.2816 * np.sqrt(STEPS), rtol=0.05)
    np.testing.assert_allclose(done.mean[0, :, 0], walk[-1], rtol=1e-5)
    table = forecaster.forecast(levels=[80], paths=20_000)
    np.testing.assert_allclose((table["hi-80"] - table["lo-80"]) / 2, width, rtol=1e-9)


def test_drift_extends_the_line_and_its_variance_counts_the_slopes_own_error() -> None:
    """Var = σ²k(1 + k/(T−1)): the paths learn the slope from themselves, which is the textbook's
    formula."""
    steps, sigma = 31, 2.0
    draw = np.random.default_rng(0)
    panel = Panel.from_arrays((0.5 + draw.normal(0, sigma, (2000, steps))).cumsum(axis=1))
    forecaster = sa.fit(models.Drift(), panel, FAR, key=jax.random.key(0), scaler=identity())
    first, last = panel.values[panel.offsets[:-1], 0], panel.values[panel.offsets[1:] - 1, 0]
    line = last[:, None] + STEPS * ((last - first) / (steps - 1))[:, None]
    np.testing.assert_allclose(forecaster.predict().mean[..., 0], line, rtol=1e-4, atol=1e-3)
    one = forecaster.predict(
        panel=panel.take(np.arange(1)), quantiles=(0.1586553, 0.8413447), paths=20_000
    ).quantiles[0, :, 0]
    step_one = (
        one[0, 1] - one[0, 0]
    ) / 2  # in-sample errors of a growing line are a little above σ
    np.testing.assert_allclose(
        (one[:, 1] - one[:, 0]) / 2 / step_one,
        np.sqrt(STEPS * (1 + STEPS / (steps - 1)) / (1 + 1 / (steps - 1))),
        rtol=0.04,
    )


def test_context_is_all_that_is_looked_at() -> None:
    x = draws(3, 30)
    full, cut = (
        predict(known_ar(), identity().fit(panel), panel, 3, context=1, key=jax.random.key(0)).mean
        for panel in (Panel.from_arrays(x), Panel.from_arrays(x[:, -1:]))
    )
    np.testing.assert_allclose(full, cut, rtol=1e-6)
    np.testing.assert_allclose(full[:, :, 0], x[:, -1:] * PHI ** np.arange(1, 4), rtol=1e-5)
