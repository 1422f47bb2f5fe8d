"""Conformal prediction intervals for any forecaster, from its errors at earlier origins."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float, Int

from .._check import Refusal, counted, whole
from .._settings import Settings
from .._types import Key, Learning, Prediction
from ..data import (
    CovariateScale,
    Panel,
    missing_at_end,
    rolling_origins,
    step_scale,
    without_last_steps,
)
from ..ops import conformal_quantiles
from ._changes import Changes
from ._method import Method
from ._predictor import ForecastRequest, Predictor

ENOUGH = 100
"""The default number of errors collected for every step ahead, if the series are long enough."""

FEWEST = 4
"""The least default number of origins at which errors are collected, if the series are long
enough."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """Calibration errors (actual − mean) at origins inside the history, oldest first and `spacing`
    steps apart, each divided by the scale of its series.

    The scale is the root mean square change over a season of the history before the origin.
    `series` is the number of series that were long enough.
    """

    residuals: Float[np.ndarray, "origin series horizon channel"]
    spacing: int
    series: int


@dataclass(frozen=True)
class Conformal(Settings):
    """A `Method` that adds conformal intervals to another method. `stepahead.conformal` wraps any
    model.

    The method is fitted to the values before each of `windows` origins inside the panel, `step`
    steps apart. Its errors there, by step ahead and pooled over series after division by their
    scale, give the intervals. Then it is fitted to the whole panel. With a `gain` above 0 the
    intervals adapt to drift: see `ops.conformal_quantiles`. By default there are as many origins as
    give 100 errors for each step, at least 4, within the last half of the median series.
    """

    method: Method
    windows: int | None = None
    step: int | None = None
    gain: float = 0.0

    def __post_init__(self) -> None:
        for name, value in (("windows", self.windows), ("step", self.step)):
            if value is not None:
                whole(name, value)
        if not 0 <= self.gain < 1:
            raise Refusal(
                f"`gain` must be at least 0 and below 1, but it is {self.gain!r}. Give 0.05, or 0 "
                "for intervals that do not adapt."
            )

    def fitted(self, panel: Panel, horizon: int, *, key: Key, season: int) -> "ConformalForecaster":
        """Collect errors at origins inside the panel, then fit the method to all of it."""
        ended = without_last_steps(panel, missing_at_end(panel).min(axis=1))
        windows, step = self._origins(ended, whole("horizon", horizon))
        needed = horizon + (windows - 1) * step + max(2 * season, horizon)
        able = ended.lengths >= needed
        if not able.any():
            raise Refusal(
                f"Conformal intervals need a series of {counted(needed, 'step')} "
                f"({counted(windows, 'origin')}, {step} apart, "
                f"{counted(horizon, 'step')} ahead, two seasons before them), "
                f"but the longest has {ended.lengths.max()}. Give longer series, a shorter horizon "
                "or fewer `windows`."
            )
        residuals = []
        inner: Predictor | None = None
        for _, history, actual in rolling_origins(
            ended.take(np.flatnonzero(able)), horizon, windows, step
        ):
            inner = (
                self.method.fitted(history, horizon, key=key, season=season)
                if inner is None
                else inner
            )
            mean = inner.predict(horizon, panel=None if inner.history is history else history).mean
            scale = _scale(history, season)[:, None]
            errors = actual.values.reshape(mean.shape) - mean
            residuals.append(
                np.where(
                    (scale == 0) & (errors != 0), np.nan, errors / np.where(scale > 0, scale, 1.0)
                )
            )
        calibration = Calibration(np.stack(residuals), step, int(able.sum()))
        return ConformalForecaster(
            self.method.fitted(panel, horizon, key=key, season=season),
            calibration,
            season,
            self.gain,
        )

    def _origins(self, panel: Panel, horizon: int) -> tuple[int, int]:
        """The number of origins, and the steps between them."""
        room = max(int(np.median(panel.lengths)) // 2 - horizon, 0)
        wanted = max(-(-ENOUGH // len(panel)), FEWEST)
        windows = self.windows or max(1, min(wanted, room // (self.step or 1) + 1))
        return windows, self.step or max(1, min(horizon // 2, room // max(windows - 1, 1)))


@dataclass(frozen=True, eq=False, repr=False)
class ConformalForecaster(Predictor):
    """A fitted forecaster with conformal intervals: the forecaster `inside`, which gives the mean,
    and the errors that give the intervals.

    After the first update, `changes` holds the scale of the series, so that a forecast does not
    read the whole history if the forecaster inside does not.
    """

    inside: Predictor
    calibration: Calibration
    season: int
    gain: float = 0.0
    changes: Changes | None = None
    kind: ClassVar[str] = "conformal"

    @property
    def stored(self) -> dict[str, Any]:
        """As `Fitted.stored`, without fields that the history determines."""
        return {name: each for name, each in super().stored.items() if name != "changes"}

    @property
    def ends(self) -> Panel:
        """As `Predictor.ends`; after an update, those of the forecaster inside."""
        return self.required_history if self.changes is None else self.inside.ends

    @property
    def spec(self) -> Any:
        """The specification of the forecaster inside."""
        return self.inside.spec

    @property
    def learning(self) -> Learning:  # type: ignore[override]
        """The training history of the forecaster inside."""
        return self.inside.learning

    @property
    def history(self) -> Panel | None:  # type: ignore[override]
        """The history of the forecaster inside."""
        return self.inside.history

    @property
    def horizon(self) -> int:  # type: ignore[override]
        """The number of calibrated steps ahead."""
        return self.calibration.residuals.shape[2]

    def make_prediction(self, request: ForecastRequest) -> Prediction:
        """The mean of the forecaster inside, with quantiles from its calibration errors. More steps
        ahead than were calibrated are refused.

        A series that ends in g missing values is forecast g steps further. Beyond the calibrated
        steps its intervals widen with the square root of the number of steps, as those of a random
        walk.
        """
        horizon, at = request.horizon, request.probabilities
        if at and horizon > self.horizon:
            raise Refusal(
                f"The intervals were calibrated for {counted(self.horizon, 'step')} ahead, but "
                f"{horizon} are asked for. "
                f"Fit with horizon={horizon}."
            )
        inner = request._replace(probabilities=())
        inner = inner._replace(panel=self.inside.ends) if request.own else inner
        mean = self.inside.make_prediction(inner).mean
        if not at:
            return Prediction(mean, np.zeros((*mean.shape, 0)), ())
        away = self._away(missing_at_end(request.panel), horizon, at)
        changes = self.changes if request.own else None
        scale = _scale(request.panel, self.season) if changes is None else changes.scale
        return Prediction(mean, mean[..., None] + scale[:, None, :, None] * away, at)

    def _away(
        self, late: Int[np.ndarray, "series channel"], horizon: int, at: tuple[float, ...]
    ) -> Float[np.ndarray, "series horizon channel level"]:
        """Distances of the quantiles from the mean, divided by the scale, for series whose last
        value is `late` steps before the origin."""
        residuals, spacing = self.calibration.residuals, self.calibration.spacing
        furthest = min(horizon + int(late.max()), self.horizon)
        away = conformal_quantiles(residuals[:, :, :furthest], at, spacing=spacing, gain=self.gain)
        steps = late[:, None] + np.arange(1, horizon + 1)[:, None]
        known = np.minimum(steps, furthest)
        return away[known - 1, np.arange(late.shape[1])] * np.sqrt(steps / known)[..., None]

    def update(self, new: Panel) -> "ConformalForecaster":
        """Return the forecaster with the one inside updated; its intervals are not calibrated
        again."""
        inside = self.inside.update(new)
        changes = Changes.of(self.ends, self.season) if self.changes is None else self.changes
        later = None if changes is None else changes.later(new)
        return replace(self, inside=inside, changes=later)

    def with_history(self, history: Panel | None) -> "ConformalForecaster":
        """Return the forecaster with this history inside; its intervals are not calibrated
        again."""
        return replace(self, inside=self.inside.with_history(history), changes=None)

    @property
    def alone_from(self) -> float:
        """As `Predictor.alone_from`: of the forecaster inside."""
        return self.inside.alone_from

    def with_usual(self, usual: tuple[float | None, ...]) -> "ConformalForecaster":
        """As `Predictor.with_usual`, for the forecaster inside."""
        return replace(self, inside=self.inside.with_usual(usual))

    def each(self, change: Callable[[Any], Any]) -> "ConformalForecaster":
        """Refused, because the intervals would no longer be calibrated."""
        raise Refusal(
            "Conformal intervals hold for the weights that they were calibrated with. Use "
            "`update`, or fit again on all the data."
        )

    @property
    def covariates(self) -> CovariateScale | None:
        """The covariates of the forecaster inside."""
        return self.inside.covariates

    def fitted_values(self) -> Float[np.ndarray, "total channel"]:
        """The fitted values of the forecaster inside."""
        return self.inside.fitted_values()

    def summary(self) -> str:
        """The summary of the forecaster inside, and the errors behind the intervals."""
        origins, _, horizon, _ = self.calibration.residuals.shape
        short = 0 if self.history is None else len(self.history) - self.calibration.series
        few = f", {short} too short for it" if short > 0 else ""
        return (
            f"{self.inside.summary()}\nconformal intervals, {counted(horizon, 'step')} ahead: "
            f"errors at {counted(origins, 'origin')}, "
            f"{self.calibration.spacing} apart, of {self.calibration.series} series{few}"
        )


def _scale(history: Panel, season: int) -> Float[np.ndarray, "series channel"]:
    """The scale of errors: the root mean square change over a season; 0 for a constant series.

    A constant series gets intervals of width 0. Its errors are not used unless it stayed constant.
    """
    fitted = step_scale(season).fit(history)
    return np.where(fitted.constant, 0.0, fitted.scale)
