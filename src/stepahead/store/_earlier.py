"""`ETS` and `Theta` of files that hold their name without settings: such methods were fitted by
statsmodels for each forecast, and still are, so that the forecasts of these files stay the same."""

import warnings
from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from .._extras import extras_needed
from ..classical import LocalFit, OnSeries, Rows, units
from ..forecasting import LocalMethod

Series = Float[np.ndarray, " time"]


@dataclass(frozen=True, eq=False)
class EarlierFit(LocalFit):
    """The series; each is fitted whenever it is forecast."""

    spec: "_Earlier"
    rows: Rows
    season: int

    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> tuple[Float[np.ndarray, "series horizon"], Float[np.ndarray, "series horizon level"]]:
        """As `LocalFit.ahead`."""
        found = []
        for values, level, unit, late in zip(self._whole(), *units(self.rows), skip, strict=True):
            done = self.spec.forecast_series(
                (values - level) / unit, int(late) + horizon, self.season, probabilities
            )
            found.append([part[late:] * unit + level for part in done])
        return np.stack([mean for mean, _ in found]), np.stack([ends for _, ends in found])

    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.one_step`: all NaN, as these methods have no one-step forecasts."""
        return np.full(len(rows.values), np.nan)

    def advanced(self, rows: Rows) -> "EarlierFit":
        """The fit for the series with new values appended: they are fitted again."""
        both = [
            np.concatenate([old, new])
            for old, new in zip(_split(self.rows), _split(rows), strict=True)
        ]
        offsets = np.append(0, np.cumsum([len(each) for each in both]))
        return replace(self, rows=Rows(np.concatenate(both), offsets))

    def take(self, which: Int[np.ndarray, " some"]) -> "EarlierFit":
        """As `LocalFit.take`."""
        return replace(self, rows=self.rows.take(which))

    def forms(self) -> list[str]:
        """The name of the method alone."""
        return [type(self.spec).__name__] * len(self.rows)

    def _whole(self) -> list[Series]:
        """Every series, with missing values interpolated linearly."""
        found = []
        for values in _split(self.rows):
            seen = np.flatnonzero(~np.isnan(values))
            found.append(np.interp(np.arange(len(values)), seen, values[seen]))
        return found


class _Earlier(LocalMethod):
    """A method that statsmodels fits, one series at a time."""

    @abstractmethod
    def forecast_series(
        self, values: Series, horizon: int, season: int, probabilities: tuple[float, ...]
    ) -> tuple[Float[np.ndarray, " horizon"], Float[np.ndarray, "horizon level"]]:
        """Fit one series and forecast it: the mean (`horizon`), and the quantiles (`horizon
        level`)."""

    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """As `LocalMethod.fit_rows`."""
        return EarlierFit(self, rows, season)


@dataclass(frozen=True)
class EarlierETS(_Earlier):
    """Exponential smoothing with additive error, damped additive trend and additive season, of the
    logs where all values are above 0."""

    def forecast_series(
        self, values: Series, horizon: int, season: int, probabilities: tuple[float, ...]
    ) -> tuple[Float[np.ndarray, " horizon"], Float[np.ndarray, "horizon level"]]:
        """As `_Earlier.forecast_series`."""
        import pandas as pd
        from scipy.special import ndtri

        with extras_needed():
            from statsmodels.tsa.exponential_smoothing.ets import ETSModel

        positive = bool((values > 0).all())
        enough = max(2 * season + 4, 10 + 2 * (season // 2))
        seasonal = season > 1 and len(values) >= enough
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # warnings that its optimiser did not converge
            done: Any = ETSModel(
                pd.Series(np.log(values) if positive else values),
                trend="add",
                damped_trend=True,
                seasonal="add" if seasonal else None,
                seasonal_periods=season if seasonal else None,
                initialization_method="heuristic",
            ).fit(disp=False, maxiter=200)
            ahead = done.get_prediction(start=len(values), end=len(values) + horizon - 1)
            mean = np.asarray(ahead.predicted_mean)
            spread = np.sqrt(np.asarray(ahead.forecast_variance))
        ends = mean[:, None] + spread[:, None] * ndtri(np.asarray(probabilities, np.float64))
        return (np.exp(mean), np.exp(ends)) if positive else (mean, ends)


@dataclass(frozen=True)
class EarlierTheta(_Earlier):
    """The Theta method with θ = 2."""

    def forecast_series(
        self, values: Series, horizon: int, season: int, probabilities: tuple[float, ...]
    ) -> tuple[Float[np.ndarray, " horizon"], Float[np.ndarray, "horizon level"]]:
        """As `_Earlier.forecast_series`."""
        from scipy.special import ndtri

        with extras_needed():
            from statsmodels.tsa.forecasting.theta import ThetaModel

        period = season if season > 1 and len(values) >= 2 * season + 1 else 1
        method = "multiplicative" if (values > 0).all() else "additive"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            done: Any = ThetaModel(
                values, period=period, deseasonalize=period > 1, method=method
            ).fit()
        added = done.model.method.startswith("add")
        components = np.asarray(done.forecast_components(horizon)["seasonal"])
        errors = _theta_errors(values, done, added)
        alpha = float(np.asarray(done.params)[1])
        spread = np.sqrt(np.mean(np.square(errors)) * (1 + np.arange(horizon) * alpha**2))
        spread = np.abs(spread if added else spread * components)
        mean = np.asarray(done.forecast(horizon))
        return mean, mean[:, None] + spread[:, None] * ndtri(np.asarray(probabilities, np.float64))


def _theta_errors(values: Series, done: Any, added: bool) -> Float[np.ndarray, " error"]:
    """The one-step errors without season, by slope b and smoothing α of the whole series:

    x̂ₜ = b/2 · (1 − (1−α)ᵗ) / α + x̃ₜ, where x̃ₜ₊₁ = α xₜ + (1−α) x̃ₜ, t from 0.
    """
    ahead = np.asarray(done.forecast_components(done.model.period)["seasonal"])
    of_place = ahead[(np.arange(len(values)) - len(values)) % len(ahead)]
    plain = values - of_place if added else values / of_place
    (slope, alpha), place = np.asarray(done.params), np.arange(1, len(values))
    level = [plain[0]]
    for value in plain[1:-1]:
        level.append(alpha * value + (1 - alpha) * level[-1])
    drift = slope / 2 * (1 - (1 - alpha) ** place) / alpha if alpha > 0 else 0.0
    return np.array(level) + drift - plain[1:]


def _split(rows: Rows) -> list[Series]:
    return np.split(rows.values, rows.offsets[1:-1])
