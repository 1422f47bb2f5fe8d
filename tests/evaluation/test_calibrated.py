"""Conformal intervals from a backtest's own errors: only those that had been seen, and as often
right as they say."""

import numpy as np
import pytest

from stepahead import Prediction
from stepahead._check import Refusal
from stepahead.data import Panel
from stepahead.evaluation import LAST_VALUE, backtest, calibrated, intervals


def zero(history):
    """Forecast 0 for three steps."""
    return lambda seen: Prediction(np.zeros((len(seen), 3, 1)))


@pytest.fixture(scope="module")
def report():
    rng = np.random.default_rng(0)
    return backtest(
        {"zero": zero},
        Panel.from_arrays(rng.normal(size=(6, 90)) * [[1], [1], [1], [10], [10], [10]]),
        3,
        40,
    )


def test_coverage_is_near_nominal_at_every_step(report):
    """On noise of two sizes: pooled by scale, both are covered, and the wide series has wide
    intervals."""
    done = calibrated(report)
    table = intervals(done, by_step=True)
    assert np.abs(table["coverage"] - table["level"]).max() < 6
    low, high = done.quantiles["zero"][..., 0], done.quantiles["zero"][..., -1]
    width = (high - low).mean(axis=(0, 2, 3))
    assert width[3:].mean() / width[:3].mean() == pytest.approx(10, rel=0.15)
    assert set(done.probabilities) == set(report.mean) and done.probabilities[LAST_VALUE] == (
        0.025,
        0.1,
        0.9,
        0.975,
    )


@pytest.mark.parametrize("gain", [0.0, 0.1])
def test_errors_that_were_still_to_come_count_nowhere(report, gain):
    """Garbage in what was not seen at an origin leaves its interval as it is, to the bit; one step
    earlier it does not."""
    whole = calibrated(report, (80,), gain=gain)
    begin, place = len(report.origins) - len(whole.origins), 25
    garbage = report.actual.copy()
    for origin in range(40):
        garbage[origin, :, max(place - origin, 0) :] = (
            1e6  # step k of origin o is seen at origin o + k
        )
    changed = type(report)(**{**vars(report), "actual": garbage})
    done = calibrated(changed, (80,), gain=gain, first=begin)
    np.testing.assert_array_equal(
        done.quantiles["zero"][place - begin], whole.quantiles["zero"][place - begin]
    )
    assert not np.array_equal(
        done.quantiles["zero"][place - begin + 1], whole.quantiles["zero"][place - begin + 1]
    )


def test_the_oldest_origins_are_left_out(report):
    """The first that has enough errors at every step, or the one that was asked for; none is
    refused with the numbers."""
    assert (
        len(calibrated(report, (95,)).origins) == 40 - 9
    )  # 39 errors of 6 series are 7 origins, seen 2 later at step 3
    assert len(calibrated(report, (80,), first=30).origins) == 10
    with pytest.raises(
        Refusal,
        match=(
            "95 % need 39 errors at every step before an origin, but even the newest of 4 origins"
        ),
    ):
        calibrated(
            backtest(
                {"zero": zero},
                Panel.from_arrays(np.random.default_rng(1).normal(size=(2, 40))),
                3,
                4,
            )
        )
