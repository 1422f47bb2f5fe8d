"""Several seasons of many series as Fourier terms, and a local method for the remainder."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from .._fit import Ahead, Later, LocalFit, Parts
from .._rows import Rows
from ..regression import RegressionFit, weights_and_seasons, without_effect

WAVES = (1, 2, 3, 5, 8)
"""The numbers of harmonics that are tried for the longest season; shorter seasons have all of
theirs."""

SHORT = 24
"""Seasons up to this length have all their harmonics."""

BENDS = 4
"""The number of linear pieces of the trend that is fitted together with the seasons."""

RIDGES = (1e-9, 1e-6, 1e-4, 1e-3, 1e-2, 1e-1)
"""Penalties of squared coefficients: one that only keeps the equations solvable, and larger ones
for series with hours that are never observed."""

BLOCK = 8
"""The number of series that are multiplied at once."""

Inside = Callable[[Rows], LocalFit]
"""A function that fits the remainder."""


@dataclass(frozen=True, eq=False)
class SeasonsFit(LocalFit):
    """Several seasons of many series, of their logs if `logs`, and `inside`, the fit of the
    remainder. `weights` are the coefficients of the Fourier terms of all `seasons`; `step` is the
    number of the next step of every series."""

    seasons: tuple[float, ...]
    logs: Bool[np.ndarray, " series"]
    weights: Float[np.ndarray, "series wave"]
    step: Int[np.ndarray, " series"]
    inside: LocalFit

    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """As `LocalFit.ahead`: the forecast of the remainder and its intervals, plus the
        seasons."""
        mean, ends = self.inside.ahead(skip, horizon, probabilities)
        time = self.step[:, None] + skip[:, None] + np.arange(horizon)
        season = np.einsum("shw,sw->sh", waves(time, self.seasons), self.weights)
        mean, ends = mean + season, ends + season[:, :, None]
        logs = self.logs
        mean[logs], ends[logs] = np.exp(mean[logs]), np.exp(ends[logs])
        return mean, ends

    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.one_step`."""
        first = self.step - rows.lengths
        told = self.inside.one_step(self._rest(rows, first)) + self._season(rows, first)
        logs = np.repeat(self.logs, rows.lengths)
        return np.where(logs, np.exp(np.where(logs, told, 0.0)), told)

    def with_later(self, later: Later) -> "SeasonsFit":
        """As `LocalFit.with_later`."""
        return replace(self, inside=self.inside.with_later(later))

    def advanced(self, rows: Rows) -> "SeasonsFit":
        """As `LocalFit.advanced`."""
        inside = self.inside.advanced(self._rest(rows, self.step))
        return replace(self, inside=inside, step=self.step + rows.lengths)

    def components(self, rows: Rows) -> Parts:
        """As `LocalFit.components`: the forecast of the remainder is the trend."""
        first = self.step - rows.lengths
        rest, effect = self._rest(rows, first), self.inside.effect(rows)
        columns = {"trend": self.inside.one_step(rest) - effect}
        begin = 0
        for season in self.seasons:
            width = waves(first, (season,)).shape[1]
            weights = self.weights[:, begin : begin + width]
            columns[f"season {season:g}"] = _season(rows, first, (season,), weights)
            begin += width
        if rows.columns is not None:
            columns["covariates"] = effect
        logs = np.repeat(self.logs, rows.lengths)
        found = {
            name: np.where(logs, np.exp(np.where(logs, each, 0.0)), each)
            for name, each in columns.items()
        }
        scale = np.where(logs, np.prod(list(found.values()), axis=0), 1.0)
        return Parts(found, self.logs, scale)

    def estimates(self) -> list[Float[np.ndarray, "series estimate"]]:
        """Coefficients of the Fourier terms, and the estimates of the remainder."""
        return [self.weights, *self.inside.estimates()]

    def with_estimates(self, changed: Sequence[np.ndarray]) -> "SeasonsFit":
        """As `LocalFit.with_estimates`."""
        weights, *rest = changed
        return replace(self, weights=weights, inside=self.inside.with_estimates(rest))

    def forms(self) -> list[str]:
        """Return the form of the remainder, and the seasons."""
        seasons = " and ".join(f"{season:g}" for season in self.seasons)
        return [f"{form}, with seasons of {seasons}" for form in self.inside.forms()]

    def _season(self, rows: Rows, first: Int[np.ndarray, " series"]) -> Float[np.ndarray, " total"]:
        return _season(rows, first, self.seasons, self.weights)

    def _rest(self, rows: Rows, first: Int[np.ndarray, " series"]) -> Rows:
        return _rest(rows, self.logs, self._season(rows, first))


def fit_seasons(rows: Rows, seasons: tuple[float, ...], inside: Inside) -> SeasonsFit:
    """Fit Fourier terms of several seasons to every series, and `inside` to the remainder.

    Least squares on a piecewise linear trend with `BENDS` pieces and the sines and cosines of each
    season, reweighted twice to reduce the effect of outliers (Huber). The number of harmonics of
    the longest season is the one of `WAVES` with the smallest AICc; if all values are above 0, the
    AICc also decides whether seasons are additive or multiplicative (as seasons of the logs). The
    seasons then stay constant. If the rows have covariates, their coefficients (see
    `covariate_weights`) and the seasons of the residuals are estimated in turn. Source: dynamic
    harmonic regression (Hyndman & Athanasopoulos 2021, 12.1).

    >>> from stepahead.classical import fit_ets
    >>> time = np.arange(120)
    >>> both = np.sin(time * np.pi / 2) + np.cos(time * np.pi / 15)
    >>> rows = Rows(both + 0.01 * time, np.array([0, 120]))
    >>> fit = fit_seasons(rows, (4, 30), lambda rest: fit_ets(rest, 1, "A,A,N"))
    >>> fit.ahead(np.array([0]), 2, ())[0].round(1).tolist()
    [[2.2, 3.2]]
    """
    values = rows.padded()
    lengths = rows.lengths
    plain, positive = _best(values, lengths, seasons), np.nanmin(values, axis=1) > 0
    logs = np.zeros(len(values), bool)
    weights = plain[1]
    if positive.any():
        inner = np.log(np.where(positive[:, None], values, 1.0))
        inner = np.where(np.isnan(values), np.nan, inner)
        criterion, of_logs = _best(inner, lengths, seasons)
        logs = positive & (criterion + 2 * np.nansum(inner, axis=1) < plain[0])
        weights = np.where(logs[:, None], of_logs, weights)
    first, beside = np.zeros(len(rows), np.int64), None
    own = _rest(rows, logs, np.zeros(len(rows.values)))
    if rows.columns is not None:

        def season_of(plain: Rows) -> Float[np.ndarray, " total"]:
            return _season(plain, first, seasons, _best(plain.padded(), lengths, seasons)[1])

        beside = weights_and_seasons(own, season_of)
        own = without_effect(own, beside)
        weights = _best(own.padded(), lengths, seasons)[1]
    season = _season(rows, first, seasons, weights)
    rest = inside(replace(own, values=own.values - season))
    rest = rest if beside is None else RegressionFit(beside, rest)
    return SeasonsFit(tuple(map(float, seasons)), logs, weights, rows.lengths, rest)


def waves(time: np.ndarray, seasons: tuple[float, ...]) -> np.ndarray:
    """Return sines and cosines of all seasons at these steps, as a last axis; the longest season is
    last, and begins with its longest period."""
    angles = []
    for season in seasons:
        most = int(season) // 2 if season <= SHORT else WAVES[-1]
        for wave in range(1, min(most, int(season) // 2) + 1):
            angle = 2 * np.pi * wave * (time % season) / season
            angles += [np.sin(angle)] * (2 * wave < season) + [np.cos(angle)]
    return np.stack(angles, axis=-1)


def _best(
    values: Float[np.ndarray, "series time"],
    lengths: Int[np.ndarray, " series"],
    seasons: tuple[float, ...],
) -> tuple[Float[np.ndarray, " series"], Float[np.ndarray, "series wave"]]:
    """The smallest AICc of every series, and the coefficients of the Fourier terms. The breaks of
    the trend are at fixed fractions of a series, so series of equal length are fitted at once."""
    size = waves(np.arange(1), seasons).shape[1]
    lowest, weights = np.empty(len(values)), np.empty((len(values), size))
    for length in np.unique(lengths):
        some = lengths == length
        lowest[some], weights[some] = _best_of_equal(values[some, :length], seasons)
    return lowest, weights


def _best_of_equal(
    values: Float[np.ndarray, "series time"], seasons: tuple[float, ...]
) -> tuple[Float[np.ndarray, " series"], Float[np.ndarray, "series wave"]]:
    """As `_best`, for series of equal length."""
    time = np.arange(values.shape[1])
    every = waves(time, seasons)
    longest = waves(time, seasons[-1:]).shape[1]
    there = ~np.isnan(values)
    length = values.shape[1]
    cycle = waves(np.arange(max(length, math.ceil(seasons[-1]))), seasons)
    bends = np.maximum(time[:, None] - length * np.arange(1, BENDS) / BENDS, 0) / length
    trend = np.column_stack([np.ones(length), time / length, bends])
    counts = sorted({min(2 * count, longest) for count in WAVES})
    lowest, weights = np.full(len(values), np.inf), np.zeros((len(values), every.shape[1]))
    for count in counts if seasons[-1] > SHORT else counts[-1:]:
        used = every.shape[1] - longest + count
        columns = np.column_stack([trend, every[:, :used]])
        found, squares = _bounded(np.where(there, values, 0.0), there, columns, cycle[:, :used])
        n, k = there.sum(axis=1), columns.shape[1] + 1
        enough = n - k - 1 > 0
        spare = 2 * k + 2 * k * (k + 1) / np.where(enough, n - k - 1, 1)
        criterion = n * np.log(np.maximum(squares / n, 1e-300)) + spare
        better = enough & (criterion < lowest)
        lowest = np.where(better, criterion, lowest)
        held = np.zeros_like(weights)
        held[:, :used] = found[:, trend.shape[1] :]
        weights = np.where(better[:, None], held, weights)
    return lowest, weights


def _bounded(
    values: np.ndarray,
    there: Bool[np.ndarray, "series time"],
    columns: np.ndarray,
    cycle: Float[np.ndarray, "step wave"],
) -> tuple[Float[np.ndarray, "series column"], Float[np.ndarray, " series"]]:
    """As `_robust`, with the smallest of `RIDGES` for each series for which its seasons over a
    `cycle` have a range of at most 1.25 times that of its values. Least squares say nothing on
    hours that are never observed, such as those of the night, and seasons have no bound there."""
    one, other = np.triu_indices(columns.shape[1])
    pairs = columns[:, one]
    pairs *= columns[:, other]
    found, squares = _robust(values, there, columns, pairs, RIDGES[0])
    gaps = np.flatnonzero(~there.all(axis=1) | (len(cycle) > len(columns)))
    high = np.where(there[gaps], values[gaps], -np.inf).max(axis=1, initial=-np.inf)
    low = np.where(there[gaps], values[gaps], np.inf).min(axis=1, initial=np.inf)
    for ridge in RIDGES[1:]:
        if not len(gaps):
            break
        season = _product(found[gaps, -cycle.shape[1] :], cycle.T)
        over = season.max(axis=1) - season.min(axis=1) > 1.25 * (high - low)
        gaps, high, low = gaps[over], high[over], low[over]
        if len(gaps):
            found[gaps], squares[gaps] = _robust(values[gaps], there[gaps], columns, pairs, ridge)
    return found, squares


def _robust(
    values: np.ndarray,
    there: Bool[np.ndarray, "series time"],
    columns: np.ndarray,
    pairs: Float[np.ndarray, "time pair"],
    penalty: float,
) -> tuple[Float[np.ndarray, "series column"], Float[np.ndarray, " series"]]:
    """Least squares, reweighted twice; and the weighted sum of squares. `pairs` holds the products
    of all pairs of columns. Squares of the coefficients cost `penalty` for each observation."""
    weight = there.astype(np.float64)
    width = columns.shape[1]
    one, other = np.triu_indices(width)
    cross = np.empty((len(values), width, width))
    ridge = penalty * np.eye(width) * there.sum(axis=1)[:, None, None]
    for _ in range(3):
        cross[:, one, other] = cross[:, other, one] = _product(weight, pairs)
        target = _product(weight * values, columns)
        found = np.linalg.solve(cross + ridge, target[:, :, None])[:, :, 0]
        off = np.where(there, values - _product(found, columns.T), 0.0)
        size = np.maximum(np.abs(off), 1e-300)
        typical = 1.4826 * np.nanmedian(np.where(there, size, np.nan), axis=1)
        scale = 1.345 * np.maximum(typical, 1e-9 * np.abs(values).max(axis=1))
        squares = np.sum(weight * off**2, axis=1)
        weight = there * np.minimum(1.0, scale[:, None] / size)
    return found, squares


def _product(
    rows: Float[np.ndarray, "series k"], matrix: Float[np.ndarray, "k column"]
) -> Float[np.ndarray, "series column"]:
    """The matrix product, always with `BLOCK` rows at once: the order in which BLAS adds depends on
    the number of rows, and the fit of a series must not depend, even in its last bits, on the other
    series."""
    padded = np.zeros((-(-len(rows) // BLOCK) * BLOCK, rows.shape[1]))
    padded[: len(rows)] = rows
    blocks = padded.reshape(-1, BLOCK, rows.shape[1])
    return (blocks @ matrix).reshape(len(padded), -1)[: len(rows)]


def _season(
    rows: Rows,
    first: Int[np.ndarray, " series"],
    seasons: tuple[float, ...],
    weights: Float[np.ndarray, "series wave"],
) -> Float[np.ndarray, " total"]:
    """The seasons of every step; the first step of each series has the number `first`."""
    series = np.repeat(np.arange(len(rows)), rows.lengths)
    time = np.arange(len(series)) - np.repeat(rows.offsets[:-1] - first, rows.lengths)
    return np.einsum("tw,tw->t", waves(time, seasons), weights[series])


def _rest(
    rows: Rows, logs: Bool[np.ndarray, " series"], season: Float[np.ndarray, " total"]
) -> Rows:
    """The series, or their logs, without the seasons."""
    by_log = np.repeat(logs, rows.lengths)
    values = np.where(by_log, np.log(np.where(by_log, rows.values, 1.0)), rows.values)
    return replace(rows, values=values - season)
