"""Oracle: the naive references of the M4's hourly series give the competition's printed sMAPE, MASE
and OWA."""

import numpy as np
import pandas as pd
import pytest

from stepahead.data import Panel
from stepahead.evaluation import last_season, mase, naive2, owa, seasonal_naive_mae, smape


def test_the_printed_naive_figures(data_folder):
    """Naive, seasonal naive and Naive2, 414 series, 48 hours ahead, beside
    `published-by-frequency.csv`."""
    train, test = (
        pd.read_csv(data_folder / "m4" / f"Hourly-{part}.csv.gz").iloc[:, 1:].to_numpy(np.float64)
        for part in ("train", "test")
    )
    table = pd.read_csv(data_folder / "m4" / "published-by-frequency.csv", header=1).set_index(
        "User ID"
    )
    history = Panel.from_arrays([row[~np.isnan(row)] for row in train])
    scale = seasonal_naive_mae(history, 24)
    forecasts = {
        "Naive": last_season(history, 48, 1),
        "sNaive": last_season(history, 48, 24),
        "Naive2": naive2(history, 48, 24),
    }
    for name, forecast in forecasts.items():
        printed = [float(table.loc[name, f"Hourly{place}"]) for place in ("", ".1", ".2")]
        ours = [
            smape(test, forecast[..., 0], axis=1).mean(),
            mase(test, forecast[..., 0], scale, axis=1).mean(),
            owa(test, forecast[..., 0], forecasts["Naive2"][..., 0], scale[:, 0]),
        ]
        assert ours == pytest.approx(printed, abs=6e-4), name
