"""The Theta method as a state space model, fitted to many series at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from .._check import known_name
from ..native import series as kernels
from . import _theta_numpy as plain
from ._draws import normal_quantiles
from ._fit import Ahead, LocalFit, Parts
from ._rows import OnSeries, Rows, chunks, threads, units

THETA_KINDS = ("standard", "optimised", "dynamic")
"""θ = 2; θ fitted; θ fitted, and the line fitted to the values so far."""

SEASONS = ("", ", season added", ", season as a factor")


@dataclass(frozen=True, eq=False)
class ThetaFit(LocalFit):
    """The Theta method of many series. `rates` holds α and θ; `before` and `after` hold level, mean
    so far, intercept, slope and number of steps, before the first step and after the last, of
    (value − `level`) / `unit` without season. `seasons` holds the season of the following steps,
    whose kind is `season_kind` (0 none, 1 additive, 2 multiplicative); `sums` the variance of the
    errors and the number of values."""

    kind: str
    season: int
    level: Float[np.ndarray, " series"]
    unit: Float[np.ndarray, " series"]
    season_kind: Int[np.ndarray, " series"]
    rates: Float[np.ndarray, "series 2"]
    before: Float[np.ndarray, "series state"]
    after: Float[np.ndarray, "series state"]
    seasons: Float[np.ndarray, "series place"]
    sums: Float[np.ndarray, "series 2"]

    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """As `LocalFit.ahead`. The model is linear in its normal errors, so its variance is exact:
        σ² (1 + (k−1) α²) for k steps ahead with a fixed line; with a line that is updated, σ² times
        the sum of squares of the effects of a unit error at each of the steps before."""
        mean, spread = np.zeros((len(self.unit), horizon)), np.zeros((len(self.unit), horizon))
        run = _native_forecast if kernels.available() else plain.forecast
        run(self, np.ascontiguousarray(skip, np.int64), mean, spread)
        mean *= self.unit[:, None]
        mean += self.level[:, None]
        spread *= self.unit[:, None]
        scores = normal_quantiles(probabilities)
        ends = spread[:, :, None] * scores
        ends += mean[:, :, None]
        return mean, ends

    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.one_step`."""
        told = self._filtered(rows, self.before, self._seasons_after(-rows.lengths))[1]
        return told * rows.each(self.unit) + rows.each(self.level)

    def advanced(self, rows: Rows) -> "ThetaFit":
        """As `LocalFit.advanced`."""
        after, _ = self._filtered(rows, self.after, self.seasons)
        return replace(self, after=after, seasons=self._seasons_after(rows.lengths))

    def components(self, rows: Rows) -> Parts:
        """As `LocalFit.components`."""
        first = self._seasons_after(-rows.lengths)
        told = self._filtered(rows, self.before, first)[1]
        place = np.arange(len(told)) - np.repeat(rows.offsets[:-1], rows.lengths)
        season = first[np.repeat(np.arange(len(rows)), rows.lengths), place % self.season]
        factors, kind = self.season_kind == 2, np.repeat(self.season_kind, rows.lengths)
        trend = np.where(kind == 2, told / np.where(kind == 2, season, 1.0), told - season)
        trend = np.where(kind == 0, told, trend)
        columns = {"trend": trend * rows.each(self.unit) + rows.each(self.level)}
        if self.season_kind.any():
            scale = np.where(factors, 1.0, np.where(self.season_kind == 1, self.unit, 0.0))
            columns[f"season {self.season}"] = season * rows.each(scale)
        scale = np.where(kind == 2, season, 1.0)
        return Parts(
            columns, factors, np.where((place < 2) & (self.kind == "dynamic"), np.nan, scale)
        )

    def estimates(self) -> list[Float[np.ndarray, "series estimate"]]:
        """α, θ if it is fitted, the first level, the line if it is fixed, and the season."""
        rates, states = self._estimated
        return [self.rates[:, rates], self.before[:, states], self.seasons]

    def with_estimates(self, changed: Sequence[np.ndarray]) -> "ThetaFit":
        """As `LocalFit.with_estimates`."""
        rates, before = self.rates.copy(), self.before.copy()
        rates[:, self._estimated[0]], before[:, self._estimated[1]], seasons = changed
        return replace(self, rates=rates, before=before, seasons=seasons)

    @property
    def _estimated(self) -> tuple[list[int], list[int]]:
        """Positions in `rates` and in `before`."""
        rates = [0] if self.kind == "standard" else [0, 1]
        return rates, [0] if self.kind == "dynamic" else [0, 2, 3]

    def forms(self) -> list[str]:
        """Descriptions such as `Theta(dynamic), α 0.3, θ 1.8, season as a factor`."""
        rows = zip(self.rates, self.season_kind, strict=True)
        return [
            f"Theta({self.kind}), α {rate:.2g}, θ {theta:.3g}{SEASONS[season]}"
            for (rate, theta), season in rows
        ]

    def _seasons_after(
        self, steps: Int[np.ndarray, " series"]
    ) -> Float[np.ndarray, "series place"]:
        """The seasons after this number of further steps."""
        place = (np.arange(self.season) + steps[:, None]) % self.season
        return np.take_along_axis(self.seasons, place, axis=1)

    def _filtered(
        self,
        rows: Rows,
        states: Float[np.ndarray, "series state"],
        first: Float[np.ndarray, "series place"],
    ) -> tuple[Float[np.ndarray, "series state"], Float[np.ndarray, " total"]]:
        inside = rows.scaled(self.level, self.unit)
        after, told = states.copy(), np.zeros(len(rows.values))
        if kernels.available():
            how = (self.season, THETA_KINDS.index(self.kind), self.season_kind, self.rates)
            at = (states, np.ascontiguousarray(first), threads(), after, told)
            kernels.call("theta_filter", len(rows), rows.offsets, inside.values, *how, *at)
        else:
            plain.smooth(self, inside, states, first, after, told)
        return after, told


def fit_theta(
    rows: Rows, season: int, kind: str = "dynamic", *, on_event: OnSeries | None = None
) -> ThetaFit:
    """Fit the Theta method to each series separately, by least squares; `kind` is one of
    `THETA_KINDS`.

    A series begins and ends with an observed value; a missing value in between is replaced by its
    forecast. The season is removed first if the autocorrelation at its lag is significant (90 %,
    Assimakopoulos & Nikolopoulos 2000), as a factor if all values are above 0. With w = 1 − 1/θ,
    the forecast of step t is ℓ + w (A (1−α)^(t−1) + B (1 − (1−α)^t) / α), where A and B are the
    line through the series or, in the dynamic model, through the values before t; ℓ ← α y + (1−α)
    ℓ. Source: Fiorucci et al. 2016.

    >>> line = Rows(2 * np.arange(20.0) + 5, np.array([0, 20]))
    >>> fit_theta(line, 1, "standard").ahead(np.array([0]), 2, ())[0].round(1).tolist()
    [[44.0, 45.0]]
    """
    known_name("kind of Theta", kind, THETA_KINDS)
    level, unit = units(rows)
    count = len(rows)
    fit = ThetaFit(
        kind,
        season,
        level,
        unit,
        np.zeros(count, np.int64),
        np.zeros((count, 2)),
        np.zeros((count, 5)),
        np.zeros((count, 5)),
        np.zeros((count, season)),
        np.zeros((count, 2)),
    )
    filled = (fit.season_kind, fit.rates, fit.before, fit.after, fit.seasons, fit.sums)
    for part in chunks(rows, on_event):
        own = rows.part(part).scaled(level[part], unit[part])
        out = tuple(each[part] for each in filled)
        if kernels.available():
            how = (season, THETA_KINDS.index(kind), threads())
            kernels.call("theta_fit", len(own), own.offsets, own.values, *how, *out)
        else:
            plain.fit(own, season, THETA_KINDS.index(kind), out)
    return fit


def _native_forecast(fit: ThetaFit, skip: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> None:
    state = (fit.season_kind, fit.rates, fit.after, np.ascontiguousarray(fit.seasons), fit.sums)
    sizes = (len(fit.unit), fit.season, THETA_KINDS.index(fit.kind))
    kernels.call("theta_forecast", *sizes, *state, skip, mean.shape[1], threads(), mean, spread)
