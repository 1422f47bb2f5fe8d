"""Covariates go along with the panel: every cut, join and batch equals a plain loop over the
series."""

import numpy as np
import pytest

from stepahead._check import Refusal
from stepahead.data import (
    Frequency,
    Panel,
    as_covariates,
    concatenated,
    covariate_scale,
    padded_batches,
    rolling_origins,
    split,
    with_calendar,
    with_covariates,
    with_future,
    without_leading_gaps,
)

LENGTHS, AHEAD = (5, 3), 2
HOUR = Frequency.parse("h")
START = np.datetime64("2024-03-30T22:00")


def numbered(base: float, more: int, name: str, start: int = 0) -> Panel:
    """One channel that counts from `base` on in each series, 100 apart."""
    arrays = [base + 100 * i + np.arange(start, n + more) for i, n in enumerate(LENGTHS)]
    return Panel.from_arrays(
        arrays,
        ids=["a", "b"],
        names=[name],
        frequency=HOUR,
        start=START + np.timedelta64(start, "h"),
    )


VALUES = numbered(0, 0, "y")
COVERED = with_covariates(
    VALUES,
    static={"area": [7, 8]},
    past=numbered(1000, 4, "flow"),
    known=numbered(2000, AHEAD, "heat"),
)


def of(panel: Panel, series: int) -> tuple[list[float], list[float], list[float], list[float]]:
    """Static, past and known covariates of a series, and its values."""
    held = panel.covariates
    assert held is not None
    rows, reach = (slice(*b[series : series + 2]) for b in (panel.offsets, held.offsets))
    return (
        *(
            part.ravel().tolist()
            for part in (held.static[series], held.past[rows], held.known[reach])
        ),
        panel.series(series)[:, 0].tolist(),
    )


def wanted(i: int, start: int, stop: int, reach: int) -> tuple[list[float], ...]:
    count = np.arange(start, stop) + 100.0 * i
    return (
        [7.0 + i],
        (1000 + count).tolist(),
        (2000 + 100.0 * i + np.arange(start, reach)).tolist(),
        count.tolist(),
    )


def test_past_ends_with_the_values_and_known_goes_on() -> None:
    assert of(COVERED, 0) == wanted(0, 0, 5, 7)
    assert of(COVERED, 1) == wanted(1, 0, 3, 5)


def test_cuts_take_the_covariates_along() -> None:
    cut = COVERED.slice(np.array([1, 2]), np.array([4, 3]))
    assert (of(cut, 0), of(cut, 1)) == (wanted(0, 1, 4, 7), wanted(1, 2, 3, 5))
    assert of(COVERED.slice(np.array([5, 1]), np.array([5, 3])), 0) == wanted(1, 1, 3, 5)
    assert of(COVERED.take(np.array([1, 0])), 0) == wanted(1, 0, 3, 5)
    train, test = split(COVERED, 1)
    assert (of(train, 0), of(test, 1)) == (wanted(0, 0, 4, 7), wanted(1, 2, 3, 5))
    gap = COVERED.with_values(np.where(VALUES.values % 100 < 1, np.nan, VALUES.values))
    assert of(without_leading_gaps(gap), 1) == wanted(1, 1, 3, 5)


def test_an_origin_knows_the_horizon_and_no_more() -> None:
    first = next(iter(rolling_origins(COVERED, horizon=1, windows=2))).history
    assert (of(first, 0), of(first, 1)) == (wanted(0, 0, 3, 4), wanted(1, 0, 1, 2))


def test_halves_joined_are_the_whole() -> None:
    before, after = split(COVERED, 1)
    for new in (
        after,
        after.slice(np.array([0, 0]), np.array([1, 1]), ahead=0),
    ):  # what the history knew already stays
        joined = concatenated(before, new)
        assert (of(joined, 0), of(joined, 1)) == (wanted(0, 0, 5, 7), wanted(1, 0, 3, 5))
    bare = concatenated(
        before.slice(np.zeros(2, int), before.lengths, ahead=0),
        VALUES.slice(np.array([4, 3]), VALUES.lengths),
    )
    np.testing.assert_array_equal(
        bare.covariates.known[:, 0], [2000, 2001, 2002, 2003, np.nan, 2100, 2101]
    )
    np.testing.assert_array_equal(
        bare.covariates.past[:, 0], [1000, 1001, 1002, 1003, np.nan, 1100, 1101]
    )


def test_series_are_matched_by_id_and_stamp_and_one_series_serves_all() -> None:
    late = numbered(2000, AHEAD, "heat", start=1).take(np.array([1, 0]))
    got = with_covariates(VALUES, known=late).covariates
    np.testing.assert_array_equal(
        got.known[:, 0], [np.nan, *range(2001, 2007), np.nan, *range(2101, 2105)]
    )
    early = with_covariates(
        VALUES.slice(np.array([2, 2]), VALUES.lengths), known=numbered(2000, AHEAD, "heat")
    )
    assert early.covariates.known[:, 0].tolist() == [2002, 2003, 2004, 2005, 2006, 2102, 2103, 2104]
    shared = with_covariates(
        VALUES,
        known=Panel.from_arrays(
            [np.arange(9.0)], ids=["all"], frequency=HOUR, start=START, names=["x"]
        ),
    )
    assert shared.covariates.known[:, 0].tolist() == [*range(9), *range(9)]
    both = with_covariates(COVERED, known=numbered(3000, 5, "rain")).covariates
    np.testing.assert_array_equal(both.known[:10, 0], [*range(2000, 2007), *[np.nan] * 3])
    assert both.known_names == ("heat", "rain") and both.known[:10, 1].tolist() == [
        *range(3000, 3010)
    ]


def test_a_future_continues_what_is_known() -> None:
    short = with_covariates(VALUES, known=numbered(2000, 0, "heat"))
    later = with_future(short, numbered(2000, AHEAD, "heat", start=3))
    assert later.covariates.known[:, 0].tolist() == [*range(2000, 2007), *range(2100, 2105)]
    with pytest.raises(Refusal, match=r"There is no known covariate 'rain'\. There are: heat"):
        with_future(short, numbered(0, 1, "rain"))


def test_channels_become_covariates_and_rows_without_a_value_the_future() -> None:
    nan = np.nan
    rows = np.array(
        [[1.0, 20, 5, 9], [nan, 21, nan, 9], [3, 22, 6, 9], [nan, 23, nan, 9], [nan, 24, nan, 9]]
    )
    panel = as_covariates(
        Panel.from_arrays(rows[None], names=["y", "heat", "flow", "area"]),
        known=["heat"],
        past=["flow"],
        static=["area"],
    )
    held = panel.covariates
    np.testing.assert_array_equal(panel.values[:, 0], [1, nan, 3])
    assert held.known[:, 0].tolist() == [20, 21, 22, 23, 24] and held.static.tolist() == [[9]]
    np.testing.assert_array_equal(held.past[:, 0], [5, nan, 6])
    with pytest.raises(
        Refusal, match=r"'heat' is not a static covariate: in series '0' it goes from 20 to 24"
    ):
        as_covariates(
            Panel.from_arrays(rows[None], names=["y", "heat", "flow", "area"]), static=["heat"]
        )


def test_batches_hold_at_each_step_what_is_known_of_the_steps_ahead() -> None:
    panel = COVERED.slice(np.array([0, 0]), np.array([4, 2]))
    batch = next(padded_batches(panel, horizon=2, beyond=1))
    for row, series in enumerate(batch.series):
        length = panel.lengths[series]
        known = 2000 + 100 * series + np.arange(1, length + 2)
        np.testing.assert_array_equal(
            batch.known[row, :length], [[known[t], known[t + 1], 7 + series] for t in range(length)]
        )
        np.testing.assert_array_equal(batch.future[row], [[known[-1], known[-1] + 1, 7 + series]])
        np.testing.assert_array_equal(
            batch.past[row, :length, 0], 1000 + 100 * series + np.arange(length)
        )
    short = next(padded_batches(panel, context=2, horizon=1))
    np.testing.assert_array_equal(short.known[list(short.series).index(0), :, 0], [2003, 2004])


def test_a_scale_learns_from_the_steps_alone_and_keeps_binary_columns() -> None:
    flag = with_covariates(
        COVERED, known=numbered(0, 0, "flag").with_values((VALUES.values > 2) * 1.0)
    )
    garbage = with_covariates(
        VALUES,
        static={"area": [7, 8]},
        past=numbered(1000, 4, "flow"),
        known=numbered(2000, 50, "heat"),
    )
    one, other = covariate_scale(COVERED), covariate_scale(garbage)
    np.testing.assert_array_equal(one.shift, other.shift)
    np.testing.assert_array_equal(covariate_scale(flag).scale[-1:], [1.0])
    inside = one.apply(COVERED, 1).covariates
    seen = np.concatenate([inside.known[:5], inside.known[6:9]])
    np.testing.assert_allclose([seen.mean(), seen.std()], [0, 1], atol=1e-12)


def test_a_gap_in_the_past_is_closed_by_the_last_value_and_by_the_mean_at_the_start() -> None:
    nan = np.nan
    beside = Panel.from_arrays([[nan, 1.0, nan, 3.0], [nan, 2.0]], names=["x"])
    covered = with_covariates(Panel.from_arrays([[1.0, 1, 1], [1.0, 1]]), known=beside)
    scaled = covariate_scale(covered).apply(covered, 0).covariates.known[:, 0]
    np.testing.assert_allclose(scaled, [0, -1, -1, 0, 1])


def test_a_missing_future_names_column_series_and_first_stamp() -> None:
    scale = covariate_scale(COVERED)
    with pytest.raises(
        Refusal,
        match=(
            r"'heat' is missing after the end of series 'a', 'b': first at 2024-03-31 05:00, .* up"
            r" to 2024-03-31 06:00"
        ),
    ):
        scale.apply(COVERED, 4)
    hole = with_covariates(
        VALUES,
        static={"area": [7, 8]},
        past=numbered(1000, 0, "flow"),
        known=numbered(2000, AHEAD, "heat"),
    )
    hole.covariates.known[-2] = np.nan
    with pytest.raises(Refusal, match=r"series 'b': first at 2024-03-31 01:00"):
        scale.apply(hole, 2)
    assert scale.apply(hole, 2, carried=True).covariates.known.shape == (12, 1)
    with pytest.raises(
        Refusal, match="fitted with the static covariate 'area', which these series do not have"
    ):
        scale.apply(VALUES, 1)


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (Panel.from_arrays([[1.0] * 9], names=["x"]), "come at frequency '1', the series at 'h'"),
        (
            Panel.from_arrays(
                [[1.0] * 9], names=["x"], frequency=HOUR, start=START + np.timedelta64(30, "m")
            ),
            "they are not on its grid",
        ),
        (
            Panel.from_arrays(
                [[1.0]], names=["x"], frequency=HOUR, start=START + np.timedelta64(9, "h")
            ),
            "no step in common",
        ),
        (
            Panel.from_arrays(
                [[1.0], [1.0]], ids=["a", "c"], names=["x"], frequency=HOUR, start=START
            ),
            "hold nothing for series 'b'",
        ),
        (
            Panel.from_arrays([[1.0] * 9], names=["y"], frequency=HOUR, start=START),
            "The column 'y' is there twice",
        ),
    ],
)
def test_covariates_on_another_index_are_refused(other: Panel, sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        with_covariates(VALUES, known=other)


def test_the_calendar_turns_once_a_cycle_and_keeps_to_the_clock() -> None:
    utc = with_calendar(VALUES, 1, harmonics=2).covariates
    assert utc.known_names[:6] == (
        "hour_sin",
        "hour_cos",
        "hour_sin2",
        "hour_cos2",
        "weekday_sin",
        "weekday_cos",
    )
    turn = np.arctan2(utc.known[:6, 0], utc.known[:6, 1]) * 24 / (2 * np.pi) % 24
    np.testing.assert_allclose(turn, [22, 23, 0, 1, 2, 3], atol=1e-9)
    berlin = Panel.from_arrays(
        [np.zeros(5)], frequency=Frequency.parse("h", "Europe/Berlin"), start=START
    )
    known = with_calendar(
        berlin, 0
    ).covariates.known  # 22:00 UTC is 23:00 there; the clock skips from 02:00 to 03:00
    np.testing.assert_allclose(
        np.arctan2(known[:, 0], known[:, 1]) * 24 / (2 * np.pi) % 24, [23, 0, 1, 3, 4], atol=1e-9
    )
    months = Panel.from_arrays(
        [np.zeros(3)], frequency=Frequency.parse("MS"), start=np.datetime64("2024-01-01")
    )
    assert with_calendar(months, 0).covariates.known_names[:2] == ("yearday_sin", "yearday_cos")
    with pytest.raises(Refusal, match="Whole numbers have no calendar"):
        with_calendar(Panel.from_arrays([[1.0]]), 1)
