"""What `inspect` finds in series of which we know it."""

import numpy as np

from stepahead.data import Frequency, Panel, inspect


def test_gaps_constants_outliers_and_short_series_are_found() -> None:
    rng = np.random.default_rng(0)
    noisy = rng.normal(100.0, 1.0, 200)
    noisy[50] = 150.0
    gappy = np.sin(np.arange(60.0))
    gappy[[3, 10, 11, 12, 40]] = np.nan
    panel = Panel.from_arrays(
        [noisy, gappy, np.full(30, 7.0), [1.0, 2.0]], ids=["noisy", "gappy", "flat", "brief"], frequency=Frequency.integer(season=12)
    )
    found = inspect(panel)
    assert (found.series, found.steps, found.shortest, found.longest, found.missing) == (4, 292, 2, 200, 5)
    assert (found.constant, found.short, found.all_missing) == (("flat",), ("brief",), ())
    assert found.rows[0].outlier_times.tolist() == [50] and found.rows[0].outlier_values.tolist() == [150.0]
    assert (found.rows[1].missing, found.rows[1].longest_gap) == (5, 3)
    assert found.outliers == 1


def test_a_gap_does_not_reach_into_the_next_series() -> None:
    panel = Panel.from_arrays([[1.0, np.nan, np.nan], [np.nan, 1.0], [np.nan, np.nan]], ids=["a", "b", "c"])
    found = inspect(panel)
    assert [row.longest_gap for row in found.rows] == [2, 1, 2]
    assert found.all_missing == ("c",)


def test_a_season_is_no_outlier() -> None:
    season = np.tile(np.repeat([0.0, 100.0], 12), 10) + np.random.default_rng(1).normal(0, 10, 240)
    assert inspect(Panel.from_arrays([season])).outliers == 0
