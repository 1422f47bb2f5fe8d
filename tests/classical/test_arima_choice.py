"""The choice of an ARIMA form, and series that bear few."""

import numpy as np
import pytest

from stepahead import Refusal
from stepahead.classical import Rows, Wanted, fit_arima
from stepahead.classical.arima._differences import season_strength, wanders
from stepahead.native import series as kernels

SEASON = np.array([3.0, -4.0, 0.0, 2.0])


def rows_of(*all_series: np.ndarray) -> Rows:
    return Rows(
        np.concatenate(all_series), np.append(0, np.cumsum([len(each) for each in all_series]))
    )


def simulated(length: int, seed: int, phi=(), theta=()) -> np.ndarray:
    e = np.random.default_rng(seed).normal(size=length + 100)
    w = np.zeros(length + 100)
    for t in range(10, length + 100):
        w[t] = e[t] + sum(c * w[t - j - 1] for j, c in enumerate(phi))
        w[t] += sum(c * e[t - j - 1] for j, c in enumerate(theta))
    return w[100:]


def monthly(length: int = 60, seed: int = 0) -> np.ndarray:
    """The airline model with quarters."""
    e = np.random.default_rng(seed).normal(size=length)
    w = e.copy()
    w[1:] -= 0.4 * e[:-1]
    w[4:] -= 0.5 * e[:-4]
    w[5:] += 0.2 * e[:-5]
    y = np.cumsum(w)
    for t in range(4, length):
        y[t] += y[t - 4]
    return y + 100


def test_simulation_recovers_the_parameters(path: str) -> None:
    length = 1500 if path == "compiled" else 120
    y = np.cumsum(simulated(length, 1, (0.6,), (0.4,)) + 0.5)
    fit = fit_arima(rows_of(y), 1, Wanted((1, 1, 1), (0, 0, 0), constant=True))
    (phi,), _, (theta,), _ = fit.parts_of(0)
    near = {"abs": 4 / np.sqrt(length)}
    assert phi == pytest.approx(0.6, **near) and theta == pytest.approx(0.4, **near)
    assert fit.constant[0] * fit.unit[0] == pytest.approx(0.5, abs=14 / np.sqrt(length))
    assert np.sqrt(fit.known.variance[0]) * fit.unit[0] == pytest.approx(1, **near)


def test_orders_that_are_open_are_found() -> None:
    rows = rows_of(
        simulated(400, 5, (0.0, 0.7)),
        np.cumsum(simulated(400, 3, (), (0.6,))),
        np.cumsum(simulated(400, 3)) + 2.0 * np.arange(400),
        simulated(400, 3) + 30,
    )
    forms = [form.split(", ")[0] for form in fit_arima(rows, 1).forms()]
    assert forms == [
        "ARIMA(2,0,0)",
        "ARIMA(0,1,1)",
        "ARIMA(0,1,0) with drift",
        "ARIMA(0,0,0) with mean",
    ]
    seasonal = fit_arima(rows_of(monthly(120), monthly(120, 1)), 4)
    assert (seasonal.orders[:, [1, 4]] == [1, 1]).all() and (seasonal.orders[:, 5] > 0).all()
    alone = fit_arima(rows.take(np.array([0])), 1, Wanted((None, 0, 0), (0, 0, 0), largest=12))
    assert alone.orders[0, 0] == 2


def test_roots_keep_away_from_the_unit_circle() -> None:
    """Differenced once too often, a moving average would have a root there."""
    y = simulated(80, 7)
    over = fit_arima(rows_of(y), 1, Wanted((0, 1, 1), (0, 0, 0), constant=False))
    assert over.parts_of(0)[2][0] < -0.98
    open_ = fit_arima(rows_of(y), 1, Wanted((None, 1, None), (0, 0, 0), constant=False))
    _, _, theta, _ = open_.parts_of(0)
    assert len(theta) == 0 or np.abs(np.roots(np.r_[theta[::-1], 1])).min() > 1.01


def test_the_same_choice_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    if not kernels.available():
        pytest.skip("needs the compiled kernels")
    gap = simulated(20, 8, (0.7,)) + 5
    gap[[4, 11]] = np.nan
    few = Wanted((None, None, 0), (0, None, None), largest=1)
    found = []
    for compiled in (True, False):
        monkeypatch.setattr(kernels, "available", lambda compiled=compiled: compiled)
        found.append(
            [fit_arima(rows_of(gap, monthly(21)), 4, few), fit_arima(rows_of(gap), 1, few)]
        )
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one.orders, other.orders)
        np.testing.assert_allclose(one.known, other.known, rtol=1e-5)


def test_differences_are_those_of_the_plain_tests() -> None:
    """Both are asked of series of different lengths, and agree."""
    rng = np.random.default_rng(9)
    all_series = []
    for number in range(30):
        y = np.cumsum(rng.normal(size=20 + number)) * rng.integers(0, 2)
        y = 2 * y + rng.normal(size=len(y))
        y = y + (number % 3) * SEASON[np.arange(len(y)) % 4]
        all_series.append(y)
    fit = fit_arima(rows_of(*all_series), 4, Wanted((0, None, 0), (0, None, 0)))
    for y, orders in zip(all_series, fit.orders, strict=True):
        D = int(season_strength(y, 4) > 0.64)
        assert (orders[1], orders[4]) == (int(wanders(y[4:] - y[:-4] if D else y)), D)
    assert 0.1 < fit.orders[:, 1].mean() < 0.8 and 0.2 < fit.orders[:, 4].mean() < 0.8


def test_any_number_of_threads_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rows_of(*(monthly(30 + n, n) for n in range(6)), simulated(160, 1))
    found = []
    for count in (1, 2):
        monkeypatch.setattr("stepahead.classical.arima._fit.threads", lambda count=count: count)
        fit = fit_arima(rows, 4)
        ends = fit.ahead(np.zeros(7, int), 5, (0.1,))[1]
        found.append([fit.coefficients.tobytes(), fit.numbers.tobytes(), ends.tobytes()])
    assert found[0] == found[1]
    alone = fit_arima(rows_of(monthly(33, 3)), 4)
    np.testing.assert_array_equal(alone.coefficients[0], fit.coefficients[3])


def test_a_unit_changes_nothing_but_the_unit() -> None:
    one, other = (fit_arima(rows_of(monthly() * by), 4) for by in (1.0, 1024.0))
    np.testing.assert_array_equal(one.coefficients, other.coefficients)
    np.testing.assert_array_equal(
        one.ahead(np.array([0]), 3, (0.2,))[1] * 1024, other.ahead(np.array([0]), 3, (0.2,))[1]
    )


@pytest.mark.parametrize(
    ("y", "season", "wanted", "got"),
    [
        (monthly(11), 12, Wanted((0, 1, 1), (0, 1, 1)), "ARIMA(0,1,1)"),
        (monthly(12), 1, Wanted((0, 1, 1), (0, 1, 1)), "ARIMA(0,1,1)"),
        (np.array([1.0, 3.0]), 1, Wanted((2, 1, 2), (0, 0, 0)), "ARIMA(0,1,0)"),
        (np.array([1.0, 3.0]), 12, Wanted(), "ARIMA(0,1,0)"),
        (np.r_[1.0, np.full(30, np.nan), 2.0], 12, Wanted((1, 0, 0), (1, 0, 0)), "ARIMA(0,0,0)"),
        (
            np.r_[monthly(20), np.full(9, np.nan), 98.0],
            4,
            Wanted((0, 1, 1), (0, 1, 1), False),
            None,
        ),
        (1e300 * monthly(40), 4, Wanted((0, 1, 1), (0, 1, 1), False), None),
        (1e9 + monthly(40), 4, Wanted((1, 0, 1), (0, 0, 0), True), "ARIMA(1,0,1)"),
        (np.tile(SEASON, 12) + np.r_[0.0, np.zeros(46), 1e-9], 4, Wanted(), None),
        (np.r_[np.zeros(30), 1.0], 1, Wanted(), None),
    ],
    ids=[
        *("long season", "no season", "two points", "two points, open", "all missing but two"),
        *("gap", "huge", "far from 0", "season alone", "jump at the end"),
    ],
)
def test_what_a_series_cannot_bear_gets_a_simpler_form(y, season, wanted, got) -> None:
    fit = fit_arima(rows_of(y), season, wanted)
    assert fit.forms()[0].startswith(got or "ARIMA(")
    mean, ends = fit.ahead(np.array([0]), 8, (0.1, 0.9))
    assert np.isfinite(mean).all() and (ends[..., 0] <= ends[..., 1]).all()
    assert (np.abs(mean) <= 10 * np.nanmax(np.abs(y))).all()


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"order": (1, 1, -1)}, r"`order` holds three .*\(1, 1, -1\)"),
        ({"seasonal": (0, 1, 99)}, "`seasonal` holds three orders"),
        ({"order": (0, 3, 0), "seasonal": (0, 1, 0)}, "differenced 3 times at most"),
        ({"order": (0, 2, 0), "constant": True}, "a trend that bends"),
        ({"largest": 0}, "`largest` is an order of 1 to 24"),
    ],
)
def test_orders_that_are_none_are_refused(wrong, match) -> None:
    with pytest.raises(Refusal, match=match):
        Wanted(**wrong)
