"""Conformal intervals around any forecaster: as wide as its own errors at earlier origins say."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float, Int

from .._check import Refusal, counted, whole
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
from ._method import Method
from ._predictor import Asked, Predictor

ENOUGH = 100
"""Errors at every step ahead that are gathered where nothing was said, if the series are long
enough."""

FEWEST = 4
"""Origins that errors are gathered at where nothing was said, however many series there are, if
these are long enough."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """Errors (actual − mean) at origins inside the history, oldest first and `spacing` steps apart,
    each over its series' scale.

    The scale is the root mean square change over a season of the history before the origin.
    `series` were long enough.
    """

    residuals: Float[np.ndarray, "origin series horizon channel"]
    spacing: int
    series: int


@dataclass(frozen=True)
class Conformal:
    """A method with conformal intervals around it: itself a `Method`. `stepahead.conformal` makes
    one of any model.

    Before it is fitted on a panel, the method is fitted on what lies before `windows` origins
    inside the panel, `step` steps apart; how far its forecasts from these origins erred, by step
    ahead and pooled over series by their scale, gives the intervals. `gain` above 0 lets them adapt
    to drift: see `ops.conformal_quantiles`. Unless said, as many origins are taken as give 100
    errors a step, 4 at least, spread over at most half of the median series.
    """

    method: Method
    windows: int | None = None
    step: int | None = None
    gain: float = 0.0

    def __post_init__(self) -> None:
        for name in ("windows", "step"):
            if getattr(self, name) is not None:
                whole(name, getattr(self, name))
        if not 0 <= self.gain < 1:
            raise Refusal(
                f"`gain` must be at least 0 and below 1, but it is {self.gain!r}. Give 0.05, or 0 "
                "for intervals that do not adapt."
            )

    def fitted(self, panel: Panel, horizon: int, *, key: Key, season: int) -> "ConformalForecaster":
        """Gather errors at origins inside of the panel, and fit the method on all of it."""
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
        """How many origins, and how far apart."""
        room = max(int(np.median(panel.lengths)) // 2 - horizon, 0)
        wanted = max(-(-ENOUGH // len(panel)), FEWEST)
        windows = self.windows or max(1, min(wanted, room // (self.step or 1) + 1))
        return windows, self.step or max(1, min(horizon // 2, room // max(windows - 1, 1)))


@dataclass(frozen=True, eq=False, repr=False)
class ConformalForecaster(Predictor):
    """What `Conformal` fits: the forecaster inside, whose mean it takes, and the errors that its
    intervals are read off."""

    inside: Predictor
    calibration: Calibration
    season: int
    gain: float = 0.0
    kind: ClassVar[str] = "conformal"

    @property
    def spec(self) -> Any:
        """That of the forecaster inside."""
        return self.inside.spec

    @property
    def learning(self) -> Learning:  # type: ignore[override]
        """How the training of the forecaster inside went."""
        return self.inside.learning

    @property
    def history(self) -> Panel | None:  # type: ignore[override]
        """The series that the forecaster inside remembers."""
        return self.inside.history

    @property
    def horizon(self) -> int:  # type: ignore[override]
        """How many steps ahead it was calibrated for."""
        return self.calibration.residuals.shape[2]

    def ahead(self, asked: Asked) -> Prediction:
        """The mean of the forecaster inside, and quantiles read off its errors. Refused: more steps
        ahead than it was calibrated for.

        A series that ends in g missing values is forecast g steps further: past the calibrated
        steps its intervals go on widening with the square root of the steps, as a random walk's do.
        """
        horizon, at = asked.horizon, asked.probabilities
        if at and horizon > self.horizon:
            raise Refusal(
                f"The intervals were calibrated for {counted(self.horizon, 'step')} ahead, but "
                f"{horizon} are asked for. "
                f"Fit with horizon={horizon}."
            )
        mean = self.inside.ahead(asked._replace(probabilities=())).mean
        if not at:
            return Prediction(mean, np.zeros((*mean.shape, 0)), ())
        away = self._away(missing_at_end(asked.panel), horizon, at)
        return Prediction(
            mean, mean[..., None] + _scale(asked.panel, self.season)[:, None, :, None] * away, at
        )

    def _away(
        self, late: Int[np.ndarray, "series channel"], horizon: int, at: tuple[float, ...]
    ) -> Float[np.ndarray, "series horizon channel level"]:
        """How far the quantiles lie from the mean, over the scale, for series that end `late` steps
        before their origin."""
        residuals, spacing = self.calibration.residuals, self.calibration.spacing
        furthest = min(horizon + int(late.max()), self.horizon)
        away = conformal_quantiles(residuals[:, :, :furthest], at, spacing=spacing, gain=self.gain)
        steps = late[:, None] + np.arange(1, horizon + 1)[:, None]
        known = np.minimum(steps, furthest)
        return away[known - 1, np.arange(late.shape[1])] * np.sqrt(steps / known)[..., None]

    def with_history(self, history: Panel | None) -> "ConformalForecaster":
        """The forecaster inside with this history; its intervals are not calibrated again."""
        return replace(self, inside=self.inside.with_history(history))

    def each(self, change: Callable[[Any], Any]) -> "ConformalForecaster":
        """Refused: its intervals would no longer hold."""
        raise Refusal(
            "Conformal intervals hold for the weights that they were calibrated with. Use "
            "`update`, or fit anew on all the data."
        )

    @property
    def covariates(self) -> CovariateScale | None:
        """Those of the forecaster inside."""
        return self.inside.covariates

    def fitted_values(self) -> Float[np.ndarray, "total channel"]:
        """Those of the forecaster inside."""
        return self.inside.fitted_values()

    def summary(self) -> str:
        """The forecaster inside, and what its intervals rest on."""
        origins, _, horizon, _ = self.calibration.residuals.shape
        short = 0 if self.history is None else len(self.history) - self.calibration.series
        few = f", {short} too short for it" if short > 0 else ""
        return (
            f"{self.inside.summary()}\nconformal intervals, {counted(horizon, 'step')} ahead: "
            f"errors at {counted(origins, 'origin')}, "
            f"{self.calibration.spacing} apart, of {self.calibration.series} series{few}"
        )


def _scale(history: Panel, season: int) -> Float[np.ndarray, "series channel"]:
    """What errors are divided by: the root mean square change over a season; 0 for a series that
    never changed, which tells no unit.

    Such a series gets intervals of no width, and its errors do not count, but where it went on not
    to change.
    """
    fitted = step_scale(season).fit(history)
    return np.where(fitted.constant, 0.0, fitted.scale)
