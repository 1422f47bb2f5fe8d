"""Rows become a panel: gaps are NaN, disorder is refused by series and stamp."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepahead._check import Refusal
from stepahead.data import Panel, panel_from_long
from stepahead.data.panel._long import order_of_rows


def days(*numbers: int) -> np.ndarray:
    return np.datetime64("2024-01-01", "us") + (np.array(numbers) - 1).astype("m8[D]")


def test_a_missing_stamp_is_a_step_without_a_value() -> None:
    panel = panel_from_long(["a"] * 3 + ["b"] * 2, days(1, 2, 4, 3, 4), np.arange(5.0))
    np.testing.assert_array_equal(panel.values[:, 0], [0, 1, np.nan, 2, 3, 4])
    np.testing.assert_array_equal(panel.times, days(1, 2, 3, 4, 3, 4))
    assert panel.lengths.tolist() == [4, 2]


def test_interleaved_rows_and_the_order_of_first_appearance() -> None:
    panel = panel_from_long(["z", "a", "z", "a"], days(1, 1, 2, 2), np.arange(4.0))
    assert panel.ids.tolist() == ["z", "a"]
    np.testing.assert_array_equal(panel.values[:, 0], [0, 2, 1, 3])


def test_channels_keep_their_names() -> None:
    panel = panel_from_long(
        ["a", "a"],
        np.array([1, 3]),
        np.array([[1.0, 2.0], [3.0, 4.0]]),
        names=["sales", "price"],
        frequency="1",
    )
    assert panel.names == ("sales", "price")
    np.testing.assert_array_equal(panel.values, [[1, 2], [np.nan, np.nan], [3, 4]])


@pytest.mark.parametrize(
    ("ids", "times", "sentence"),
    [
        (["a", "b", "b"], days(1, 2, 2), "Series 'b' has more than one row at 2024-01-02"),
        (
            ["a", "b", "b"],
            days(1, 3, 2),
            "Series 'b' goes back in time: 2024-01-02 comes after 2024-01-03",
        ),
        (["a", "a"], np.array([1.5, 2.0]), "`times` must be dates"),
        (["a", "a"], np.array(["2024-01-01", "NaT"], "M8[us]"), "Row 2 has no stamp"),
        ([], days(), "at least one row"),
    ],
)
def test_disorder_is_refused(ids: list[str], times: np.ndarray, sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        panel_from_long(ids, times, np.zeros(len(ids)))


def test_a_stamp_off_a_given_grid_is_refused() -> None:
    with pytest.raises(Refusal, match="off the grid of frequency 'W-MON': 2024-01-04"):
        panel_from_long(["a", "a"], days(1, 4), np.zeros(2), frequency="W-MON")


@pytest.mark.parametrize(
    ("alias", "stamps"), [("W-MON", days(4, 11)), ("QS-JAN", days(32, 122)), ("B", days(6, 8))]
)
def test_even_steps_on_other_days_are_off_a_given_grid(alias: str, stamps: np.ndarray) -> None:
    with pytest.raises(
        Refusal, match=f"off the grid of frequency '{alias}': {str(stamps[0])[:10]}"
    ):
        panel_from_long(["a", "a"], stamps, np.zeros(2), frequency=alias)


def test_one_wrong_year_does_not_fill_the_memory() -> None:
    times = np.datetime64("2024-01-01", "us") + np.array([0, 1, 2, 10**9]).astype("m8[s]")
    with pytest.raises(Refusal, match="jumps from 2024-01-01 00:00:02 to 2055"):
        panel_from_long(["a"] * 4, times, np.zeros(4), frequency="s")


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 40), st.floats(-1e30, 1e30)),
        min_size=1,
        max_size=60,
    )
)
@settings(max_examples=150, deadline=None)
def test_random_rows_give_a_panel_that_holds_them_or_a_refusal(
    rows: list[tuple[str, int, float]],
) -> None:
    ids, times, values = (
        np.array([r[0] for r in rows]),
        np.array([r[1] for r in rows]),
        np.array([r[2] for r in rows]),
    )
    try:
        panel = panel_from_long(ids, times, values, frequency="1")
    except Refusal:
        last: dict[str, int] = {}
        assert any(t <= last.get(i, -1) or last.update({i: t}) for i, t, _ in rows)  # type: ignore[func-returns-value]
        return
    assert isinstance(panel, Panel)
    found = {
        (panel.ids[s], int(t)): v
        for s, t, v in zip(panel.series_of_step, panel.times, panel.values[:, 0], strict=True)
        if v == v
    }
    assert found == {(i, t): v for i, t, v in rows}


def test_order_of_rows_sorts_by_series_then_stamp() -> None:
    codes, times = np.array([1, 0, 1, 0]), np.array([5, 2, 4, 3])
    order = order_of_rows(codes, times)
    assert order is not None
    assert (codes[order].tolist(), times[order].tolist()) == ([0, 0, 1, 1], [2, 3, 4, 5])
