"""Cuts by time: nothing of the future is left in a history."""

import numpy as np
import pytest

from stepahead._check import Refusal
from stepahead.data import Panel, rolling_origins, split, split_at

PANEL = Panel.from_arrays([np.arange(10.0), np.arange(100.0, 106.0)], ids=["long", "short"])


def test_split_takes_the_last_steps_of_every_series() -> None:
    train, test = split(PANEL, 4)
    np.testing.assert_array_equal(train.values[:, 0], [0, 1, 2, 3, 4, 5, 100, 101])
    np.testing.assert_array_equal(test.values[:, 0], [6, 7, 8, 9, 102, 103, 104, 105])
    np.testing.assert_array_equal(test.times, [6, 7, 8, 9, 2, 3, 4, 5])


def test_split_at_keeps_the_stamp_in_the_past() -> None:
    before, after = split_at(PANEL, 5)
    assert before.times.max() == 5
    assert after.ids.tolist() == ["long"]
    np.testing.assert_array_equal(after.values[:, 0], [6, 7, 8, 9])


def test_rolling_origins_end_at_the_end_and_move_by_the_step() -> None:
    origins = list(rolling_origins(PANEL, horizon=2, windows=2, step=3))
    assert [o.number for o in origins] == [0, 1]
    np.testing.assert_array_equal(origins[0].history.values[:, 0], [0, 1, 2, 3, 4, 100])
    np.testing.assert_array_equal(origins[0].actual.values[:, 0], [5, 6, 101, 102])
    np.testing.assert_array_equal(origins[1].actual.values[:, 0], [8, 9, 104, 105])
    np.testing.assert_array_equal(
        origins[1].history.future(2), origins[1].actual.times.reshape(2, 2)
    )


@pytest.mark.parametrize(
    "call", [lambda: split(PANEL, 6), lambda: rolling_origins(PANEL, horizon=3, windows=2, step=3)]
)
def test_a_short_series_is_refused_by_name_at_once(call: object) -> None:
    with pytest.raises(Refusal, match=r"1 of 2 series are shorter than 7 steps .*'short' \(6\)"):
        call()  # type: ignore[operator]


@pytest.mark.parametrize("stamp", [-1, 9, 50])
def test_a_cut_outside_is_refused(stamp: int) -> None:
    with pytest.raises(Refusal, match="All steps lie"):
        split_at(PANEL, stamp)


@pytest.mark.parametrize("test", [0, -1])
def test_a_test_length_must_be_a_whole_number(test: int) -> None:
    with pytest.raises(Refusal, match="`test` must be a whole number of at least 1"):
        split(PANEL, test)
