"""Seasons: candidates from the calendar, found where they are and hardly ever where they are
not."""

from collections.abc import Callable

import numpy as np
import pytest

from stepahead.data import Frequency, Panel, describe_seasons, season_of, seasonal_additive, seasons

START = np.datetime64("2024-01-01")  # a Monday


def panel(alias: str, *arrays: np.ndarray) -> Panel:
    return Panel.from_arrays(arrays, start=START, frequency=Frequency.parse(alias))


@pytest.mark.parametrize(
    ("alias", "want"),
    [
        ("s", (86400, 604800, 31536000)),
        ("5min", (288, 2016, 105120)),
        ("10min", (144, 1008, 52560)),
        ("15min", (96, 672, 35040)),
        ("30min", (48, 336, 17520)),
        ("h", (24, 168, 8760)),
        ("2h", (12, 84, 4380)),
        ("7h", (24,)),  # a day is not a whole number of them, a week is
        ("D", (7, 365)),
        ("2D", ()),
        ("B", (5, 261)),
        ("W-SUN", (52,)),
        ("2W", (26,)),
        ("MS", (12,)),
        ("BME", (12,)),
        ("2MS", (6,)),
        ("QE-DEC", (4,)),
        ("YE-DEC", ()),
        ("1", ()),
        ("1/12", (12,)),
        ("1/24", (24, 168)),
        ("1/48", (48, 336)),
    ],
)
def test_candidates_follow_from_the_frequency(alias: str, want: tuple[int, ...]) -> None:
    assert Frequency.parse(alias).seasons == want
    assert Frequency.parse(alias).season == (want[0] if want else 1)


def white(rng: np.random.Generator, steps: int) -> np.ndarray:
    return rng.normal(size=steps)


def walk(rng: np.random.Generator, steps: int) -> np.ndarray:
    return white(rng, steps).cumsum()


def growing(rng: np.random.Generator, steps: int) -> np.ndarray:
    return np.exp(0.1 * walk(rng, steps))


def heavy(rng: np.random.Generator, steps: int) -> np.ndarray:
    return rng.standard_t(2, size=steps)


@pytest.mark.parametrize("make", [white, walk, growing, heavy])
@pytest.mark.parametrize(("alias", "steps"), [("MS", 24), ("D", 14), ("D", 1100)])
def test_a_series_without_a_season_shows_one_in_few_of_a_hundred_cases(
    make: Callable[[np.random.Generator, int], np.ndarray], alias: str, steps: int
) -> None:
    rng = np.random.default_rng(0)
    found = [each for _ in range(100) for each in seasons(panel(alias, make(rng, steps)))]
    assert max([0, *(found.count(each) for each in set(found))]) <= 5


def test_series_that_move_together_do_not_add_up_to_a_season() -> None:
    rng = np.random.default_rng(1)
    found = 0
    for _ in range(50):
        common = walk(rng, 60)
        found += seasons(panel("D", *(common + 0.1 * white(rng, 60) for _ in range(20)))) != ()
    assert found <= 2


def test_a_season_is_found_under_noise_trend_gaps_and_jumps() -> None:
    rng = np.random.default_rng(2)
    for steps in (28, 70, 700):
        week = np.array([0.0, 1, 2, 3, 2, 8, 9])[np.arange(steps) % 7]
        for rest in (
            white(rng, steps),
            walk(rng, steps),
            0.5 * np.arange(steps),
            np.where(np.arange(steps) > steps / 3, 15.0, 0.0),
        ):
            values = week + rest
            assert 7 in seasons(panel("D", values))
            values[rng.choice(steps, steps // 10, replace=False)] = np.nan
            assert 7 in seasons(panel("D", values))


def test_a_faint_day_is_no_week() -> None:
    """In the last 100 days it is not significant, in 50 weeks it is: as their seventh harmonic,
    which is no season of a week."""
    at = np.arange(24 * 350)
    day = 0.4 * np.sin(2 * np.pi * at / 24)
    found = [seasons(panel("h", day + walk(np.random.default_rng(i), len(at)))) for i in range(9)]
    assert not any(168 in each for each in found)


def test_several_seasons_hold_and_a_longer_one_is_no_copy_of_the_shorter() -> None:
    rng = np.random.default_rng(3)
    at = np.arange(24 * 7 * 5)
    day, week = 5 * np.sin(2 * np.pi * at / 24), np.where(at // 24 % 7 >= 5, -6.0, 0.0)
    noise = white(rng, len(at))
    assert seasons(panel("h", day + noise)) == (24,)
    assert seasons(panel("h", day + week + noise)) == (24, 168)
    assert seasons(panel("h", week + noise)) == (168,)
    year = np.arange(900)
    daily = panel("D", 20 + 5 * np.sin(2 * np.pi * year / 365) + white(rng, 900))
    assert (seasons(daily), describe_seasons(daily)) == (
        (365,),
        "season 7, not seen in the data, and 365",
    )
    grown = np.exp(0.08 * np.arange(96)) * (
        10 + np.tile([0, 0, 1, 0, 0, 0, 0, 0, 0, 2, 4, 9.0], 8)
    )  # it grows with the level
    assert seasons(panel("MS", grown)) == (12,)


def test_a_panel_has_the_season_that_a_quarter_of_its_series_show() -> None:
    rng = np.random.default_rng(4)
    with_it = [np.tile([0.0, 0, 0, 0, 0, 4, 5], 10) + white(rng, 70) for _ in range(8)]
    without = [white(rng, 70) for _ in range(100)]
    assert seasons(panel("D", *with_it, *without[:12])) == (7,)
    year = [
        np.sin(2 * np.pi * np.arange(24) / 12) + 0.01 * white(rng, 24) for _ in range(6)
    ]  # two cycles: their power together says little
    assert seasons(panel("MS", *year, *(walk(rng, 24) for _ in range(14)))) == (12,)
    assert seasons(panel("D", *without)) == ()
    assert seasons(panel("D", *(np.zeros(70) for _ in range(3)))) == ()


def test_a_season_that_fits_once_is_not_used() -> None:
    short = panel("15min", np.arange(191.0))
    assert (season_of(short), seasons(short), describe_seasons(short)) == (
        1,
        (),
        "season 1, too short for two of 96",
    )
    assert season_of(panel("15min", np.arange(192.0))) == 96
    seconds = panel("s", np.arange(500.0))  # no table of 86,400 indices for each of them
    assert seasonal_additive().fit(seconds).index.shape == (1, 1, 1)


def test_closed_hours_are_no_gaps() -> None:
    """A shop that is open 9 of 24 hours, Monday to Friday; with as many values missing anywhere, a
    series is not looked at."""
    draws, time = np.random.default_rng(3), np.arange(24 * 7 * 8)
    calls = 20 + 6 * np.sin(np.pi * (time % 24 - 9) / 4) + draws.normal(size=len(time))
    calls += 5.0 * (time // 24 % 7 == 0)
    closed = (time % 24 < 9) | (time % 24 > 17) | (time // 24 % 7 > 4)
    hours = Frequency.parse("h")

    def panel(values: np.ndarray) -> Panel:
        return Panel.from_arrays([values], start=np.datetime64("2024-01-01"), frequency=hours)

    assert seasons(panel(np.where(closed, np.nan, calls)))[:2] == (24, 168)
    assert seasons(panel(np.where(draws.permutation(closed), np.nan, calls))) == ()
