"""Frequencies: every alias against pandas' own calendar, and what is inferred from stamps."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepahead._check import Refusal
from stepahead.data import Frequency, infer_frequency

ALIASES = [
    *(
        "YE-DEC",
        "YS-JAN",
        "YE-JUN",
        "QE-DEC",
        "QS-JAN",
        "QE-NOV",
        "ME",
        "MS",
        "2MS",
        "W-SUN",
        "W-WED",
    ),
    *("BME", "BMS", "2BME", "BQE-DEC", "BQS-JAN", "BYE-DEC", "BYS-JAN"),
    *("2W-MON", "D", "2D", "B", "h", "6h", "min", "15min", "s", "ms", "us"),
]


def stamps(text: str | list[str]) -> np.ndarray:
    return np.array(text, "M8[us]")


def grid(alias: str, periods: int = 40, start: str = "2019-11-05") -> np.ndarray:
    return pd.date_range(start, periods=periods, freq=alias).to_numpy().astype("M8[us]")


@pytest.mark.parametrize("alias", ALIASES)
def test_steps_agree_with_the_calendar_of_pandas(alias: str) -> None:
    want = grid(alias)
    frequency = Frequency.parse(alias)
    np.testing.assert_array_equal(frequency.advance(want[0], np.arange(40)), want)
    np.testing.assert_array_equal(frequency.advance(want[-1], np.arange(40) - 39), want)
    np.testing.assert_array_equal(frequency.position(want[0], want), np.arange(40))
    np.testing.assert_array_equal(frequency.position(want[7], want), np.arange(40) - 7)
    assert frequency.holds(want).all()
    assert Frequency.parse(frequency.name) == frequency


@pytest.mark.parametrize("alias", [a for a in ALIASES if a != "2W-MON"] + ["2W-MON"])
def test_the_frequency_is_inferred_from_its_own_stamps_with_gaps(alias: str) -> None:
    want = grid(alias)
    kept = np.delete(want, [3, 4, 17, 30])
    assert infer_frequency(kept, np.array([0, len(kept)])).name == alias


@pytest.mark.parametrize(
    ("alias", "season"),
    [
        ("h", 24),
        ("D", 7),
        ("B", 5),
        ("W-SUN", 52),
        ("MS", 12),
        ("QE-DEC", 4),
        ("YE-DEC", 1),
        ("15min", 96),
        ("2D", 1),
        ("1", 1),
        ("1/12", 12),
    ],
)
def test_season_by_convention(alias: str, season: int) -> None:
    assert Frequency.parse(alias).season == season


def test_month_ends_keep_to_the_end() -> None:
    after = Frequency.parse("ME").advance(np.datetime64("2023-01-31"), np.arange(1, 4))
    np.testing.assert_array_equal(after, stamps(["2023-02-28", "2023-03-31", "2023-04-30"]))


def test_a_day_in_the_middle_of_the_month_is_a_monthly_frequency() -> None:
    frequency = infer_frequency(
        stamps(["2024-01-15", "2024-02-15", "2024-04-15"]), np.array([0, 3])
    )
    assert (frequency.name, frequency.season) == ("M-15", 12)


def test_business_days_end_where_a_weekend_has_a_value() -> None:
    week = grid("D", 14, "2024-03-01")
    working = week[np.is_busday(week.astype("M8[D]"))]
    assert infer_frequency(working, np.array([0, len(working)])).name == "B"
    assert infer_frequency(week, np.array([0, len(week)])).name == "D"


def test_starts_broadcast_against_steps() -> None:
    got = Frequency.parse("MS").advance(
        stamps(["2024-01-01", "2025-06-01"])[:, None], np.arange(1, 3)
    )
    np.testing.assert_array_equal(
        got, stamps([["2024-02-01", "2024-03-01"], ["2025-07-01", "2025-08-01"]])
    )  # type: ignore[list-item]


def test_a_day_of_a_zone_has_23_or_25_hours() -> None:
    day = Frequency.parse("D", zone="Europe/Berlin").advance(
        np.datetime64("2024-03-29T23:00"), np.arange(4)
    )
    np.testing.assert_array_equal(np.diff(day).astype("m8[h]").astype(int), [24, 23, 24])
    hour = Frequency.parse("h", zone="Europe/Berlin").advance(
        np.datetime64("2024-03-30T23:00"), np.arange(4)
    )
    np.testing.assert_array_equal(np.diff(hour).astype("m8[h]").astype(int), [1, 1, 1])


def test_integers() -> None:
    assert infer_frequency(np.array([0, 1, 2, 5, 10, 12]), np.array([0, 4, 6])).name == "1"
    assert infer_frequency(np.array([10, 20, 40]), np.array([0, 3])).name == "10"


@given(st.sampled_from(ALIASES), st.integers(-3000, 3000), st.integers(0, 10**15))
@settings(max_examples=100, deadline=None)
def test_position_is_the_last_step_not_after_a_stamp(alias: str, steps: int, later: int) -> None:
    frequency, start = Frequency.parse(alias), grid(alias, 1)[0]
    np.testing.assert_array_equal(frequency.position(start, frequency.advance(start, steps)), steps)
    stamp = start + np.timedelta64(later, "us")
    at = frequency.position(start, stamp)
    assert frequency.advance(start, at) <= stamp < frequency.advance(start, at + 1)


@pytest.mark.parametrize(
    "alias", ["", "fortnight", "-1", "0", "0D", "W-XYZ", "MS-JAN", "M-32", "1.5h", "QE-31"]
)
def test_a_word_that_is_no_frequency_is_refused(alias: str) -> None:
    with pytest.raises(Refusal, match="must be an alias such as"):
        Frequency.parse(alias)


def test_a_stamp_of_the_other_kind_is_refused() -> None:
    with pytest.raises(Refusal, match="must be a date"):
        Frequency.parse("D").advance(3, 1)
    with pytest.raises(Refusal, match="must be a whole number"):
        Frequency.integer().advance(np.datetime64("2024-01-01"), 1)


@pytest.mark.parametrize(
    ("times", "offsets", "sentence"),
    [
        (stamps(["2024-01-01"]), [0, 1], "no series has two stamps"),
        (
            np.insert(grid("D", 9, "2024-01-01"), 3, stamps("2024-01-03T12:37")),
            [0, 10],
            "03 12:37 is not a whole number of steps of 'D'",
        ),
        (
            np.concatenate([grid("D", 9), grid("30min", 20)[1::2]]),
            [0, 9, 19],
            "series '1' has 'h' and series '0' has 'D'",
        ),
        (
            np.concatenate([grid("D", 10), grid("MS", 10)]),
            [0, 10, 20],
            "series '0' has 'D' and series '1' has 'MS'",
        ),
        (
            np.concatenate([grid("MS", 10), grid("QS-JAN", 10)]),
            [0, 10, 20],
            "series '0' has 'MS' and series '1' has 'QS-JAN'",
        ),
        (
            np.concatenate([grid("D", 10), grid("W-SUN", 10, "2019-11-20")]),
            [0, 20],
            "has two frequencies: its spacing changes near",
        ),
        (np.array([1, 3, 6, 8, 11, 17]), [0, 6], "irregular"),
    ],
)
def test_stamps_without_one_frequency_are_refused_by_name(
    times: np.ndarray, offsets: list[int], sentence: str
) -> None:
    with pytest.raises(Refusal, match=sentence):
        infer_frequency(times, np.array(offsets))


def test_gaps_at_the_start_are_no_second_frequency() -> None:
    """A sensor that reports now and then before it reports every hour."""
    hours = np.cumsum([0, 22, 2, 1, 24, 2, 21, 118, 24, 30, 18, 34, *np.ones(200, int)])
    times = np.datetime64("2024-01-01", "us") + hours.astype("m8[h]")
    assert infer_frequency(times, np.array([0, len(times)])).name == "h"


def test_a_second_frequency_is_found_behind_a_series_with_gaps() -> None:
    gaps = np.cumsum([0, 22, 2, 1, 24, 2, 21, 118, *np.ones(60, int)])
    change = np.cumsum([0, *np.full(9, 7), *np.ones(60, int)])
    times = np.datetime64("2024-01-01", "us") + np.concatenate([gaps, change]).astype("m8[D]")
    with pytest.raises(Refusal, match="Series '1' has two frequencies"):
        infer_frequency(times, np.array([0, len(gaps), len(times)]))


def test_sparse_daily_sales_are_daily() -> None:
    rng = np.random.default_rng(0)
    days = [np.flatnonzero(rng.random(400) < share) for share in np.linspace(0.05, 0.9, 300)]
    times = np.datetime64("2023-01-01", "us") + np.concatenate(days).astype("m8[D]")
    offsets = np.concatenate([[0], np.cumsum([len(d) for d in days])])
    assert infer_frequency(times, offsets).name == "D"
