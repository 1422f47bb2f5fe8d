"""Paths drawn step by step: they fill the intervals, and teach a fit the parameters they were drawn
with. What is kept to go on does not grow with the series."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from stepahead.classical import (
    LocalFit,
    Rows,
    Wanted,
    fit_arima,
    fit_autoregression,
    fit_baseline,
    fit_ets,
    fit_imapa,
    fit_intermittent,
    fit_mstl,
    fit_seasons,
    fit_theta,
    simulate,
)

FIRST = np.array([0])


def rows(*lengths: int) -> Rows:
    rng = np.random.default_rng(0)
    every = [
        90 + np.arange(n) % 4 * 5 + np.cumsum(rng.normal(0.1, 1, n)) + rng.normal(0, 1, n)
        for n in lengths
    ]
    return Rows(np.concatenate(every), np.append(0, np.cumsum(lengths)))


def inside(rest: Rows) -> LocalFit:
    return fit_autoregression(rest, (1, 2))


FITS = {
    "ETS(A,Ad,A)": lambda rows: fit_ets(rows, 4, "A,Ad,A"),
    "ETS(M,A,M)": lambda rows: fit_ets(rows, 4, "M,A,M"),
    "Theta": lambda rows: fit_theta(rows, 4),
    "standard Theta": lambda rows: fit_theta(rows, 4, "standard"),
    "ARIMA": lambda rows: fit_arima(rows, 4, Wanted((1, 1, 1), (0, 1, 1), constant=False)),
    "AR": lambda rows: fit_autoregression(rows, (1, 4)),
    "MSTL": lambda rows: fit_mstl(rows, (4,), inside),
    "Harmonic": lambda rows: fit_seasons(rows, (4,), inside),
    "seasonal naive": lambda rows: fit_baseline(rows, "seasonal-naive", 4),
}


@pytest.mark.parametrize("name", FITS)
def test_four_in_five_paths_lie_in_the_interval_of_80_percent(name: str) -> None:
    """At every step, with the mean of the forecast: the formulas say what the recursion does."""
    fit = FITS[name](rows(60, 48))
    paths = simulate(fit, 1, 6, 1500, np.random.default_rng(1))
    mean, ends = (each[1] for each in fit.ahead(np.array([0, 0]), 6, (0.1, 0.9)))
    share = np.mean((paths > ends[:, 0]) & (paths < ends[:, 1]), axis=0)
    np.testing.assert_allclose(share, 0.8, atol=4 * np.sqrt(0.16 / 1500))
    off = (paths.mean(axis=0) - mean) / (paths.std(axis=0) / np.sqrt(1500))
    assert np.abs(off).max() < 4


@pytest.mark.parametrize("name", FITS)
def test_what_is_kept_does_not_grow_with_the_series(name: str) -> None:
    """So each further value costs the same, however long the series is."""

    def kept(fit: Any) -> int:
        held = [vars(fit)[each.name] for each in fields(fit)]
        arrays = sum(each.size for each in held if isinstance(each, np.ndarray))
        return arrays + sum(kept(each) for each in held if isinstance(each, LocalFit))

    short, long = FITS[name](rows(48)), FITS[name](rows(480))
    assert kept(short.advanced(Rows(np.full(9, 99.0), np.array([0, 9])))) == kept(short)
    assert kept(short) == kept(long)


@pytest.mark.parametrize(
    "fit",
    [
        *FITS.values(),
        lambda rows: fit_intermittent(Rows(np.floor(rows.values) % 4, rows.offsets), "tsb"),
        lambda rows: fit_imapa(Rows(np.maximum(np.floor(rows.values) % 7 - 4, 0), rows.offsets)),
    ],
)
def test_some_of_the_series_are_forecast_as_they_were_among_all(fit: Any) -> None:
    done = fit(rows(48, 60, 50, 52, 56))
    which = np.array([3, 0, 3])
    skip = np.array([0, 2, 1, 0, 0])
    for one, other in zip(
        done.take(which).ahead(skip[which], 5, (0.1, 0.7)),
        done.ahead(skip, 5, (0.1, 0.7)),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other[which])


def test_ets_finds_the_parameters_that_paths_were_drawn_with() -> None:
    """Within three standard errors of their mean, and 0.02 for the bias of 300 steps."""
    fit = fit_ets(rows(60), 4, "A,N,A")
    rates, sums = fit.smoothing.copy(), fit.sums.copy()
    rates[0], sums[0, 2] = (0.35, 0, 0.2, 1), 1 / fit.unit[0] ** 2
    drawn = replace(fit, smoothing=rates, sums=sums)
    paths = simulate(drawn, 0, 300, 60, np.random.default_rng(3))
    again = fit_ets(Rows(paths.ravel(), np.arange(61) * 300), 4, "A,N,A")
    for place, true in ((0, 0.35), (2, 0.2)):
        found = again.smoothing[:, place]
        assert abs(found.mean() - true) < 3 * found.std() / np.sqrt(60) + 0.02
        assert found.std() < 0.08
    assert np.mean(again.known.variance * again.unit**2) == pytest.approx(1, abs=0.05)


def test_arima_finds_the_parameters_that_paths_were_drawn_with() -> None:
    wanted = Wanted((1, 1, 1), (0, 0, 0), constant=False)
    fit = fit_arima(rows(60), 1, wanted)
    coefficients = np.array([[0.6, 0.0, -0.3, 0.0]])[:, [0, 2]]
    sums = fit.sums.copy()
    sums[0, 2] = 1 / fit.unit[0] ** 2
    drawn = replace(fit, coefficients=coefficients, sums=sums)
    paths = simulate(drawn, 0, 400, 60, np.random.default_rng(4))[:, 100:]
    again = fit_arima(Rows(paths.ravel(), np.arange(61) * 300), 1, wanted)
    for place, true in ((0, 0.6), (1, -0.3)):
        found = again.coefficients[:, place]
        assert abs(np.median(found) - true) < 4 * found.std() / np.sqrt(60) + 0.02
    assert np.mean(again.known.variance * again.unit**2) == pytest.approx(1, abs=0.05)


def test_covariates_of_the_steps_move_the_paths() -> None:
    own = rows(50)
    x = np.random.default_rng(5).normal(size=(50, 1))
    fit = fit_arima(
        Rows(own.values + 20 * x[:, 0], own.offsets, x), 4, Wanted((0, 1, 1), (0, 0, 0))
    )
    later = np.array([[[0.0], [1.0], [0.0]]])
    paths = simulate(fit, 0, 3, 400, np.random.default_rng(0), later)
    mean = fit.with_later(later).ahead(FIRST, 3, ())[0][0]
    np.testing.assert_allclose(paths.mean(axis=0), mean, atol=5 * paths.std() / 20)
    assert mean[1] - mean[0] > 15
