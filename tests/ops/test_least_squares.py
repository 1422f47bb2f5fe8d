"""Least squares leaves alone what the features do not tell apart."""

import numpy as np

from stepahead.ops import least_squares


def test_a_direction_below_the_cutoff_gets_no_weight() -> None:
    draw = np.random.default_rng(0)
    x, tiny = draw.normal(size=(200, 1)), draw.normal(size=(200, 1))
    features, targets = np.concatenate([x, x + 1e-7 * tiny], axis=1), x + tiny
    wild, _ = least_squares(features, targets)
    calm, _ = least_squares(features, targets, cutoff=1e-5)
    assert np.abs(wild).max() > 1e5
    assert np.abs(calm - np.polyfit(x[:, 0], targets[:, 0], 1)[0] / 2).max() < 1e-5


def test_the_cutoff_is_the_same_where_the_design_is_folded(monkeypatch) -> None:
    draw = np.random.default_rng(1)
    features = draw.normal(size=(300, 3)) @ np.diag([1.0, 1e-3, 1e-6])
    targets = features @ np.array([[1.0], [1e3], [1e6]])
    dense = least_squares(features, targets, cutoff=1e-4)
    monkeypatch.setattr("stepahead.ops._least_squares.LARGEST_DENSE", 100)
    for one, other in zip(least_squares(features, targets, cutoff=1e-4), dense, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-3)
