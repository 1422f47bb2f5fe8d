"""Mixtures of distributions: by bisection of the exact distribution function."""

from statistics import NormalDist

import numpy as np
import pytest

from stepahead.classical import normal_quantiles
from stepahead.forecasting import KNOTS, pooled_quantiles

CASES = {
    "one inside the other": [(0.0, 1.0, 0.5), (0.0, 3.0, 0.5)],
    "apart": [(0.0, 1.0, 0.3), (4.0, 1.0, 0.7)],
    "three": [(-1.0, 0.5, 0.2), (0.0, 2.0, 0.5), (3.0, 1.0, 0.3)],
}


def exact(parts: list[tuple[float, float, float]], probability: float) -> float:
    low, high = -50.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        below = sum(w * NormalDist(mean, spread).cdf(middle) for mean, spread, w in parts)
        low, high = (middle, high) if below < probability else (low, middle)
    return low


@pytest.mark.parametrize("name", CASES)
def test_quantiles_are_those_of_the_exact_mixture(name: str) -> None:
    parts = CASES[name]
    members = np.array([mean + spread * normal_quantiles(KNOTS) for mean, spread, _ in parts])
    weights = np.array([weight for _, _, weight in parts])
    found = pooled_quantiles(weights[None], members[:, None, None], KNOTS, KNOTS)[0, 0]
    spread = np.ptp([exact(parts, p) for p in (0.1, 0.9)])
    np.testing.assert_allclose(found, [exact(parts, p) for p in KNOTS], atol=0.06 * spread)
    assert (np.diff(found) > 0).all()


def test_members_that_agree_or_weigh_nothing_change_nothing() -> None:
    draws = np.random.default_rng(0)
    one = np.sort(draws.gamma(2, size=(4, 3, 2, len(KNOTS))), axis=-1)
    other = np.sort(draws.normal(50, size=one.shape), axis=-1)
    same = pooled_quantiles(np.full((4, 3, 2), 0.5), np.stack([one, one]), KNOTS, (0.1, 0.9))
    np.testing.assert_allclose(same, one[..., [1, 5]])
    alone = np.array([[1.0, 0.0]] * 2 + [[0.0, 1.0]] * 2)
    found = pooled_quantiles(
        np.repeat(alone[:, None], 3, axis=1), np.stack([one, other]), KNOTS, KNOTS
    )
    np.testing.assert_allclose(found, np.concatenate([one[:2], other[2:]]))
    flat = np.zeros((2, 1, 1, len(KNOTS)))
    assert (pooled_quantiles(np.array([[0.5, 0.5]]), flat, KNOTS, KNOTS) == 0).all()
