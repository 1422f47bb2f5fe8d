"""Local methods: exponential smoothing and Theta, fitted to each series separately by
statsmodels."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from .._check import Refusal, whole
from .._types import Key, Learning, Prediction
from ..data import Panel, missing_at_end
from ._predictor import ForecastRequest, Predictor
from ._random_walk import random_walk_forecast, usual_change

Series = Float[np.ndarray, " time"]
FEWEST = 10
"""The fewest values to which a method is fitted; a shorter series is forecast as a random walk."""

LITTLE = 1e-4
"""Below this ratio of spread to level, a series is fitted after subtracting its level."""

Local = tuple[Float[np.ndarray, " horizon"], Float[np.ndarray, "horizon quantile"]]


@dataclass(frozen=True)
class ETS:
    """Exponential smoothing with additive error and damped additive trend, and a season if two of
    them were observed.

    Positive series are smoothed as logs, so that season and error grow with the level. Source:
    Hyndman et al. 2008; fitted by `statsmodels.tsa.exponential_smoothing.ets.ETSModel` with its
    heuristic start. Missing values are interpolated.
    """

    needs: ClassVar[float] = FEWEST

    def forecast_series(
        self, values: Series, horizon: int, season: int, probabilities: tuple[float, ...]
    ) -> Local:
        """Forecast one series: mean, and quantiles at these `probabilities`."""
        from scipy.special import ndtri

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            done, positive = self._smoothed(values, season)
            ahead = done.get_prediction(start=len(values), end=len(values) + horizon - 1)
            mean = np.asarray(ahead.predicted_mean)
            spread = np.sqrt(np.asarray(ahead.forecast_variance))
        quantiles = mean[:, None] + spread[:, None] * ndtri(np.asarray(probabilities, np.float64))
        return (np.exp(mean), np.exp(quantiles)) if positive else (mean, quantiles)

    def fitted_values_of(self, values: Series, season: int) -> Series:
        """One-step-ahead fitted values of one series."""
        done, positive = self._smoothed(values, season)
        fitted = np.asarray(done.fittedvalues)
        return np.exp(fitted) if positive else fitted

    def _smoothed(self, values: Series, season: int) -> tuple[Any, bool]:
        """The statsmodels fit, and a flag for whether it is of logs."""
        import pandas as pd
        from statsmodels.tsa.exponential_smoothing.ets import ETSModel

        positive = bool((values > 0).all())
        inside = pd.Series(np.log(values) if positive else values)
        seasonal = (
            "add"
            if season > 1 and len(values) >= max(2 * season + 4, 10 + 2 * (season // 2))
            else None
        )
        periods = season if seasonal else None
        with warnings.catch_warnings():
            # The optimiser warns where it stops early; the forecast is valid all the same.
            warnings.simplefilter("ignore")
            model = ETSModel(
                inside,
                trend="add",
                damped_trend=True,
                seasonal=seasonal,
                seasonal_periods=periods,
                initialization_method="heuristic",
            )
            return model.fit(disp=False, maxiter=200), positive

    def fitted(self, panel: Panel, horizon: int, *, key: Key, season: int) -> "LocalForecaster":
        """A forecaster of this panel, as a `Method`. Nothing is drawn, so `key` has no effect."""
        return LocalForecaster(self, panel, whole("horizon", horizon), season)


@dataclass(frozen=True)
class Theta:
    """The Theta method: the mean of a trend line and simple exponential smoothing, after a
    significant season is removed.

    Source: Assimakopoulos & Nikolopoulos 2000; `statsmodels.tsa.forecasting.theta.ThetaModel`, θ =
    2. Its forecasts equal those of simple smoothing with drift (Hyndman & Billah 2003), so its
    variance k steps ahead is σ² (1 + (k−1) α²), with σ² the mean square of its deseasonalised
    one-step errors. Missing values are interpolated.
    """

    needs: ClassVar[float] = FEWEST

    def forecast_series(
        self, values: Series, horizon: int, season: int, probabilities: tuple[float, ...]
    ) -> Local:
        """Forecast one series: mean, and quantiles at these `probabilities`."""
        from scipy.special import ndtri

        done = self._fitted(values, season)
        plain, fitted, _ = self._without_season(values, done)
        alpha = float(np.asarray(done.params)[1])
        spread = np.sqrt(
            np.mean(np.square(fitted - plain)[1:]) * (1 + np.arange(horizon) * alpha**2)
        )
        if not done.model.method.startswith("add"):
            spread = spread * np.asarray(done.forecast_components(horizon)["seasonal"])
        mean = np.asarray(done.forecast(horizon))
        return mean, mean[:, None] + np.abs(spread)[:, None] * ndtri(
            np.asarray(probabilities, np.float64)
        )

    def fitted_values_of(self, values: Series, season: int) -> Series:
        """One-step-ahead fitted values of one series; NaN for the first."""
        done = self._fitted(values, season)
        _, fitted, of_place = self._without_season(values, done)
        return fitted + of_place if done.model.method.startswith("add") else fitted * of_place

    def _fitted(self, values: Series, season: int) -> Any:
        """The statsmodels fit."""
        from statsmodels.tsa.forecasting.theta import ThetaModel

        period = season if season > 1 and len(values) >= 2 * season + 1 else 1
        method = "multiplicative" if (values > 0).all() else "additive"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ThetaModel(values, period=period, deseasonalize=period > 1, method=method).fit()

    def _without_season(self, values: Series, done: Any) -> tuple[Series, Series, Series]:
        """The deseasonalised values, the one-step forecast of each (NaN for the first), and the
        season of each place.

        With slope b and smoothing α of the whole series: x̂ₜ = b/2 · (1 − (1−α)ᵗ) / α + x̃ₜ, where
        x̃ₜ₊₁ = α xₜ + (1−α) x̃ₜ, t from 0.
        """
        # The seasonal factors of one period after the end, which repeat backwards.
        ahead = np.asarray(done.forecast_components(done.model.period)["seasonal"])
        of_place = ahead[(np.arange(len(values)) - len(values)) % len(ahead)]
        plain = values - of_place if done.model.method.startswith("add") else values / of_place
        (slope, alpha), place = np.asarray(done.params), np.arange(1, len(values))
        level = [plain[0]]
        for value in plain[1:-1]:
            level.append(alpha * value + (1 - alpha) * level[-1])
        drift = slope / 2 * (1 - (1 - alpha) ** place) / alpha if alpha > 0 else 0.0
        return plain, np.append(np.nan, np.array(level) + drift), of_place

    def fitted(self, panel: Panel, horizon: int, *, key: Key, season: int) -> "LocalForecaster":
        """A forecaster of this panel, as a `Method`. Nothing is drawn, so `key` has no effect."""
        return LocalForecaster(self, panel, whole("horizon", horizon), season)


@dataclass(frozen=True)
class RandomWalk:
    """A random walk: the last value, with wide intervals if few changes were observed, for series
    too short for other models.

    The intervals are quantiles of Student's t with as many degrees of freedom as there are changes;
    the typical change of the other series adds to the evidence. See `random_walk_forecast` for the
    formula. Missing values are interpolated.

    >>> import stepahead as sa
    >>> panel = sa.Panel.from_arrays([[1007.0, 1101.0, 1157.0]])
    >>> one = sa.fit(RandomWalk(), panel, horizon=1, key=0)
    >>> one.forecast(levels=(80, 95)).iloc[0, 2:].astype(float).round().tolist()
    [1157.0, 978.0, 1336.0, 749.0, 1565.0]
    """

    needs: ClassVar[float] = np.inf

    def forecast_series(
        self, values: Series, horizon: int, season: int, probabilities: tuple[float, ...]
    ) -> Local:
        """Forecast one series: the last value, and quantiles."""
        return random_walk_forecast(values, horizon, probabilities)

    def fitted_values_of(self, values: Series, season: int) -> Series:
        """The value before; NaN for the first."""
        return np.append(np.nan, values[:-1])

    def fitted(self, panel: Panel, horizon: int, *, key: Key, season: int) -> "LocalForecaster":
        """A forecaster of this panel, as a `Method`. Nothing is drawn, so `key` has no effect."""
        return LocalForecaster(self, panel, whole("horizon", horizon), season)


@dataclass(frozen=True, eq=False, repr=False)
class LocalForecaster(Predictor):
    """A local method and the series it forecasts. Each series is fitted separately, when it is
    forecast.

    A series with fewer values than the method `needs` is forecast as a random walk, with the
    typical change of the other series.
    """

    spec: ETS | Theta | RandomWalk
    history: Panel | None
    horizon: int
    season: int
    kind: ClassVar[str] = "local"

    @property
    def learning(self) -> Learning:  # type: ignore[override]
        """No training history: each series is fitted when it is forecast."""
        return Learning(stopped="each series is fitted when it is forecast")

    def make_prediction(self, request: ForecastRequest) -> Prediction:
        """Fit each series and forecast it; nothing is drawn."""
        history, horizon, at = request.panel, request.horizon, request.probabilities
        mean = np.zeros((len(history), horizon, history.channels))
        ends = np.zeros((*mean.shape, len(at)))
        usual, late = usual_change(history), missing_at_end(history)
        for number in range(len(history)):
            for channel in range(history.channels):
                # Steps without a value at the end are forecast too, and then dropped.
                behind = int(late[number, channel])
                values = _without_gaps(
                    history.series(number)[: history.lengths[number] - behind, channel],
                    history.ids[number],
                )
                ahead = self._forecast_one(
                    values, behind + horizon, at, usual[channel], str(history.ids[number])
                )
                mean[number, :, channel], ends[number, :, channel] = (
                    part[behind:] for part in ahead
                )
            if request.on_event is not None:
                request.on_event(number)
        return Prediction(mean, ends, at)

    def each(self, change: Callable[[Any], Any]) -> "LocalForecaster":
        """Itself: it has no weights."""
        return self

    def fitted_values(self) -> Float[np.ndarray, "total channel"]:
        """One-step-ahead fitted values, of a fit to the whole history: see
        `Predictor.fitted_values`."""
        history = self.required_history
        fitted = np.full(history.values.shape, np.nan)
        for number in range(len(history)):
            for channel in range(history.channels):
                values = _without_gaps(history.series(number)[:, channel], history.ids[number])
                rows = slice(*history.offsets[number : number + 2])
                plain = np.ptp(values) == 0 or len(values) < self.spec.needs
                fitted[rows, channel] = (
                    np.append(np.nan, values[:-1]) if plain else self._fitted_series(values)
                )
        return fitted

    def _fitted_series(self, values: Series) -> Series:
        level, unit = _own_unit(values)
        return self.spec.fitted_values_of((values - level) / unit, self.season) * unit + level

    def _forecast_one(
        self,
        values: Series,
        horizon: int,
        probabilities: tuple[float, ...],
        usual: float,
        name: str,
    ) -> Local:
        if np.ptp(values) == 0 or len(values) < self.spec.needs:
            # A long constant series shows by itself that it does not change.
            short = len(values) < self.spec.needs
            return random_walk_forecast(
                values, horizon, probabilities, usual if short else np.nan, name
            )
        level, unit = _own_unit(values)
        mean, quantiles = self.spec.forecast_series(
            (values - level) / unit, horizon, self.season, probabilities
        )
        return mean * unit + level, quantiles * unit + level

    @property
    def description(self) -> str:
        """The method, and the season."""
        return f"{self.spec!r}, fitted to each series by itself, season {self.season}"


def _own_unit(values: Series) -> tuple[float, float]:
    """A level to subtract, and a power of two to divide by, so that statsmodels gets numbers near
    1.

    The level is subtracted only if the series varies little around it: logs and multiplicative
    seasons, which need the level, are linear there.
    """
    level = float(values.mean())
    level = level if np.std(values) < LITTLE * abs(level) else 0.0
    return level, float(2.0 ** np.round(np.log2(np.mean(np.abs(values - level)))))


def _without_gaps(values: Series, name: str) -> Series:
    """Linear interpolation inside, the nearest value at the ends."""
    seen = np.flatnonzero(~np.isnan(values))
    if len(seen) == 0:
        raise Refusal(f"Series '{name}' has no observed value. Leave it out.")
    return np.interp(np.arange(len(values)), seen, values[seen])
