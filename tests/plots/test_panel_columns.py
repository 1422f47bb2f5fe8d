"""A panel and its forecast are drawn as they are: `forecast_plot(panel, table)` is the figure of
their columns."""

import numpy as np
import pandas as pd
import pytest

import stepahead as sa
from stepahead.plots import forecast_plot


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_a_panel_is_drawn_as_its_columns(zone: str | None) -> None:
    frame = pd.DataFrame(
        {"ds": pd.date_range("2024-01-01", periods=20, freq="D", tz=zone), "y": np.arange(20.0)}
    )
    panel = sa.read(frame)
    table = sa.fit(sa.models.Drift(), panel, 2, key=0).forecast(levels=80)
    drawn = forecast_plot(panel, table, actual=panel).to_dict()
    wall = frame["ds"].dt.tz_localize(None).to_numpy()
    past = {"unique_id": panel.ids.repeat(20), "ds": wall, "y": panel.values[:, 0]}
    ahead = {name: table[name].to_numpy() for name in table.columns}
    ahead["ds"] = wall[-1] + np.array([1, 2]) * np.timedelta64(1, "D")
    assert drawn == forecast_plot(past, ahead, actual=past).to_dict()


def test_each_channel_of_a_series_is_drawn_by_itself() -> None:
    values = np.arange(40.0).reshape(1, 20, 2)
    panel = sa.Panel.from_arrays(values, ids=["a"], names=["sold", "price"])
    table = sa.fit(sa.models.Naive(), panel, 2, key=0).forecast(levels=())
    drawn = forecast_plot(panel, table, ids=["a, price"]).to_dict()
    past = {"unique_id": np.repeat("a, price", 20), "ds": panel.times, "y": values[0, :, 1]}
    rows = (table["channel"] == "price").to_numpy()
    ahead = {
        "unique_id": np.repeat("a, price", 2),
        "ds": table["ds"].to_numpy()[rows],
        "forecast": table["forecast"].to_numpy()[rows],
    }
    assert drawn == forecast_plot(past, ahead).to_dict()
