"""The forecaster of sktime: its own checks, and the numbers of the method inside."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import stepahead as sa
from stepahead.forecasting import ETS, Theta
from stepahead.interop import SktimeForecaster

pytestmark = pytest.mark.filterwarnings("ignore")  # theirs

Y = pd.Series(
    30 + np.arange(40.0) + 5 * np.sin(np.arange(40) ** 2),
    index=pd.period_range("2020-01", periods=40, freq="M"),
    name="sales",
)


@pytest.fixture(autouse=True)
def sktime() -> None:
    pytest.importorskip("sktime", reason="needs sktime: `make test-interop`")


CHECKS = """
from sktime.utils.estimator_checks import check_estimator
from stepahead.interop import SktimeForecaster
results = check_estimator(SktimeForecaster, verbose=0)
print({name: done for name, done in results.items() if done != "PASSED"}, len(results) > 500)
"""


def test_sktime_s_own_checks_pass() -> None:
    """In a process of its own, in which no call is wrapped by checks of shapes."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CHECKS], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "{} True"


def test_forecasts_are_those_of_the_method() -> None:
    panel = sa.Panel.from_arrays([Y.to_numpy()])
    ours = sa.fit(Theta(), panel, 5, key=0, season=12).predict(levels=(80,))
    theirs = SktimeForecaster(Theta(), season=12).fit(Y, fh=[2, 5])
    np.testing.assert_array_equal(theirs.predict(), ours.mean[0, [1, 4], 0])
    assert theirs.predict().index.astype(str).tolist() == ["2023-06", "2023-09"]
    low, high = ours.interval(80)
    ends = theirs.predict_interval(coverage=0.8).to_numpy()
    np.testing.assert_array_equal(ends, np.stack([low, high], -1)[0, [1, 4], 0])


def test_quantiles_come_in_the_order_asked_for() -> None:
    done = SktimeForecaster(Theta()).fit(Y, fh=[1])
    high, low = done.predict_quantiles(alpha=[0.9, 0.1]).to_numpy()[0]
    assert low < high


def test_update_without_learning_keeps_the_weights() -> None:
    done = SktimeForecaster(sa.models.LinearAR(2)).fit(Y[:30], fh=[1])
    ours = sa.fit(sa.models.LinearAR(2), sa.Panel.from_arrays([Y[:30].to_numpy()]), 1, key=0)
    done.update(Y[25:31], update_params=False)
    assert done.predict().index.astype(str).tolist() == ["2022-08"]
    whole = sa.Panel.from_arrays([Y[:31].to_numpy()])
    np.testing.assert_array_equal(done.predict(), ours.with_history(whole).predict().mean[0, :, 0])


def test_steps_inside_the_sample_are_fitted_values() -> None:
    done = SktimeForecaster(ETS("A,N,N")).fit(Y)
    inside = done.predict(fh=[-1, 0, 1])
    np.testing.assert_array_equal(inside[:2], done.predictor_.fitted_values()[-2:, 0])
