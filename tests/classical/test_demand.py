"""Methods for intermittent demand, and the mean of a window, against loops in plain Python."""

import numpy as np
import pytest

import stepahead as sa
from stepahead.classical import (
    INTERMITTENT_KINDS,
    Rows,
    fit_intermittent,
    fit_window,
    intermittent,
)
from stepahead.classical.demand._intermittent import NEWEST
from stepahead.forecasting import Intermittent, WindowAverage

RNG = np.random.default_rng(0)


def demand(length: int, often: float) -> np.ndarray:
    return np.where(RNG.random(length) < often, RNG.poisson(3, length) + 1.0, 0.0)


def rows_of(*all_series: np.ndarray) -> Rows:
    return Rows(
        np.concatenate(all_series), np.append(0, np.cumsum([len(each) for each in all_series]))
    )


SERIES = [demand(60, 0.3), demand(40, 0.1), demand(50, 0.6)]
SERIES[0][[7, 20]] = np.nan


def loop(kind: str, y: np.ndarray, rate: float) -> list[float]:
    """One-step forecasts, and the one after the end."""
    seen = y[~np.isnan(y)]
    sizes = seen[seen != 0]
    size, between, since, often = sizes.mean(), len(seen) / len(sizes), 1, len(sizes) / len(seen)
    window = max(1, round(between))
    level, block, told = window * seen.mean(), [], []
    for value in [*y, 0.0]:
        told.append(
            {
                "croston": size / between,
                "sba": size / between * (1 - rate / 2),
                "tsb": size * often,
                "adida": level / window,
            }[kind]
        )
        if np.isnan(value):
            continue
        often += rate * ((value != 0) - often)
        block.append(value)
        if len(block) == window:
            level, block = level + rate * (sum(block) - level), []
        if value:
            size, between, since = (
                size + rate * (value - size),
                between + rate * (since - between),
                0,
            )
        since += 1
    return told


@pytest.mark.parametrize("kind", INTERMITTENT_KINDS)
def test_every_method_is_its_loop(kind: str) -> None:
    rows = rows_of(*SERIES)
    fit = fit_intermittent(rows, kind)
    told = np.split(fit.one_step(rows), rows.offsets[1:-1])
    ahead = fit.ahead(np.zeros(3, int), 2, ())[0]
    for y, own, rate, next_ones in zip(SERIES, told, fit.rate, ahead, strict=True):
        wanted = loop(kind, y, rate)
        np.testing.assert_allclose(own, wanted[:-1], rtol=1e-12)
        np.testing.assert_allclose(next_ones, wanted[-1], rtol=1e-12)
        best = min(
            np.nansum((np.array(loop(kind, y, r)[:-1]) - y) ** 2) for r in (0.02, 0.1, 0.3, rate)
        )
        assert np.nansum((own - y) ** 2) == pytest.approx(best)


@pytest.mark.parametrize("kind", INTERMITTENT_KINDS)
def test_quantiles_are_counts_and_hold_what_they_say(kind: str) -> None:
    rows = rows_of(*(demand(400, often) for often in (0.1, 0.3, 0.7)))
    at = (0.5, 0.8, 0.95, 0.99)
    _, ends = fit_intermittent(rows, kind).ahead(np.zeros(3, int), 1, at)
    assert (ends >= 0).all() and (ends == np.round(ends)).all()
    assert (np.diff(ends, axis=2) >= 0).all()
    for y, own in zip(np.split(rows.values, rows.offsets[1:-1]), ends[:, 0], strict=True):
        below = np.mean(y[:, None] <= own, axis=0)
        assert (below > np.array(at) - 0.06).all()
        assert np.mean(y[:, None] < own, axis=0)[1:3].max() < 0.97


def test_an_update_equals_a_longer_run() -> None:
    for kind in INTERMITTENT_KINDS:
        whole = rows_of(*SERIES)
        fit = fit_intermittent(whole, kind)
        later = fit.advanced(rows_of(*SERIES[::-1]))
        for number, y in enumerate(SERIES):
            both = np.append(y, SERIES[2 - number])
            assert later.ahead(np.zeros(3, int), 1, ())[0][number, 0] == pytest.approx(
                _with_parameters(kind, y, both, fit.rate[number])
            )
            count = np.sum(np.nan_to_num(both) != 0)
            assert np.diff(later.offsets)[number] == count


def test_quantiles_are_those_of_the_newest_demands() -> None:
    """What is kept of a series does not grow: demands of long ago are forgotten."""
    first, then = np.full(NEWEST + 5, 9.0), np.full(NEWEST - 1, 2.0)
    fit = fit_intermittent(rows_of(first, np.array([0.0, 4.0])), "tsb")
    later = fit.advanced(rows_of(then, np.array([0.0, 0.0])))
    assert np.diff(later.offsets).tolist() == [NEWEST, 1] and later.sizes.nbytes == 8 * 257
    ends = later.ahead(np.zeros(2, int), 1, (0.99, 0.999))[1][0, 0]
    assert ends.tolist() == [2.0, 9.0]
    assert later.advanced(rows_of([2.0], [])).sizes.tolist() == [2.0] * NEWEST + [4.0]


def _with_parameters(kind: str, y: np.ndarray, both: np.ndarray, rate: float) -> float:
    """The loop over `both` from the start that was read off y."""
    fit = fit_intermittent(rows_of(y), kind)
    told = fit.one_step(rows_of(np.append(both, 0.0))) if fit.rate[0] == rate else [np.nan]
    return float(told[-1])


def test_which_series_are_intermittent() -> None:
    rows = rows_of(*SERIES, np.arange(9.0), np.array([0.0, -1.0, 0.0]), np.zeros(5))
    assert intermittent(rows).tolist() == [True, True, True, False, False, False]


def test_a_window_is_a_loop_and_its_intervals_are_those_of_paths() -> None:
    y = RNG.normal(10, 1, 50)
    y[[3, 30]] = np.nan
    rows = rows_of(y, np.array([1.0, np.nan, 2.0]))
    fit = fit_window(rows, 4)
    seen: list[float] = []
    for value, told in zip(y, fit.one_step(rows), strict=False):
        assert told == pytest.approx(np.mean(seen[-4:]) if len(seen) >= 4 else np.nan, nan_ok=True)
        seen += [] if np.isnan(value) else [value]
    assert fit.last.tolist() == [seen[-4:], [1.5, 1.5, 1.0, 2.0]]
    _, ends = fit.ahead(np.array([1, 0]), 5, (0.1, 0.9))
    paths = []
    for _ in range(4000):
        path = seen[-4:]
        for _ in range(6):
            path = [*path, np.mean(path[-4:]) + np.sqrt(fit.variance[0]) * RNG.normal()]
        paths.append(path[5:])
    np.testing.assert_allclose(
        np.diff(ends[0], axis=1)[:, 0], np.std(paths, axis=0) * 2 * 1.2816, rtol=0.06
    )
    again = fit.advanced(rows_of(np.array([np.nan, 7.0]), np.array([3.0, 4, 5, 6, 7])))
    assert again.last.tolist() == [[*seen[-3:], 7.0], [4.0, 5.0, 6.0, 7.0]]


def test_demand_below_zero_is_refused() -> None:
    panel = sa.Panel.from_arrays([np.append(demand(30, 0.3), -1.0)])
    with pytest.raises(sa.Refusal, match="never below 0, but some values are"):
        sa.fit(Intermittent(), panel, 2, key=0)
    with pytest.raises(sa.Refusal, match="There is no method for intermittent demand 'croton'"):
        Intermittent("croton")
    with pytest.raises(sa.Refusal, match="`window`"):
        WindowAverage(0)
