"""Metrics: cases worked by hand, a plain Python loop as oracle, and the rules that all of them
share."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from stepahead._check import Refusal
from stepahead.evaluation import bias, coverage, mae, mape, mase, mse, pinball, rmse, smape

NAN = np.nan
Y = np.array([[10.0, 20.0, NAN], [5.0, 5.0, 5.0]])
F = np.array([[12.0, 15.0, 99.0], [5.0, 6.0, 1.0]])
POINT = {"bias": bias, "mae": mae, "mse": mse, "rmse": rmse, "mape": mape, "smape": smape}
BY_HAND = {
    "bias": (2 - 5 + 0 + 1 - 4) / 5,
    "mae": (2 + 5 + 0 + 1 + 4) / 5,
    "mse": (4 + 25 + 0 + 1 + 16) / 5,
    "rmse": math.sqrt(46 / 5),
    "mape": (20 + 25 + 0 + 20 + 80) / 5,
    "smape": 200 * (2 / 22 + 5 / 35 + 0 + 1 / 11 + 4 / 6) / 5,
}


@pytest.mark.parametrize("name", POINT)
def test_by_hand(name):
    """The pooled value over five observed points, worked by hand."""
    assert POINT[name](Y, F) == pytest.approx(BY_HAND[name], rel=1e-12)


@pytest.mark.parametrize("name", POINT)
def test_rules(name):
    """A missing actual counts nowhere, a mask does the same, an axis averages its own points, an
    empty cell is NaN."""
    metric = POINT[name]
    mask = np.array([[True, False, True], [False, False, False]])
    assert metric(Y, F, mask=mask) == pytest.approx(metric(Y[:1, :1], F[:1, :1]), rel=1e-12)
    by_row = metric(Y, F, axis=1)
    np.testing.assert_allclose(by_row, [metric(Y[:1], F[:1]), metric(Y[1:], F[1:])], rtol=1e-12)
    np.testing.assert_array_equal(np.isnan(metric(Y, F, axis=1, mask=mask)), [False, True])
    poisoned = F.copy()
    poisoned[0, 2] = NAN
    assert metric(Y, poisoned) == metric(Y, F)
    assert metric(Y, np.where(np.isnan(Y), 0.0, Y)) == 0


@pytest.mark.parametrize("name", POINT)
def test_refusals(name):
    """Other shapes, nothing to compare with, and a forecast missing where it counts are refused."""
    metric = POINT[name]
    with pytest.raises(Refusal, match="must have one shape"):
        metric(Y, F[:, :2])
    with pytest.raises(Refusal, match="no actual value"):
        metric(np.full((2, 2), NAN), np.zeros((2, 2)))
    with pytest.raises(Refusal, match="missing or infinite at 1 of 5 points"):
        metric(Y, np.where(F == 15, NAN, F))


def test_sign_of_bias():
    """Too high is positive."""
    assert bias(np.array([1.0]), np.array([3.0])) == 2


def test_undefined_percentages():
    """MAPE leaves zeros out; sMAPE of 0 against 0 is 0, and of 0 against anything 200."""
    assert mape(np.array([0.0, 4.0]), np.array([9.0, 5.0])) == 25
    assert math.isnan(mape(np.array([0.0]), np.array([1.0])))
    assert smape(np.array([0.0]), np.array([0.0])) == 0
    assert smape(np.array([0.0]), np.array([-3.0])) == 200


def test_pooled_and_per_series_smape_differ():
    """All points (M3) against the mean of series (M4), with a series that is shorter."""
    y = np.array([[2.0, NAN, NAN, NAN], [1.0, 1.0, 1.0, 1.0]])
    f = np.array([[6.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 3.0]])
    assert smape(y, f) == pytest.approx((100 + 100) / 5)
    assert smape(y, f, axis=1).mean() == pytest.approx((100 + 25) / 2)


def test_mase():
    """Worked by hand; series of scale 0 or unknown are left out; nothing left is refused."""
    y, f = (
        np.array([[1.0, 2.0], [3.0, 3.0], [8.0, 9.0]]),
        np.array([[2.0, 5.0], [9.0, 9.0], [8.0, 8.0]]),
    )
    scale = np.array([[2.0], [0.0], [NAN]])
    assert mase(y, f, scale) == pytest.approx((0.5 + 1.5) / 2)
    np.testing.assert_allclose(mase(y, f, scale, axis=1), [1.0, NAN, NAN])
    with pytest.raises(Refusal, match="MASE is undefined"):
        mase(y[1:], f[1:], scale[1:])


def test_pinball():
    """Too low by d costs τd, too high (1−τ)d; the quantiles stay; at one half it is half the
    MAE."""
    y = np.array([[10.0, 10.0], [NAN, 20.0]])
    q = np.stack([y - 2, y + 4], axis=-1)
    q[1, 0] = 7.0
    np.testing.assert_allclose(pinball(y, q, (0.1, 0.9)), [0.2, 0.4])
    np.testing.assert_allclose(pinball(y, q, (0.1, 0.9), axis=1), [[0.2, 0.4], [0.2, 0.4]])
    np.testing.assert_allclose(
        pinball(y, q, (0.1, 0.9), axis=-1, mask=y == 20), [[NAN, NAN], [0.2, 0.4]]
    )
    guess = np.where(np.isnan(y), 0, y) + np.array([[3.0, -1.0], [0.0, 5.0]])
    assert pinball(y, guess[..., None], (0.5,))[0] == pytest.approx(mae(y, guess) / 2)
    with pytest.raises(Refusal, match="`probabilities` must be 2 numbers between 0 and 1"):
        pinball(y, q, (10, 90))


def test_the_quantile_minimises_pinball():
    """Among constants, the sample's own quantile costs least."""
    y = np.random.default_rng(0).gamma(2.0, size=999)
    grid = np.quantile(y, [0.7, 0.8, 0.9])
    losses = [pinball(y, np.full((999, 1), g), (0.8,))[0] for g in grid]
    assert int(np.argmin(losses)) == 1


def test_coverage():
    """Ends count; missing actuals do not; crossed intervals are refused."""
    y = np.array([1.0, 2.0, 3.0, NAN])
    assert coverage(
        y, np.array([1.0, 2.5, 0.0, 0.0]), np.array([1.0, 9.0, 3.0, 9.0])
    ) == pytest.approx(2 / 3)
    with pytest.raises(Refusal, match="lies above `high` in 1 of 4"):
        coverage(y, np.array([1.0, 5.0, 0.0, 9.0]), np.array([1.0, 4.0, 3.0, 0.0]))


@given(
    y=arrays(np.float64, (3, 4), elements=st.floats(-100, 100, width=32) | st.just(NAN)),
    f=arrays(np.float64, (3, 4), elements=st.floats(-100, 100, width=32)),
    axis=st.sampled_from([None, 0, 1, (0, 1)]),
)
def test_against_a_plain_loop(y, f, axis):
    """Every metric equals a loop over cells written from its formula."""
    if np.isnan(y).all():
        return
    loss = {
        "bias": lambda a, b: b - a,
        "mae": lambda a, b: abs(b - a),
        "mse": lambda a, b: (b - a) ** 2,
        "mape": lambda a, b: 100 * abs(b - a) / abs(a) if a else None,
        "smape": lambda a, b: 200 * abs(b - a) / (abs(a) + abs(b)) if a or b else 0.0,
    }
    for name, one in loss.items():
        groups = {None: [(slice(None),)], (0, 1): [(slice(None),)]}.get(axis)
        groups = groups or [
            (slice(None), i) if axis == 0 else (i,) for i in range(y.shape[1 - axis])
        ]
        expected = []
        for group in groups:
            losses = [
                one(a, b)
                for a, b in zip(y[group].ravel(), f[group].ravel(), strict=True)
                if not math.isnan(a)
            ]
            losses = [v for v in losses if v is not None]
            expected.append(sum(losses) / len(losses) if losses else NAN)
        np.testing.assert_allclose(
            np.ravel(POINT[name](y, f, axis=axis)), expected, rtol=1e-9, atol=1e-9
        )
