"""Oracle: the 24 published methods of the M3 competition, scored by our sMAPE, give the printed
table."""

import numpy as np
import pandas as pd
import pytest

from stepahead.evaluation import smape

HORIZON = 18
PRINTED = {"THETA": 13.05, "ForecastPro": 13.23, "COMB S-H-D": 13.51, "NAIVE2": 15.46}
THETA = {"Yearly": 16.97, "Quarterly": 8.96, "Monthly": 13.89, "Other": 4.41}


@pytest.fixture(scope="module")
def published(data_folder):
    """Actual values `[3003, 18]` and each method's forecasts of the same shape, NaN beyond a
    series' horizon; each series' frequency."""
    tests = [
        pd.read_csv(data_folder / "m3" / f"M3-{name}-test.csv.gz").assign(frequency=name)
        for name in THETA
    ]
    actual = pd.concat(tests).set_index("id")
    steps = [f"V{k}" for k in range(1, HORIZON + 1)]
    table = pd.read_csv(data_folder / "m3" / "M3-forecasts-24-methods.csv.gz")
    forecasts = {
        name: rows.set_index("id")
        .reindex(actual.index)[[f"F{k}" for k in range(1, HORIZON + 1)]]
        .to_numpy(np.float64)
        for name, rows in table.groupby("method", sort=False)
    }
    return actual[steps].to_numpy(np.float64), forecasts, actual["frequency"].to_numpy(dtype=object)


def score(actual, forecast):
    """SMAPE over all points of the series that the method forecast (two of them left some out)."""
    given = ~np.isnan(forecast[:, :1])
    return float(smape(actual, forecast, mask=np.broadcast_to(given, actual.shape)))


def test_the_table_of_published_methods(published):
    """The four that are printed, to two decimals; all 24 are shown with `pytest -s`."""
    actual, forecasts, frequency = published
    assert len(forecasts) == 24
    scores = {name: score(actual, forecast) for name, forecast in forecasts.items()}
    print(f"\n{'method':14s}{'all':>8s}" + "".join(f"{name:>11s}" for name in THETA))  # noqa: T201
    for name in sorted(scores, key=scores.__getitem__):
        parts = [frequency == part for part in THETA]
        shown = [
            score(actual[p], forecasts[name][p])
            if np.isfinite(forecasts[name][p]).any()
            else np.nan
            for p in parts
        ]
        print(f"{name:14s}{scores[name]:8.2f}" + "".join(f"{value:11.2f}" for value in shown))  # noqa: T201
    assert {name: round(scores[name], 2) for name in PRINTED} == PRINTED


def test_theta_by_frequency(published):
    """Theta's four printed numbers."""
    actual, forecasts, frequency = published
    ours = {
        name: round(score(actual[frequency == name], forecasts["THETA"][frequency == name]), 2)
        for name in THETA
    }
    assert ours == THETA
