"""The default where a day and a week are strong: both naive guesses compete, and what is chosen is
better than either; its intervals hold."""

import numpy as np
import pytest

import stepahead as sa
from stepahead.data import Frequency, Panel
from stepahead.workflow import candidates

DAY, WEEK = 12, 84
NAIVE = ("seasonal-naive", "seasonal-naive-84")
LOCAL = (*NAIVE, "drift", "mstl", "theta")


def panel(kind: str, steps: int = 9 * WEEK) -> Panel:
    """A series of two-hour steps with this season, and an autoregression around it."""
    draws, time = np.random.default_rng(0), np.arange(steps)
    noise = draws.normal(size=steps)
    for t in range(1, steps):
        noise[t] += 0.8 * noise[t - 1]
    day, days = 3 * draws.normal(size=DAY), np.repeat(3 * draws.normal(size=7), DAY)
    seasons = {
        "day": day[time % DAY],
        "day and level of each weekday": day[time % DAY] + days[time % WEEK],
    }
    start, hours = np.datetime64("2024-01-01"), Frequency.parse("2h")
    return Panel.from_arrays([100 + seasons[kind] + noise], start=start, frequency=hours)


@pytest.mark.parametrize("kind", ["day", "day and level of each weekday"])
def test_it_is_better_than_either_naive_forecast_and_its_intervals_hold(kind: str) -> None:
    """Each origin is judged with what was learned before it, so these are honest errors."""
    done = sa.auto(
        panel(kind),
        DAY,
        key=0,
        clock=lambda: 0.0,
        choose_from=lambda *sizes: tuple(c for c in candidates(*sizes) if c.name in LOCAL),
    )
    error = {row.name: row.mase for row in done.leaderboard}
    assert ("seasonal-naive-84" in error) == ("mstl" in error) == (kind != "day")
    assert error["combination"] < 0.95 * min(error[name] for name in NAIVE if name in error)
    assert error["combination"] < 1.1 * min(error.values())
    quantiles, actual = done.report.quantiles["combination"], done.report.actual
    assert len(done.report.origins) > 25 and done.report.spacing == DAY
    places = done.report.probabilities["combination"].index
    for level in (0.8, 0.95):
        low, high = (places(round(0.5 + side * level / 2, 3)) for side in (-1, 1))
        inside = (quantiles[..., low] <= actual) & (actual <= quantiles[..., high])
        assert np.mean(inside) == pytest.approx(level, abs=0.06)


def test_a_year_too_slow_for_a_day_ahead_is_left_to_the_level() -> None:
    """Of two-hour steps a year is 4,380: none is fitted to it for a day ahead, one for a month."""
    long = panel("day and level of each weekday", 2 * 4380)
    time = np.arange(len(long.values))[:, None]
    yearly = long.with_values(long.values + 20 * np.sin(2 * np.pi * time / 4380))
    assert {"seasonal-naive-4380"} & names(yearly, DAY) == set()
    assert {"seasonal-naive-4380"} & names(yearly, 30 * DAY)


def test_a_year_of_weeks_has_its_exact_length() -> None:
    """Methods that can take 52.18 weeks; the others repeat 52."""
    time = np.arange(6 * 52)
    start, week = np.datetime64("2018-01-07"), Frequency.parse("W")
    weeks = Panel.from_arrays([10 + np.cos(2 * np.pi * time / 52.18)], start=start, frequency=week)
    found = {one.name: one for one in candidates(weeks, 13, 52)}
    for name in ("mstl", "harmonic"):
        assert found[name].fit(weeks, 0, lambda _: None).spec.seasons == (365.25 / 7,)
    assert {"seasonal-naive", "ets", "theta"} <= found.keys()
    assert "harmonic" not in names(panel("day"), DAY)


def test_days_alike_are_looked_for_among_twenty_and_more() -> None:
    time, hour = np.arange(20 * 24), Frequency.parse("h")
    monday = np.datetime64("2024-01-01")
    for steps, found in ((480, True), (479, False)):
        values = time % 24 + 0.1 * np.cos(time**2)
        hours = Panel.from_arrays([values[:steps]], start=monday, frequency=hour)
        assert ("kernel-ridge" in {one.name for one in candidates(hours, 24, 24)}) == found


def names(history: Panel, horizon: int) -> set[str]:
    return {candidate.name for candidate in candidates(history, horizon, DAY)}


def test_seasons_are_looked_for_before_each_origin_only() -> None:
    """A week that begins late is in the whole panel, but not in what an early origin may see."""
    early, late = panel("day", 4 * WEEK), panel("day and level of each weekday", 12 * WEEK)
    values = np.concatenate([early.values[:, 0], late.values[:, 0]])
    whole = Panel.from_arrays([values], start=late.times[0], frequency=late.frequency)
    mstl = next(one for one in candidates(whole, DAY, DAY) if one.name == "mstl")
    for steps, seasons in ((4 * WEEK, (DAY,)), (len(values), (DAY, WEEK))):
        before = whole.slice(np.zeros(1, int), np.array([steps]))
        assert mstl.fit(before, 0, lambda _: None).spec.seasons == seasons
