"""Figures, read from their specifications."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from stepahead import Refusal
from stepahead.plots import (
    error_by_step_plot,
    forecast_plot,
    learning_curve_plot,
    overlay_plot,
    series_plot,
)
from stepahead.plots._axes import positions, stamps
from stepahead.plots._thinned import MOST_POINTS, thinned
from stepahead.plots.report._page import legend_of

DAYS = np.datetime64("2024-02-28") + np.arange(3)


def rows(layer: Any, column: str) -> list[Any]:
    return [None if value != value else value for value in layer.data[column].tolist()]


def layers(figure: Any, mark: str) -> list[Any]:
    return [layer for layer in figure.layer if layer.mark.type == mark]


def past(ids: list[str]) -> dict[str, Any]:
    return {
        "unique_id": np.repeat(ids, 3),
        "ds": np.tile(DAYS, len(ids)),
        "y": np.arange(3.0 * len(ids)),
    }


def ahead(ids: list[str]) -> dict[str, Any]:
    mean = np.arange(2.0 * len(ids))
    columns = {
        "unique_id": np.repeat(ids, 2),
        "ds": np.tile(DAYS[-1] + np.array([1, 2]), len(ids)),
        "forecast": mean,
    }
    return columns | {"lo-80": mean - 1, "hi-80": mean + 1, "lo-95": mean - 2, "hi-95": mean + 2}


def test_the_forecast_continues_the_last_value_and_intervals_open_from_it() -> None:
    figure = forecast_plot(past(["a"]), ahead(["a"]))
    wide, narrow = layers(figure, "area")
    assert (rows(wide, "y"), rows(wide, "high")) == ([2.0, -2.0, -1.0], [2.0, 2.0, 3.0])
    assert (rows(narrow, "y"), rows(narrow, "high")) == ([2.0, -1.0, 0.0], [2.0, 1.0, 2.0])
    history, forecast = layers(figure, "line")
    assert rows(history, "y") == [0.0, 1.0, 2.0]
    assert rows(forecast, "y") == [2.0, 0.0, 1.0]
    assert rows(forecast, "when") == ["2024-03-01", "2024-03-02", "2024-03-03"]
    assert rows(layers(figure, "rule")[0], "t") == rows(history, "t")[-1:]


def test_a_trace_of_demand_after_zeros_does_not_fill_the_figure() -> None:
    quiet, trace = past(["a"]) | {"y": np.zeros(3)}, ahead(["a"])
    ends = ("forecast", "lo-80", "hi-80", "lo-95", "hi-95")
    trace |= {name: 1e-4 * np.abs(trace[name]) for name in ends}
    for history, forecast, top in ((quiet, trace, 1.0), (past(["a"]), trace, None)):
        figure = forecast_plot(history, forecast).to_dict()
        assert figure["layer"][0]["encoding"]["y"]["scale"].get("domainMax") == top
    assert "domainMax" not in str(forecast_plot(quiet, ahead(["a"])).to_dict())


def test_a_forecast_after_a_missing_value_starts_on_its_own() -> None:
    history = past(["a"]) | {"y": np.array([0.0, 1.0, np.nan])}
    drawn = layers(forecast_plot(history, ahead(["a"])), "line")
    assert rows(drawn[0], "y") == [0.0, 1.0, None]
    assert rows(drawn[1], "y") == [0.0, 1.0]


def test_frames_are_columns_too() -> None:
    figure = forecast_plot(pd.DataFrame(past(["a"])), pd.DataFrame(ahead(["a"])))
    assert figure.to_dict() == forecast_plot(past(["a"]), ahead(["a"])).to_dict()


def test_each_series_has_its_panel_and_the_rest_is_counted() -> None:
    ids = [f"s{i}" for i in range(9)]
    figure = forecast_plot(past(ids), ahead(ids)).to_dict()
    assert len(figure["concat"]) == 6
    assert figure["title"]["subtitle"] == "6 of 9 series"
    chosen = forecast_plot(past(ids), ahead(ids), ids=["s7", "s2"])
    histories = [layers(panel.layer[0], "line")[0] for panel in chosen.concat]
    assert [rows(history, "y") for history in histories] == [[21.0, 22.0, 23.0], [6.0, 7.0, 8.0]]


def test_an_unknown_series_or_column_is_refused_by_name() -> None:
    with pytest.raises(Refusal, match=r"no series 'b1'\. There are: b0"):
        forecast_plot(past(["b0"]), ahead(["b0"]), ids=["b1"])
    with pytest.raises(Refusal, match="no column 'forecast'"):
        forecast_plot(past(["a"]), past(["a"]))


def test_recent_cuts_the_history() -> None:
    assert rows(layers(forecast_plot(past(["a"]), ahead(["a"]), recent=2), "line")[0], "y") == [
        1.0,
        2.0,
    ]


def test_what_came_is_drawn_beside_the_forecast() -> None:
    came = {"unique_id": ["a", "a"], "ds": DAYS[-1] + np.array([1, 2]), "y": np.array([7.0, 8.0])}
    assert rows(layers(forecast_plot(past(["a"]), ahead(["a"]), actual=came), "line")[1], "y") == [
        7.0,
        8.0,
    ]


def test_a_gap_breaks_the_line_and_a_lone_value_gets_a_dot() -> None:
    values = np.arange(60.0)
    values[[10, 12]] = np.nan
    figure = series_plot({"unique_id": ["a"] * 60, "ds": np.arange(60), "y": values})
    assert rows(layers(figure, "line")[0], "y")[10:13] == [None, 11.0, None]
    assert rows(layers(figure, "circle")[0], "y") == [11.0]


def test_thinning_keeps_every_spike_and_the_gaps() -> None:
    values = np.zeros(200_000)
    values[[12_345, 150_001]] = [9.0, -9.0]
    values[100_000:120_000] = np.nan
    kept = thinned(values)
    assert len(kept) <= MOST_POINTS + 2
    assert {12_345, 150_001, 0, 199_999} <= set(kept.tolist())
    assert np.isnan(values[kept]).any()


def test_time_is_the_clock_as_written() -> None:
    times = np.array(["1969-12-31T23:00", "1970-01-02T00:00"], dtype="M8[us]")
    assert positions(times).tolist() == [-3_600_000.0, 86_400_000.0]
    assert stamps(times) == ["1969-12-31T23:00", "1970-01-02T00:00"]
    with pytest.raises(Refusal, match="Times must be dates"):
        positions(np.array(["monday"]))


def test_runs_are_drawn_as_their_median_and_their_range() -> None:
    runs = np.array([[1.0, 10.0], [2.0, 20.0], [9.0, 90.0]])
    figure = error_by_step_plot(
        {"GRU": runs, "naive": np.array([3.0, 4.0])}, reference="naive", floor=0.5
    )
    gru, naive = layers(figure, "line")
    assert (rows(gru, "k"), rows(gru, "error")) == ([1, 2], [2.0, 20.0])
    colour, dash = (naive.to_dict()["encoding"][channel] for channel in ("color", "strokeDash"))
    assert dash["scale"] == {"domain": ["GRU", "naive"], "range": [[1, 0], [5, 4]]}
    assert (colour["legend"], colour["sort"], colour["scale"]["domain"]) == (
        dash["legend"],
        dash["sort"],
        ["GRU", "naive"],
    )  # one legend
    assert 'class="line"' in str(legend_of(figure.to_dict()))
    band = layers(figure, "area")[0]
    assert (rows(band, "error"), rows(band, "high")) == ([1.0, 10.0], [9.0, 90.0])
    assert rows(layers(figure, "rule")[0], "error") == [0.5]
    with pytest.raises(Refusal, match="empty"):
        error_by_step_plot({})


def test_losses_below_zero_are_not_drawn_on_a_logarithmic_axis() -> None:
    def axis(values: list[float]) -> str:
        return (
            learning_curve_plot({"training": np.array(values)})
            .to_dict()["layer"][0]["encoding"]["y"]["scale"]
            .get("type", "linear")
        )

    assert axis([1.0, 0.1]) == "log"
    assert axis([1.0, -0.1]) == "linear"


def test_a_learning_curve_places_its_epochs_and_marks_the_kept_one() -> None:
    figure = learning_curve_plot(
        {"training": np.array([3.0, 2.0])}, epochs=np.array([10.0, 20.0]), best=20
    )
    assert rows(layers(figure, "line")[0], "epoch") == [10.0, 20.0]
    assert rows(layers(figure, "rule")[0], "epoch") == [20.0]
    with pytest.raises(Refusal, match="must place every value"):
        learning_curve_plot({"training": np.array([3.0, 2.0])}, epochs=np.array([10.0]))


def test_predictions_lie_over_the_data_they_predict() -> None:
    figure = overlay_plot(
        np.arange(50), np.arange(50.0), {"1 step": np.arange(50.0) + 0.5}, origin=30
    )
    assert [rows(layer, "y")[7] for layer in layers(figure, "line")] == [7.0, 7.5]
    assert rows(layers(figure, "rule")[0], "t") == [30.0]
    with pytest.raises(Refusal, match=r"one value for each of the 3 `times`.*'1 step': 2"):
        overlay_plot(np.arange(3), np.zeros(3), {"1 step": np.zeros(2)})
