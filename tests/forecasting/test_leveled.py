"""A method on series brought to the level of now: the same as the method on a series that was
brought there by hand; a shift is what a loop over its definition says."""

from pathlib import Path

import numpy as np
import pytest

import stepahead as sa
from stepahead._check import Refusal
from stepahead.classical import Rows, lasting_shifts
from stepahead.data import Panel
from stepahead.forecasting import ETS, MSTL, Baseline, Leveled, LocalMethod, Theta
from stepahead.workflow import auto

DRAWS = np.random.default_rng(0)
SEASON = np.tile([0.0, 3.0, -2.0, 4.0, 0.0], 12)
FLAT = 20 + DRAWS.normal(size=60) + SEASON
CALM = 50 + DRAWS.normal(size=50).cumsum()
MOVED = FLAT + 80 * (np.arange(60) >= 38)
MOVED[41] = np.nan
SLOPE = (MOVED[-1] - MOVED[0] - (MOVED[38] - MOVED[37])) / 57  # of the other 57 moves of 59 values
SIZE = MOVED[[38, 39, 40, 42, 43, 44, 45, 46]].mean() - MOVED[30:38].mean() - 8 * SLOPE


def by_definition(values: np.ndarray) -> int:
    """The first step of the only level that stays, by the words of `lasting_shifts`."""
    place = np.flatnonzero(~np.isnan(values))
    seen = values[place]
    for k in range(8, len(seen) - 7):
        moves = np.abs(np.diff(seen))
        early, late = seen[:k], seen[k:]
        alone = all(moves[k - 1] >= 2 * move for n, move in enumerate(moves) if n != k - 1)
        apart = early.max() < late.min() or early.min() > late.max()
        if len(seen) >= 20 and alone and apart:
            return int(place[k])
    return 0


def test_a_shift_is_what_a_loop_says() -> None:
    panels = []
    for number in range(120):
        length, at = DRAWS.integers(16, 60), DRAWS.integers(4, 40)
        values = DRAWS.normal(size=length) + (16 - 4 * (number % 9)) * (np.arange(length) >= at)
        values[DRAWS.random(length) < 0.1] = np.nan
        panels.append(values)
    rows = Rows(np.concatenate(panels), np.append(0, np.cumsum([len(each) for each in panels])))
    wanted = [by_definition(values) for values in panels]
    assert lasting_shifts(rows).tolist() == wanted
    assert 10 < np.count_nonzero(wanted) < 60


@pytest.mark.parametrize(
    "values",
    [
        np.arange(60.0),  # a slope
        FLAT + 80 * (np.arange(60) == 30),  # an outlier
        FLAT + 80 * ((np.arange(60) >= 20) & (np.arange(60) < 35)),  # a level that came back
        FLAT + 80 * (np.arange(60) // 12 % 2),  # a season of two levels
        FLAT + 80 * (np.arange(60) >= 54),  # too short to tell
        np.full(60, 3.0),
    ],
)
def test_what_does_not_stay_is_no_shift(values: np.ndarray) -> None:
    assert lasting_shifts(Rows(values, np.array([0, len(values)]))).tolist() == [0]


@pytest.mark.parametrize("inside", [Theta(), ETS("A,N,A"), MSTL((5,)), Baseline("naive")])
def test_it_is_the_method_on_the_level_of_now(inside: LocalMethod, tmp_path: Path) -> None:
    season = 5 if inside != Baseline("naive") else 1
    before = np.arange(60) < 38
    size = SIZE
    if season == 5:  # a season is a multiple of 5 values: 5 of at most 8
        size = MOVED[[38, 39, 40, 42, 43]].mean() - MOVED[33:38].mean() - 5 * SLOPE
    level = Panel.from_arrays([MOVED + size * before, CALM])
    leveled = sa.fit(Leveled(inside), Panel.from_arrays([MOVED, CALM]), 4, key=0, season=season)
    alone = sa.fit(inside, level, horizon=4, key=0, season=season)
    at = (0.1, 0.5, 0.9)
    done = leveled.predict(quantiles=at)
    np.testing.assert_allclose(done.quantiles, alone.predict(quantiles=at).quantiles, rtol=1e-9)
    moved = alone.fitted_values()[:, 0] - np.append(size * before, np.zeros(50))
    np.testing.assert_allclose(leveled.fitted_values()[:, 0], moved, rtol=1e-9)
    new = Panel.from_arrays([np.append(MOVED, 99.0), np.append(CALM, 51.0)])
    new = new.slice(new.lengths - 1, new.lengths)
    np.testing.assert_allclose(
        leveled.update(new).predict().mean, alone.update(new).predict().mean, rtol=1e-9
    )
    assert leveled.description.splitlines()[1:] == alone.description.splitlines()[1:]
    sa.save(leveled, tmp_path / "leveled")
    np.testing.assert_array_equal(sa.load(tmp_path / "leveled").predict().mean, done.mean)


def test_where_no_level_moved_it_is_the_method_itself() -> None:
    panel = Panel.from_arrays([FLAT, CALM])
    one, other = (sa.fit(spec, panel, 3, key=0, season=5) for spec in (Leveled(ETS()), ETS()))
    np.testing.assert_array_equal(one.predict().mean, other.predict().mean)


def test_the_default_levels_where_a_level_moved_and_only_there() -> None:
    for values, wanted in ((MOVED, "Leveled"), (FLAT, "ETS")):
        panel = Panel.from_arrays([values])
        ets = next(one for one in sa.workflow.candidates(panel, 3, 5) if one.name == "ets")
        assert type(ets.fit(panel, 0, lambda _: None).spec).__name__ == wanted


def test_one_value_has_no_level_that_moved() -> None:
    alone = Rows(np.append(np.full(39, np.nan), 3.0), np.array([0, 40]))
    assert lasting_shifts(alone).tolist() == [0]
    with pytest.raises(Refusal, match="No model could be compared"):
        auto(Panel.from_arrays([alone.values]), 2, key=0, clock=lambda: 0.0)
