"""Weights of covariates beside an autoregression, and beside seasons."""

import numpy as np
from scipy.optimize import least_squares

from stepahead.classical import Rows, fit_autoregression, fit_ets, fit_seasons
from stepahead.classical.regression import covariate_weights

LAGS = (1, 3)


def one(length: int, seed: int, *, gaps: bool = False) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(2, 1, length), np.arange(length) % 9 == 4])
    rest = np.zeros(length)
    for t in range(3, length):
        rest[t] = 0.6 * rest[t - 1] - 0.2 * rest[t - 3] + rng.normal(0, 0.5)
    y = 10 + rest + x @ [1.5, -3]
    y[[20, 21, 40] if gaps else []] = np.nan
    return y, x


def test_weights_are_those_of_the_least_conditional_sum_of_squares() -> None:
    """All of it at once: constant, lags and covariates, steps with a gap among them left out."""
    y, x = one(90, 0, gaps=True)

    def errors(at: np.ndarray) -> np.ndarray:
        rest = y - x @ at[3:]
        off = rest[3:] - at[0] - at[1] * rest[2:-1] - at[2] * rest[:-3]
        return off[~np.isnan(off)]

    best = least_squares(errors, np.zeros(5), xtol=1e-14, ftol=1e-14).x
    rows = Rows(y, np.array([0, 90]), x)
    np.testing.assert_allclose(covariate_weights(rows, LAGS)[0], best[3:], rtol=1e-4)
    fit = fit_autoregression(rows, LAGS)
    later = np.array([[[5.0, 0.0], [2.0, 1.0]]])
    told = fit.with_later(later).ahead(np.array([0]), 2, ())[0][0]
    rest = y - x @ best[3:]
    for _ in range(2):
        rest = np.append(rest, best[0] + best[1] * rest[-1] + best[2] * rest[-3])
    np.testing.assert_allclose(told, rest[-2:] + later[0] @ best[3:], rtol=1e-4)


def test_each_series_has_weights_of_its_own() -> None:
    every = [one(90, 1), one(60, 2, gaps=True), one(8, 3)]
    together = covariate_weights(
        Rows(
            np.concatenate([y for y, _ in every]),
            np.cumsum([0, 90, 60, 8]),
            np.concatenate([x for _, x in every]),
        )
    )
    for found, (y, x) in zip(together, every, strict=True):
        alone = covariate_weights(Rows(y, np.array([0, len(y)]), x))
        np.testing.assert_allclose(found, alone[0], rtol=1e-6, atol=1e-12)
    assert (together[2] == 0).all()  # eight values say nothing of two weights


def test_a_column_in_another_unit_or_twice_or_constant_changes_no_forecast() -> None:
    y, x = one(80, 4)
    same = np.column_stack([x[:, 0] * 1e-6, x[:, 1], x[:, 1], np.full(80, 4.0)])
    told = []
    for columns in (x, same):
        fit = fit_autoregression(Rows(y, np.array([0, 80]), columns), LAGS)
        told.append(fit.with_later(columns[None, :9]).ahead(np.array([0]), 9, ())[0])
    np.testing.assert_allclose(told[0], told[1], rtol=1e-5)


def test_beside_seasons_that_are_factors_an_effect_is_one_too() -> None:
    """Of logs: what is 1 at a step multiplies the value there."""
    rng = np.random.default_rng(0)
    time = np.arange(140)
    on = (rng.random(140) < 0.15) * 1.0
    level = np.exp(3 + 0.01 * time + 0.4 * np.sin(2 * np.pi * time / 7))
    rows = Rows(level * 1.5**on * np.exp(rng.normal(0, 0.02, 140)), np.array([0, 140]), on[:, None])
    fit = fit_seasons(rows, (7,), lambda rest: fit_ets(rest, 1, "A,A,N"))
    assert fit.logs[0]
    later = np.zeros((1, 8, 1))
    plain = fit.with_later(later).ahead(np.array([1]), 7, ())[0]
    later[:, 3] = 1
    raised = fit.with_later(later).ahead(np.array([1]), 7, ())[0]
    ratio = raised / plain
    np.testing.assert_allclose(ratio[0], [1, 1, ratio[0, 2], 1, 1, 1, 1], rtol=1e-12)
    assert abs(ratio[0, 2] - 1.5) < 0.03
