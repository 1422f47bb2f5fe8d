"""Naive, seasonal naive, drift and mean, against loops in plain Python and against the steps of the
same names."""

import numpy as np
import pytest
from scipy import stats

import stepahead as sa
from stepahead import models
from stepahead.classical import BASELINE_KINDS, Rows, fit_baseline
from stepahead.forecasting import Baseline

RNG = np.random.default_rng(0)
SEASON = 4
SERIES = [np.cumsum(RNG.normal(0.3, 1, length)) + 20 for length in (30, 17, 9)]
SERIES[0][[5, 9, 13, 20]] = np.nan  # two seasons in a row at one place
SERIES[1][[2, 3]] = np.nan
ROWS = Rows(np.concatenate(SERIES), np.append(0, np.cumsum([len(each) for each in SERIES])))


def filled(y: np.ndarray, season: int) -> list[float]:
    """Missing values taken for the last one at their place, else for the one before."""
    out: list[float] = []
    for t, value in enumerate(y):
        if not np.isnan(value):
            out.append(value)
        else:
            seen = [y[s] for s in range(t - season, -1, -season) if not np.isnan(y[s])]
            out.append(seen[0] if seen else out[-1])
    return out


def told(kind: str, y: np.ndarray, step: int) -> float:
    """The forecast so many steps after the end of y."""
    season = SEASON if kind == "seasonal-naive" else 1
    held = filled(y, season)
    if kind == "mean":
        return float(np.nanmean(y))
    if kind == "drift":
        last = int(np.flatnonzero(~np.isnan(y))[-1])
        ahead = len(y) - 1 - last + step
        return float(y[last] + ahead * (y[last] - y[0]) / max(last, 1))
    return held[len(held) - season + (step - 1) % season]


def spread(kind: str, y: np.ndarray, step: int) -> tuple[float, int]:
    """The standard deviation so many steps ahead, and its degrees of freedom."""
    if kind == "mean":
        number = int((~np.isnan(y)).sum())
        return float(np.nanstd(y, ddof=1) * np.sqrt(1 + 1 / number)), number - 1
    season = SEASON if kind == "seasonal-naive" else 1
    slope = (y[-1] - y[0]) / (len(y) - 1) if kind == "drift" else 0.0
    squares = []
    for t in range(len(y)):
        seen = [s for s in range(t - season, -1, -season) if not np.isnan(y[s])]
        if seen and not np.isnan(y[t]):
            gap = (t - seen[0]) // season
            squares.append((y[t] - y[seen[0]] - slope * gap) ** 2 / gap)
    freedom = len(squares) - (kind == "drift")
    wide = step * (1 + step / (len(y) - 1)) if kind == "drift" else -(-step // season)
    return float(np.sqrt(sum(squares) / freedom * wide)), freedom


@pytest.mark.parametrize("kind", BASELINE_KINDS)
def test_forecasts_and_intervals_are_those_of_a_loop(kind: str) -> None:
    skip = np.array([0, 3, 1])
    mean, ends = fit_baseline(ROWS, kind, SEASON).ahead(skip, 6, (0.1, 0.975))
    for number, y in enumerate(SERIES):
        for k in range(6):
            step = int(skip[number]) + k + 1
            want, (sd, freedom) = told(kind, y, step), spread(kind, y, step)
            np.testing.assert_allclose(mean[number, k], want, rtol=1e-12)
            far = stats.t(freedom).ppf([0.1, 0.975])
            np.testing.assert_allclose(ends[number, k], want + sd * far, rtol=1e-6)


@pytest.mark.parametrize("kind", BASELINE_KINDS)
def test_fitted_values_are_forecasts_from_the_values_before(kind: str) -> None:
    fitted = fit_baseline(ROWS, kind, SEASON).one_step(ROWS)
    season = SEASON if kind == "seasonal-naive" else 1
    for y, mine in zip(SERIES, np.split(fitted, ROWS.offsets[1:-1]), strict=True):
        assert np.isnan(mine[:season]).all()
        want = [told(kind, y[:t], 1) for t in range(season, len(y))]
        np.testing.assert_allclose(mine[season:], want, rtol=1e-12)


@pytest.mark.parametrize("kind", BASELINE_KINDS)
def test_what_was_read_in_two_parts_forecasts_like_the_whole(kind: str) -> None:
    cut = np.array([12, 17, 8])  # of the second series nothing new
    zero = np.zeros(3, np.int64)
    first = fit_baseline(ROWS.cut(zero, cut), kind, SEASON)
    after = first.advanced(ROWS.cut(cut, ROWS.lengths))
    whole = fit_baseline(ROWS, kind, SEASON)
    np.testing.assert_allclose(after.ahead(zero, 9, ())[0], whole.ahead(zero, 9, ())[0], rtol=1e-12)


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        ("naive", models.Naive()),
        ("seasonal-naive", models.SeasonalNaive(SEASON)),
        ("drift", models.Drift()),
        ("mean", models.Mean()),
    ],
)
def test_a_baseline_forecasts_what_the_step_of_its_name_does(kind: str, step: object) -> None:
    panel = sa.Panel.from_arrays([*SERIES, np.append(SERIES[2], [np.nan, np.nan])])
    mine, step_s = (
        sa.fit(spec, panel, horizon=5, key=0, season=SEASON).predict().mean
        for spec in (Baseline(kind), step)
    )
    np.testing.assert_allclose(mine, step_s, rtol=1e-5)


def test_intervals_of_a_random_walk_hold_as_often_as_they_say() -> None:
    walks = np.cumsum(np.random.default_rng(1).normal(size=(4000, 18)), axis=1)
    panel = sa.Panel.from_arrays(list(walks[:, :12]))
    done = sa.fit(Baseline("drift"), panel, horizon=6, key=0).predict(levels=80)
    low, high = (end[:, :, 0] for end in done.interval(80))
    inside = ((low <= walks[:, 12:]) & (walks[:, 12:] <= high)).mean(axis=0)
    assert np.abs(inside - 0.8).max() < 0.02, inside  # 3 standard errors


def test_a_season_that_was_not_seen_twice_takes_its_width_from_single_steps() -> None:
    fit = fit_baseline(Rows(np.array([1.0, 2.0, 4.0]), np.array([0, 3])), "seasonal-naive", 5)
    mean, _ = fit.ahead(np.array([0]), 5, ())
    assert mean.tolist() == [[1.0, 1.0, 1.0, 2.0, 4.0]]
    assert fit.variance.tolist() == [2.5]


def test_an_unknown_baseline_is_refused() -> None:
    with pytest.raises(sa.Refusal, match=r"There is no baseline 'drfit'.*Did you mean 'drift'"):
        Baseline("drfit")


def test_short_series_are_told_by_the_others_how_much_they_change() -> None:
    """Of walks with nearly equal changes, intervals from three values hold as often with the other
    series, and are much narrower; long series, and other baselines, go by themselves."""
    walks = 50 + np.cumsum(RNG.normal(0, RNG.uniform(0.8, 1.2, (600, 1)), (600, 30)), axis=1)
    short, future = walks[:, -4:-1], walks[:, -1]
    done = sa.fit(Baseline("naive"), sa.Panel.from_arrays(list(short)), horizon=1, key=0)
    low, high = (end[:, 0, 0] for end in done.predict(levels=80).interval(80))
    alone = fit_baseline(Rows(short.ravel(), np.arange(0, 1801, 3)), "naive", 1)
    ends = alone.ahead(np.zeros(600, int), 1, (0.1, 0.9))[1][:, 0]
    assert np.mean((low <= future) & (future <= high)) == pytest.approx(0.8, abs=0.04)
    assert np.mean(high - low) < 0.85 * np.mean(ends[:, 1] - ends[:, 0])
    mixed = sa.Panel.from_arrays([*walks[:5, :10], *short[:5]])
    for kind in BASELINE_KINDS:
        own = sa.fit(Baseline(kind), mixed, horizon=2, key=0, season=4).predict(levels=80)
        for number in (0, 9):
            one = mixed.take(np.array([number]))
            by_itself = sa.fit(Baseline(kind), one, horizon=2, key=0, season=4).predict(levels=80)
            np.testing.assert_array_equal(by_itself.mean[0], own.mean[number])
            same = np.allclose(by_itself.quantiles[0], own.quantiles[number])
            assert same == (number == 0 or kind in ("mean", "seasonal-naive"))
