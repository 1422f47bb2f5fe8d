"""Direction of time: found where it can be, in both senses, and not found where nothing tells
it."""

import numpy as np
import pytest

from stepahead._check import Refusal
from stepahead.data import Panel
from stepahead.evaluation import backwards, direction_of_time, hsic_test, kernel_regression


def process(step, noise, seed, steps=240):
    """x' = step(x) + noise, after a start that is thrown away."""
    rng = np.random.default_rng(seed)
    shocks = noise(rng, steps + 50)
    x = np.zeros(steps + 50)
    for t in range(1, len(x)):
        x[t] = step(x[t - 1]) + shocks[t]
    return Panel.from_arrays([x[50:]])


def gaussian(rng, n):
    return rng.normal(size=n)


NONLINEAR = (lambda x: 2 * np.sin(1.2 * x), lambda rng, n: 0.5 * rng.normal(size=n))
SKEWED = (lambda x: 0.7 * x, lambda rng, n: rng.exponential(size=n) - 1)
UNIFORM = (lambda x: 0.7 * x, lambda rng, n: rng.uniform(-1.7, 1.7, n))
LINEAR_GAUSSIAN = (lambda x: 0.7 * x, gaussian)


@pytest.mark.parametrize(
    "kind", [NONLINEAR, SKEWED, UNIFORM], ids=["nonlinear", "skewed", "uniform"]
)
def test_the_direction_is_found_and_turns_with_the_series(kind):
    """In at least one of two draws, and the wrong one in none; reversed, the verdict is
    reversed."""
    found = [
        direction_of_time(process(*kind, seed), key=seed, permutations=59).verdict
        for seed in range(2)
    ]
    assert "forward" in found and "backward" not in found
    turned = backwards(process(*kind, found.index("forward")))
    assert (
        direction_of_time(turned, key=found.index("forward"), permutations=59).verdict == "backward"
    )


def test_a_linear_gaussian_process_has_none():
    """It looks the same both ways: nothing is found, and the sentence says why."""
    found = [
        direction_of_time(process(*LINEAR_GAUSSIAN, seed), key=seed, permutations=99)
        for seed in range(3)
    ]
    assert [one.verdict for one in found].count("no evidence") >= 2
    assert "in both directions the residuals are independent" in str(found[0])
    assert found[0].forward.error == pytest.approx(found[0].backward.error, rel=0.05)


def test_noise_that_depends_on_the_past_is_no_evidence():
    """Its size grows with the value before: neither way round is the residual independent, and that
    is said."""
    rng = np.random.default_rng(0)
    x = np.ones(250)
    for t in range(1, 250):
        x[t] = 0.5 * x[t - 1] + (0.1 + 0.8 * abs(x[t - 1])) * rng.normal()
    found = direction_of_time(Panel.from_arrays([x]), key=0, permutations=99)
    assert found.verdict == "no evidence"
    assert "in neither direction are the residuals" in str(found)


def test_backwards_is_its_own_inverse():
    """Every series by itself, stamps kept."""
    panel = Panel.from_arrays([[1.0, np.nan, 3.0], [4.0, 5.0]], start=7)
    turned = backwards(panel)
    np.testing.assert_array_equal(turned.values[:, 0], [3.0, np.nan, 1.0, 5.0, 4.0])
    np.testing.assert_array_equal(turned.times, panel.times)
    np.testing.assert_array_equal(backwards(turned).values, panel.values)


def test_the_test_of_independence_keeps_its_level():
    """Independent pairs are called dependent in about one of ten at 0.1; dependent ones are found
    though uncorrelated."""
    rng = np.random.default_rng(1)
    p = [
        hsic_test(
            rng.normal(size=(30, 2)), rng.exponential(size=(30, 1)), key=seed, permutations=39
        ).p
        for seed in range(150)
    ]
    assert np.mean(np.array(p) <= 0.1) == pytest.approx(0.1, abs=0.05)
    angle = rng.uniform(0, 2 * np.pi, 80)
    assert (
        hsic_test(np.cos(angle)[:, None], np.sin(angle)[:, None], key=0, permutations=99).p == 0.01
    )
    with pytest.raises(Refusal, match="the same number of rows, at least 8"):
        hsic_test(np.zeros((7, 1)), np.zeros((7, 1)), key=0)


def test_hsic_equals_its_formula():
    """The trace of K·H·L·H over n², written out."""
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(12, 1)), rng.normal(size=(12, 2))

    def kernel(z):
        z = z / z.std(axis=0)
        distance = np.array([[np.sum((a - b) ** 2) for b in z] for a in z])
        return np.exp(-distance / np.median(distance[np.triu_indices(12, 1)]))

    centre = np.eye(12) - 1 / 12
    wanted = np.trace(kernel(x) @ centre @ kernel(y) @ centre) / 144
    assert hsic_test(x, y, key=0, permutations=1).statistic == pytest.approx(wanted)


def test_kernel_regression_leaves_each_target_out():
    """A target moved far away is not predicted to be there, and on noise it explains nothing."""
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(80, 1)), rng.normal(size=80)
    y[7] = 50.0
    assert abs(kernel_regression(x, y)[7]) < 5
    noise = rng.normal(size=80)
    assert np.mean((kernel_regression(x, noise) - noise) ** 2) > 0.95 * noise.var()


def test_refusals():
    """Too few rows with their number, and more than one channel."""
    with pytest.raises(
        Refusal, match="at least 50 steps with the 2 before them, all observed, but there are 38"
    ):
        direction_of_time(
            Panel.from_arrays([np.random.default_rng(0).normal(size=40)]), key=0, lags=2
        )
    with pytest.raises(Refusal, match="one channel, but the panel has 2"):
        direction_of_time(Panel.from_arrays(np.zeros((1, 9, 2))), key=0)
