"""Scores of distributions and intervals: worked by hand, against plain loops, and minimised by the
truth."""

import math

import numpy as np
import pytest
from scipy.special import ndtri

from stepahead._check import Refusal
from stepahead.evaluation import (
    coverage,
    crps_from_quantiles,
    crps_from_samples,
    mae,
    msis,
    owa,
    pinball,
    rmsse,
    smape,
    width,
    winkler,
    wql,
)

NAN = np.nan


def test_rmsse_by_hand():
    """The root is taken last; series of scale 0 or unknown are left out; nothing left is
    refused."""
    y, f = (
        np.array([[1.0, 2.0], [3.0, 3.0], [8.0, NAN]]),
        np.array([[2.0, 5.0], [9.0, 9.0], [4.0, 8.0]]),
    )
    scale = np.array([[2.0], [0.0], [4.0]])
    assert rmsse(y, f, scale) == pytest.approx(math.sqrt((1 / 2 + 9 / 2 + 16 / 4) / 3))
    np.testing.assert_allclose(rmsse(y, f, scale, axis=1), [math.sqrt(2.5), NAN, 2.0])
    with pytest.raises(Refusal, match="RMSSE is undefined"):
        rmsse(y[1:2], f[1:2], scale[1:2])


def test_owa_by_hand():
    """Each measure is averaged over series before it is divided; a series without a scale counts in
    the sMAPE alone."""
    y = np.array([[10.0, 20.0], [5.0, NAN], [4.0, 4.0]])
    f, two = (
        np.array([[12.0, 20.0], [4.0, 0.0], [4.0, 4.0]]),
        np.array([[10.0, 10.0], [9.0, 0.0], [4.0, 2.0]]),
    )
    scale = np.array([2.0, 4.0, 0.0])
    ours = (200 * 2 / 22 / 2 + 200 * 1 / 9 + 0) / 3, (2 / 2 / 2 + 1 / 4) / 2
    theirs = (200 * 10 / 30 / 2 + 200 * 4 / 14 + 200 * 2 / 6 / 2) / 3, (10 / 2 / 2 + 4 / 4) / 2
    assert owa(y, f, two, scale) == pytest.approx((ours[0] / theirs[0] + ours[1] / theirs[1]) / 2)
    assert float(np.mean(smape(y, f, axis=1))) == pytest.approx(ours[0])
    with pytest.raises(Refusal, match="OWA is undefined"):
        owa(y, f, np.nan_to_num(y), scale)


def test_wql_by_hand():
    """Twice the pinball loss over the size of what came, mean over quantiles; a missing value
    counts in neither."""
    y, q = np.array([10.0, NAN, -30.0]), np.array([[8.0, 12.0], [0.0, 0.0], [-31.0, -20.0]])
    by_level = [2 * (0.1 * 2 + 0.1 * 1) / 40, 2 * (0.1 * 2 + 0.1 * 10) / 40]
    assert wql(y, q, (0.1, 0.9)) == pytest.approx(np.mean(by_level))
    assert math.isnan(wql(np.zeros(2), np.ones((2, 1)), (0.5,)))


def test_crps_of_a_normal():
    """From quantiles, from samples, and from the closed form: σ·(z(2Φ(z) − 1) + 2φ(z) − 1/√π)."""
    z, sd = np.array([-1.2, 0.0, 0.4]), 2.0
    phi, below = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi), np.array([0.11507, 0.5, 0.65542])
    exact = sd * (z * (2 * below - 1) + 2 * phi - 1 / math.sqrt(math.pi))
    probabilities = ((np.arange(400) + 0.5) / 400).tolist()
    quantiles = np.broadcast_to(sd * ndtri(probabilities), (3, 400))
    np.testing.assert_allclose(
        crps_from_quantiles(sd * z, quantiles, probabilities, axis=()), exact, atol=2e-3
    )
    drawn = np.random.default_rng(0).normal(0, sd, (3, 40_000))
    np.testing.assert_allclose(crps_from_samples(sd * z, drawn, axis=()), exact, atol=2e-2)


def test_crps_from_samples_is_fair():
    """Equal to the double loop over different draws; over many small ensembles its mean is that of
    the distribution."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 5)), np.array([0.3, NAN])
    pairs = [abs(a - b) for i, a in enumerate(x[0]) for j, b in enumerate(x[0]) if i != j]
    assert crps_from_samples(y, x) == pytest.approx(np.abs(x[0] - 0.3).mean() - np.mean(pairs) / 2)
    many = crps_from_samples(np.zeros(60_000), rng.normal(size=(60_000, 3)))
    assert many == pytest.approx((math.sqrt(2) - 1) / math.sqrt(math.pi), abs=5e-3)


def test_quantile_crps_weighs_its_probabilities():
    """One probability is the absolute error; each has the part of (0, 1) nearest to it;
    probabilities that fall are refused."""
    y, q = np.array([3.0, 1.0]), np.array([[1.0, 2.0, 5.0], [0.0, 1.0, 4.0]])
    assert crps_from_quantiles(y, q[:, 1:2], (0.3,), axis=()).tolist() == pytest.approx(
        (2 * pinball(y, q[:, 1:2], (0.3,), axis=()))[:, 0]
    )
    assert crps_from_quantiles(y, q[:, 1:2], (0.5,)) == pytest.approx(mae(y, q[:, 1]))
    loss = pinball(y, q, (0.1, 0.5, 0.6))
    assert crps_from_quantiles(y, q, (0.1, 0.5, 0.6)) == pytest.approx(
        2 * (0.3 * loss[0] + 0.25 * loss[1] + 0.45 * loss[2])
    )
    with pytest.raises(Refusal, match="`probabilities` must rise"):
        crps_from_quantiles(y, q, (0.5, 0.1, 0.6))


def test_intervals_by_hand():
    """Width, Winkler's penalty on either side, its scaled form, and a missing value that counts
    nowhere."""
    y = np.array([[5.0, 0.0], [NAN, 2.0]])
    low, high = np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([[3.0, 2.0], [99.0, 4.0]])
    np.testing.assert_allclose(width(y, low, high, axis=0), [2.0, 2.0])
    each = [2 + 2 / 0.05 * 2, 1 + 2 / 0.05 * 1, 3]
    assert winkler(y, low, high, 95) == pytest.approx(np.mean(each))
    scale = np.array([[2.0], [0.0]])
    assert msis(y, low, high, 95, scale) == pytest.approx((each[0] / 2 + each[1] / 2) / 2)
    np.testing.assert_allclose(coverage(y, low, high, axis=0), [0.0, 0.5])
    for score in (width(y, low, high), winkler(y, low, high, 80)):
        assert np.isfinite(score)
    with pytest.raises(Refusal, match="`level` is in percent"):
        winkler(y, low, high, 0)
    with pytest.raises(Refusal, match="lies above `high`"):
        winkler(y, high, low, 80)


def test_the_true_interval_has_the_best_winkler_score():
    """Narrower and wider ones cost more: the score is proper."""
    y = np.random.default_rng(3).normal(size=4000)
    ends = [np.full(4000, z * ndtri(0.9)) for z in (0.7, 1.0, 1.4)]
    assert int(np.argmin([winkler(y, -end, end, 80) for end in ends])) == 1
