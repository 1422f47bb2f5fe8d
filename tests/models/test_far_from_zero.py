"""Emissions learned from values far from 0: the same as from values around 0, but for the place."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from stepahead import models
from stepahead.models import HMM, Emission, Weighted, lagged

FAR = 1e6
KINDS = {
    "normal": (models.Gaussian(), 2),
    "full": (models.FullGaussian(), 2),
    "tied": (models.FullGaussian(tied=True), 2),
    "student": (models.StudentT(), 1),
    "mixture": (models.MixtureOf(2, models.Gaussian()), 1),
    "mixture of student": (models.MixtureOf(2, models.StudentT()), 1),
    "each": ((models.Gaussian(), models.StudentT()), 2),
    "autoregressive": (models.Autoregressive(2), 1),
}


def observations(channels: int, lags: int, place: float) -> Weighted:
    """Two states of two places and widths, with gaps; the move rounds no value."""
    draws = np.random.default_rng(3)
    state = draws.random(400) < 0.4
    values = np.where(state, 3.0, 0.0)[:, None] + draws.normal(size=(400, channels))
    values = np.round(values * 1024) / 1024 + place
    observed = draws.random(values.shape) < 0.9
    observed[: lags + 1] = False
    first = 0.1 + 0.8 * state
    held = np.where(observed | (lags > 0), values, 0.0)
    mean = np.array([values[seen, c].mean() for c, seen in enumerate(observed.T)])
    spread = np.array([values[seen, c].std() for c, seen in enumerate(observed.T)])
    weights = np.stack([1 - first, first], axis=1)
    return Weighted(held, observed, lagged(held, lags), weights, 0.1, mean, spread)


def learned(kind, channels: int, place: float) -> Emission:
    """After two steps, so that the second begins from the place."""
    blank = HMM(2, kind).blank(channels)
    given = observations(channels, blank.lags, place)
    return blank.around(given.mean, given.spread).learned(given).learned(given)


@pytest.mark.parametrize("name", KINDS)
def test_emissions_far_from_zero_keep_their_digits(name: str) -> None:
    kind, channels = KINDS[name]
    near, far = (learned(kind, channels, place) for place in (0.0, FAR))
    given = observations(channels, near.lags, 0.0)
    moved = observations(channels, near.lags, FAR)
    with jax.enable_x64(True):
        one, other = (
            np.asarray(emission.scores(*(jnp.asarray(part) for part in seen[:3])))
            for emission, seen in ((near, given), (far, moved))
        )
    np.testing.assert_allclose(other, one, rtol=1e-6, atol=1e-6)
    assert np.ptp(one) > 1
