"""Coefficients of covariates in a regression with autoregressive errors."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float

from .._rows import Rows, chunks, units
from ._lags import lag_weights
from ._regression import without_effect

ROUNDS = 4
"""The number of alternations between coefficients and autoregression."""

SEASONS_FIRST = 3
"""The number of alternations between seasons and coefficients."""

USUAL = (1, 2)
"""The default lags of the errors: enough for a level or a slope that is a random walk."""

EACH = 3
"""The values that a series must have for each coefficient and lag; a shorter one gets no
coefficients."""


def covariate_weights(
    rows: Rows, lags: tuple[int, ...] = USUAL
) -> Float[np.ndarray, "series column"]:
    """Return the coefficients of the covariates of every series, by generalised least squares.

    The errors are modelled as an autoregression on `lags` with a constant: y_t − Σ φ_l y_{t−l} is
    regressed on x_t − Σ φ_l x_{t−l} and 1, then φ is fitted to y − β x, and so on. Steps with a
    missing value among these are left out. Source: Cochrane & Orcutt 1949.

    >>> time = np.arange(60)
    >>> on = (time % 7 == 0) * 1.0
    >>> walk = np.cumsum(np.cos(time**2))
    >>> rows = Rows(walk + 5 * on, np.array([0, 60]), on[:, None])
    >>> covariate_weights(rows).round(0).tolist()
    [[5.0]]
    """
    assert rows.columns is not None
    weights, (level, unit) = np.zeros((len(rows), rows.columns.shape[1])), units(rows)
    for part in chunks(rows, None):
        own = rows.part(part).scaled(level[part], unit[part])
        assert own.columns is not None
        values = own.padded()
        columns = np.zeros((*values.shape, weights.shape[1]))
        columns[np.arange(values.shape[1]) < own.lengths[:, None]] = own.columns
        for _ in range(ROUNDS):
            rest = values - np.einsum("stc,sc->st", columns, weights[part])
            phi = lag_weights(rest, lags)[0][:, 1:]
            weights[part] = _weights(
                _without_past(values, lags, phi), _without_past(columns, lags, phi)
            )
    return weights * unit[:, None]


def weights_and_seasons(
    rows: Rows, seasons_of: Callable[[Rows], Float[np.ndarray, " total"]]
) -> Float[np.ndarray, "series column"]:
    """Return the coefficients of the covariates of every series together with its seasons, which
    `seasons_of` finds in the residuals, by alternating between the two."""
    assert rows.columns is not None
    weights = np.zeros((len(rows), rows.columns.shape[1]))
    for _ in range(SEASONS_FIRST):
        season = seasons_of(without_effect(rows, weights))
        weights = covariate_weights(replace(rows, values=rows.values - season))
    return weights


def _without_past(
    values: np.ndarray, lags: tuple[int, ...], phi: Float[np.ndarray, "series lag"]
) -> np.ndarray:
    """Values minus their prediction by the autoregression, NaN for the first ones."""
    left = np.full(values.shape, np.nan)
    left[:, lags[-1] :] = values[:, lags[-1] :]
    for place, lag in enumerate(lags):
        past = values[:, lags[-1] - lag : values.shape[1] - lag]
        left[:, lags[-1] :] -= phi[:, place].reshape(-1, *[1] * (values.ndim - 1)) * past
    return left


def _weights(
    values: Float[np.ndarray, "series time"], columns: Float[np.ndarray, "series time column"]
) -> Float[np.ndarray, "series column"]:
    """Least squares on the columns and a constant; collinear columns share a coefficient."""
    whole: Bool[np.ndarray, "series time"] = ~np.isnan(values) & ~np.isnan(columns).any(axis=2)
    number = np.maximum(whole.sum(axis=1), 1)
    y, x = np.where(whole, values, 0.0), np.where(whole[:, :, None], columns, 0.0)
    y = np.where(whole, y - (y.sum(axis=1) / number)[:, None], 0.0)
    x = np.where(whole[:, :, None], x - (x.sum(axis=1) / number[:, None])[:, None], 0.0)
    size = np.sqrt(np.sum(x**2, axis=1))
    scale = np.where(size > 1e-10 * np.sqrt(np.nansum(columns**2, axis=1)), size, np.inf)
    x = x / np.where(scale > 0, scale, np.inf)[:, None]
    cross = np.einsum("stp,stq->spq", x, x, optimize=True)
    found = np.linalg.pinv(cross, 1e-10, hermitian=True) @ np.einsum("stp,st->sp", x, y)[:, :, None]
    enough = number > EACH * (1 + x.shape[2])
    return np.where(enough[:, None], found[:, :, 0] / scale, 0.0)
