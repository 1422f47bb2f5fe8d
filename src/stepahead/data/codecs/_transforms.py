"""Scalers that are not affine in one value (log and difference), and pipelines of scalers."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from ..._check import Refusal, counted, whole
from ..panel import Panel, by_series
from ._scalers import FittedScaler, Forecast, Scaler


@dataclass(frozen=True)
class Log(FittedScaler, Scaler):
    """The specification that `log` returns; it has no parameters, so it is also the fitted
    scaler."""

    def fit(self, panel: Panel) -> "Log":
        """Check that every value is above 0, and that there are values."""
        by_series.count(panel)
        self.apply(panel)
        return self

    def apply(self, panel: Panel) -> Panel:
        """Return the natural logarithm of every value; refuse values of 0 or below."""
        by_series.refuse_not_positive(panel, "log", "another scaler")
        return panel.with_values(np.log(panel.values))

    def invert(self, forecast: Forecast, history: Panel) -> Forecast:
        """Return the exponential; for the mean of logarithms this is the median, not the mean."""
        return np.exp(forecast)

    def take(self, index: Int[np.ndarray, " chosen"]) -> "Log":
        """Return itself: it has no parameters by series."""
        return self

    def log_derivative(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """Return −log x."""
        return -np.nan_to_num(self.apply(panel).values)


@dataclass(frozen=True)
class Difference(FittedScaler, Scaler):
    """The specification that `difference` returns; it has no parameters, so it is also the fitted
    scaler."""

    lag: int = 1

    @property
    def stepwise(self) -> bool:
        """False: a difference depends on two values."""
        return False

    def fit(self, panel: Panel) -> "Difference":
        """Check that every series is longer than the lag."""
        short = np.flatnonzero(panel.lengths <= self.lag)
        if len(short):
            raise Refusal(
                f"`difference({self.lag})` needs more than {counted(self.lag, 'step')}, but series "
                f"'{panel.ids[short[0]]}' has "
                f"{panel.lengths[short[0]]}. Use a smaller lag, or leave out the {len(short)} "
                "series that are too short."
            )
        return self

    def apply(self, panel: Panel) -> Panel:
        """Return x_t − x_{t−lag}; the first `lag` steps of every series are missing."""
        moved = np.full_like(panel.values, np.nan)
        moved[self.lag :] = panel.values[self.lag :] - panel.values[: -self.lag]
        moved[by_series.position(panel) < self.lag] = np.nan
        return panel.with_values(moved)

    def invert(self, forecast: Forecast, history: Panel) -> Forecast:
        """Return the cumulative sum from the last values of the history.

        A missing value is replaced by the last observed value of its phase plus the mean change for
        every period since then.
        """
        rows = self._anchors(history)
        last = np.take_along_axis(history.values, rows.reshape(-1, rows.shape[-1]), axis=0)
        back = (history.offsets[1:, None, None] - 1 - rows) // self.lag
        if back.any():
            last = last + (back * self._mean_change(history)[:, None]).reshape(last.shape)
        series, horizon, channel, *rest = forecast.shape
        blocks = -(-horizon // self.lag)
        padded = np.zeros((series, blocks * self.lag, channel, *rest), dtype=forecast.dtype)
        padded[:, :horizon] = forecast
        summed = padded.reshape(series, blocks, self.lag, channel, *rest).cumsum(axis=1)
        level = last.reshape(series, 1, self.lag, channel, *(1 for _ in rest))
        return (level + summed).reshape(padded.shape)[:, :horizon]

    def take(self, index: Int[np.ndarray, " chosen"]) -> "Difference":
        """Return itself: it has no parameters by series."""
        return self

    def log_derivative(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """Return 0: the derivative of a difference by its own value is 1."""
        return np.zeros_like(panel.values)

    def _mean_change(self, history: Panel) -> Float[np.ndarray, "series channel"]:
        """The mean observed change over `lag` steps, 0 if none was observed."""
        changes = self.apply(history)
        total = np.add.reduceat(np.nan_to_num(changes.values), history.offsets[:-1], axis=0)
        return total / np.maximum(
            np.add.reduceat(changes.observed, history.offsets[:-1], axis=0, dtype=np.int64), 1
        )

    def _anchors(self, history: Panel) -> Int[np.ndarray, "series lag channel"]:
        rows = by_series.newest_rows(history, np.full(len(history), self.lag))
        absent = np.argwhere(rows < 0)
        if len(absent):
            raise Refusal(
                f"`difference({self.lag})` cannot be undone for series "
                f"'{history.ids[absent[0][0]]}': its history of "
                f"{counted(history.lengths[absent[0][0]], 'step')} holds no observed value a "
                f"multiple of {counted(self.lag, 'step')} "
                "before step "
                f"{absent[0][1] + 1} ahead. Give more history, or use a smaller lag."
            )
        return rows


@dataclass(frozen=True)
class Pipeline(Scaler):
    """The specification that `pipeline` returns."""

    scalers: tuple[Scaler, ...]

    def fit(self, panel: Panel) -> "FittedPipeline":
        """Fit each scaler to the panel as transformed by those before it."""
        fitted = []
        for scaler in self.scalers[:-1]:
            fitted.append(scaler.fit(panel))
            panel = fitted[-1].apply(panel)
        return FittedPipeline((*fitted, *(scaler.fit(panel) for scaler in self.scalers[-1:])))

    def fit_apply(self, panel: Panel) -> tuple["FittedPipeline", Panel]:
        """The fitted parts, and the panel scaled by them, each part fitted and applied once."""
        fitted = []
        for scaler in self.scalers:
            one, panel = scaler.fit_apply(panel)
            fitted.append(one)
        return FittedPipeline(tuple(fitted)), panel


@dataclass(frozen=True, eq=False)
class FittedPipeline(FittedScaler):
    """Fitted scalers, applied from first to last."""

    scalers: tuple[FittedScaler, ...]

    @property
    def affine(self) -> bool:
        """True if every scaler is affine."""
        return all(scaler.affine for scaler in self.scalers)

    @property
    def uniform(self) -> bool:
        """True if every scaler is uniform."""
        return all(scaler.uniform for scaler in self.scalers)

    @property
    def stepwise(self) -> bool:
        """True if every scaler is stepwise."""
        return all(scaler.stepwise for scaler in self.scalers)

    @property
    def constant(self) -> Bool[np.ndarray, "series channel"] | bool:
        """True for series whose values were constant before the last scaler: see `Affine`."""
        return self.scalers[-1].constant

    def apply(self, panel: Panel) -> Panel:
        """Apply the parts from first to last."""
        for scaler in self.scalers:
            panel = scaler.apply(panel)
        return panel

    def invert(self, forecast: Forecast, history: Panel) -> Forecast:
        """Invert the scalers from last to first, each with the history in its own unit."""
        histories = [history]
        for scaler in self.scalers[:-1]:  # stepwise scalers need no values
            histories.append(history if self.stepwise else scaler.apply(histories[-1]))
        for scaler, before in zip(reversed(self.scalers), reversed(histories), strict=True):
            forecast = scaler.invert(forecast, before)
        return forecast

    def take(self, index: Int[np.ndarray, " chosen"]) -> "FittedPipeline":
        """Return the scalers of these series."""
        return FittedPipeline(tuple(scaler.take(index) for scaler in self.scalers))

    def log_derivative(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """Return the sum over the scalers."""
        total = np.zeros_like(panel.values)
        for scaler in self.scalers:
            total += scaler.log_derivative(panel)
            panel = scaler.apply(panel)
        return np.where(panel.observed, total, 0.0)


def log() -> Log:
    """Return the scaler that takes the natural logarithm; a value of 0 or below is refused, with
    series and time.

    >>> panel = Panel.from_arrays([[1.0, 0.0]], ids=["shop"])
    >>> log().fit(panel)
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `log` needs values above 0, but 'y' of series 'shop' is 0 at 1. Use
    another scaler, or mark the value as missing.
    """
    return Log()


def difference(lag: int = 1) -> Difference:
    """Return the scaler x_t − x_{t−lag}: `difference()` removes a level, `difference(season)` a
    season. The first `lag` steps become missing.

    The inverse is a cumulative sum from the end of the history; quantiles of single steps cannot be
    mapped back, so sampled paths are used.

    >>> panel = Panel.from_arrays([[1.0, 4.0, 9.0]])
    >>> fitted = difference().fit(panel)
    >>> (
    ...     fitted.apply(panel).values[:, 0].tolist(),
    ...     fitted.invert(np.array([[[7.0], [9.0]]]), panel)[0, :, 0].tolist(),
    ... )
    ([nan, 3.0, 5.0], [16.0, 25.0])
    """
    return Difference(whole("lag", lag))


def pipeline(*scalers: Scaler) -> Pipeline:
    """Return a scaler that applies several scalers from left to right, each fitted to the result of
    those before it; the inverse goes from right to left.

    >>> panel = Panel.from_arrays([[1.0, np.e, np.e**2]])
    >>> pipeline(log(), difference()).fit(panel).apply(panel).values[:, 0].round(6).tolist()
    [nan, 1.0, 1.0]
    """
    if not scalers:
        raise Refusal(
            "`pipeline` needs at least one scaler. Use `identity()` to leave values as they are."
        )
    return Pipeline(scalers)
