"""The panel keeps its invariant: flat values, offsets, stamps on the grid."""

import numpy as np
import pytest

from stepahead._check import Refusal
from stepahead.data import Frequency, Panel, asinh, newest_rows, pipeline, standard

PANEL = Panel.from_arrays(
    [[1.0, 2.0, np.nan, 4.0], [5.0, 6.0]],
    ids=["a", "b"],
    start=np.datetime64("2024-01-31"),
    frequency=Frequency.parse("ME"),
)


def test_every_series_is_its_own_rows() -> None:
    np.testing.assert_array_equal(PANEL.series(0)[:, 0], [1, 2, np.nan, 4])
    np.testing.assert_array_equal(PANEL.series(1)[:, 0], [5, 6])
    np.testing.assert_array_equal(PANEL.series_of_step, [0, 0, 0, 0, 1, 1])
    np.testing.assert_array_equal(PANEL.observed[:, 0], [True, True, False, True, True, True])
    assert (len(PANEL), PANEL.missing, PANEL.channels, PANEL.lengths.tolist()) == (2, 1, 1, [4, 2])


def test_other_values_are_checked_and_counted_anew() -> None:
    assert PANEL.missing == 1
    assert PANEL.with_values(np.zeros((6, 1))).missing == 0
    assert PANEL.missing == 1  # and the panel itself is as it was
    with pytest.raises(Refusal, match="Series 'b' holds an infinite value at 2024-02-29"):
        PANEL.with_values(np.array([[1.0], [2.0], [3.0], [4.0], [5.0], [np.inf]]))
    with pytest.raises(Refusal, match="`values` must be"):
        PANEL.with_values(np.zeros((5, 1)))


def test_the_future_continues_every_series_from_its_own_end() -> None:
    future = PANEL.future(2)
    np.testing.assert_array_equal(
        future.astype("M8[D]").astype(str),
        [["2024-05-31", "2024-06-30"], ["2024-03-31", "2024-04-30"]],
    )


def test_slice_and_take() -> None:
    cut = PANEL.slice(np.array([1, 2]), np.array([3, 9]))
    assert cut.ids.tolist() == ["a"]
    np.testing.assert_array_equal(cut.values[:, 0], [2, np.nan])
    np.testing.assert_array_equal(cut.times, PANEL.times[1:3])
    turned = PANEL.take(np.array([1, 0]))
    np.testing.assert_array_equal(turned.values[:, 0], [5, 6, 1, 2, np.nan, 4])
    assert turned.offsets.tolist() == [0, 2, 6]


def test_two_and_three_dimensional_arrays() -> None:
    assert Panel.from_arrays(np.zeros((3, 5))).lengths.tolist() == [5, 5, 5]
    wide = Panel.from_arrays(np.arange(24.0).reshape(2, 4, 3))
    assert (wide.channels, wide.names) == (3, ("y0", "y1", "y2"))
    np.testing.assert_array_equal(wide.series(1)[0], [12, 13, 14])


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ([], "at least one series"),
        ([[1.0], []], "at least one step"),
        ([np.zeros((3, 2)), [1.0]], "same number of channels"),
    ],
)
def test_what_is_no_panel_is_refused(arrays: list[object], sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        Panel.from_arrays(arrays)  # type: ignore[arg-type]


def test_a_start_off_the_grid_is_refused() -> None:
    with pytest.raises(Refusal, match="no step of frequency 'MS' falls on"):
        Panel.from_arrays(
            [[1.0, 2.0]], start=np.datetime64("2024-01-15"), frequency=Frequency.parse("MS")
        )


def test_an_infinite_value_is_named() -> None:
    with pytest.raises(Refusal, match=r"Series 'b' holds an infinite value at 1"):
        Panel.from_arrays([[1.0], [2.0, -np.inf]], ids=["a", "b"])


def test_a_panel_shows_itself_in_a_line() -> None:
    panel = Panel.from_arrays([[1.0, np.nan], [3.0]], ids=["a", "b"])
    assert repr(panel) == "Panel(series=2, steps=3, missing=1, frequency='1', channels=y)"


def test_newest_rows_stay_in_their_series_and_pass_gaps_by() -> None:
    """With a season longer than the series, and with a gap at the end, by hand."""
    whole = Panel.from_arrays([[4.0, 5.0], [1.0, 2.0, 3.0]])
    seasons = np.array([1, 4])
    assert newest_rows(whole, seasons)[..., 0].tolist() == [[1, -1, -1, -1], [-1, 2, 3, 4]]
    gap = Panel.from_arrays([[4.0, 5.0], [1.0, 2.0, np.nan]])
    assert newest_rows(gap, seasons)[..., 0].tolist() == [[1, -1, -1, -1], [-1, 2, 3, -1]]
    assert newest_rows(gap, np.array([1, 2]))[..., 0].tolist() == [[1, -1], [3, 2]]


@pytest.mark.parametrize("arrays", [[[3.0, 1.0], [5.0, 9.0]], [[3.0, 1.0, np.nan], [5.0]]])
def test_the_extremes_of_a_panel_are_those_of_its_own_values(arrays: list[list[float]]) -> None:
    panel = Panel.from_arrays(arrays)
    assert panel.extremes[1].max() in (5, 9)  # computed before there are others
    for each in (panel, panel.with_values(-panel.values)):
        rows = [each.series(k)[:, 0] for k in range(2)]
        assert each.extremes[0][:, 0].tolist() == [np.nanmin(row) for row in rows]
        assert each.extremes[1][:, 0].tolist() == [np.nanmax(row) for row in rows]


def test_series_fitted_and_scaled_at_once_are_those_fitted_and_then_scaled() -> None:
    panel = Panel.from_arrays([[3.0, 1.0, 8.0], [5.0, 900.0, 7.0]])
    scaler = pipeline(asinh(), standard())
    fitted, scaled = scaler.fit_apply(panel)
    np.testing.assert_array_equal(scaled.values, scaler.fit(panel).apply(panel).values)
    np.testing.assert_array_equal(scaled.values, fitted.apply(panel).values)
