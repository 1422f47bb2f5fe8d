"""`Predictor`: the base class of everything fitted that forecasts series. A subclass defines
`make_prediction`; `predict` and `forecast` are defined here."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import numpy as np
from jaxtyping import Float

from .._check import Refusal, counted, options_known, probabilities, whole
from .._fitted import Fitted
from .._types import Key, Learning, Levels, Listener, Prediction, Probabilities, checked_key
from ..data import CovariateScale, Panel, concatenated, require_panel
from ..inference import Score
from ._table import PERCENT, forecast_table

Leaf = TypeVar("Leaf", bound="Predictor")


class ForecastRequest(NamedTuple):
    """A request for a forecast: `horizon` steps after every series of `panel`, with quantiles at
    these `probabilities`.

    `own` is True if the panel is the predictor's history. Sampling uses `paths` paths, and `key` if
    it is given. `on_event` receives the number of each series if series are fitted one by one.
    """

    panel: Panel
    own: bool
    horizon: int
    probabilities: tuple[float, ...] = ()
    paths: int = 400
    key: Key | None = None
    on_event: Callable[[int], None] | None = None


class Predictor(Fitted):
    """The base class of fitted forecasters. It is immutable: `update` returns a new forecaster.

    A subclass has the fields (or properties) `history` and `horizon`, and defines
    `make_prediction`. Without a history (`without_history`) it holds no series, and forecasts those
    of `panel`.
    """

    history: Panel | None
    horizon: int
    trusted_steps: int | None = None
    """The number of steps ahead for which the automatic selection found it significantly better
    than every naive forecast (`evaluation.trust_horizon`); None if that was not tested."""

    @abstractmethod
    def make_prediction(self, request: ForecastRequest) -> Prediction:
        """Return point forecasts, and quantiles if requested."""

    @property
    def levels(self) -> Levels:
        """The default interval levels of a table, in percent."""
        return PERCENT

    @property
    def forecasters(self) -> "tuple[Predictor, ...]":
        """The members of an ensemble; otherwise itself."""
        return (self,)

    @property
    def covariates(self) -> CovariateScale | None:
        """The covariate columns and their scale; None without covariates."""
        return None

    def each(self: Leaf, change: Callable[[Any], Any]) -> Leaf:
        """Return the predictor with `change` applied to every network forecaster in it; refused if
        there is none."""
        raise Refusal(
            f"A {type(self).__name__} has no weights to fine-tune. Fit it again, on all the data."
        )

    def tuned(
        self: Leaf, key: Key, on_event: Listener | None = None
    ) -> tuple[Leaf, list[tuple[float, float]]]:
        """Return the predictor after fine-tuning of parts that are not network forecasters (see
        `each`) on its history, with the loss of each part before and after. By default, the
        predictor itself and no losses."""
        return self, []

    @property
    def alone_from(self) -> float:
        """The number of values from which on the usual size of changes is estimated from the series
        alone; shorter series use the other series too. 0 if the method does not need it."""
        return 0.0

    def with_usual(self: Leaf, usual: tuple[float | None, ...]) -> Leaf:
        """Return the predictor with the usual change of every channel (`classical.usual_change`),
        for forecasts of a part of many series."""
        return self

    @property
    def required_history(self) -> Panel:
        """The history; refused if there is none."""
        if self.history is None:
            raise Refusal(
                f"This {type(self).__name__} was saved without its training series. Give `panel=`."
            )
        return self.history

    @property
    def ends(self) -> Panel:
        """The part of the history that a forecast reads: by default all of it."""
        return self.required_history

    @options_known()
    def predict(
        self,
        horizon: int | None = None,
        *,
        levels: Levels = (),
        quantiles: Probabilities = (),
        panel: Panel | None = None,
        paths: int = 400,
        key: Key | None = None,
        on_event: Callable[[int], None] | None = None,
    ) -> Prediction:
        """Forecast as arrays `[series, horizon, channel]`, with quantiles if requested.

        `levels`, in percent, requests central intervals (`done.interval(80)` returns one),
        `quantiles` requests quantiles at any probabilities in (0, 1).

        Forecasts the history, or the series of `panel`, which may be new: they are then scaled by
        their own values only. The panel must have the covariates that the model was fitted with,
        known ones for all forecast steps; missing ones are refused by column, series and time. Any
        `horizon` is possible: a model that emits H steps at once is fed its own forecasts beyond
        them. Quantiles that have no formula are estimated from `paths` sampled paths, drawn with
        `key` (by default that of the fit). `on_event` receives the number of each series if series
        are fitted one by one.
        """
        series = self.ends if panel is None else require_panel("panel", panel)
        request = ForecastRequest(
            series,
            panel is None,
            self.horizon if horizon is None else whole("horizon", horizon),
            probabilities(levels, quantiles),
            whole("paths", paths),
            None if key is None else checked_key(key),
            on_event,
        )
        try:
            return self.make_prediction(request)
        except MemoryError as error:
            raise Refusal(
                f"A forecast of {counted(request.horizon, 'step')} for {len(series):,} series needs"
                " more memory than there is. Give a shorter `horizon`, or forecast fewer series at"
                " a time (`panel=`)."
            ) from error

    @options_known()
    def forecast(
        self,
        horizon: int | None = None,
        *,
        levels: Levels | None = None,
        panel: Panel | None = None,
        paths: int = 400,
        key: Key | None = None,
        lower: float | None = None,
    ) -> Any:
        """Forecast as a table: unique_id, ds, forecast, and lo-L, hi-L for each level L in percent
        (80 and 95 by default).

        The table is of the same kind of data frame as the input of the panel, pandas by default.
        With several channels there is a column `channel`. Values below `lower` are raised to it,
        intervals included; by default 0 for series that were never negative (−inf: nothing is
        raised; `predict` returns the model's numbers). See `predict` for `panel`, `paths` and
        `key`.
        """
        levels = self.levels if levels is None else levels
        done = self.predict(horizon, levels=levels, panel=panel, paths=paths, key=key)
        return forecast_table(
            self.required_history if panel is None else panel, done, levels, lower
        )

    def update(self: Leaf, new: Panel) -> Leaf:
        """Append new observations, which must continue the history of the same series, without
        fitting again."""
        return self.with_history(concatenated(self.required_history, new))

    def with_history(self: Leaf, history: Panel | None) -> Leaf:
        """Return the predictor with another history, or with none."""
        return replace(self, history=history)  # type: ignore[type-var]  # leaves are data classes

    def without_history(self: Leaf) -> Leaf:
        """Return the predictor without its history, to share it without the data; it forecasts the
        series of `panel`."""
        return self.with_history(None)

    def fitted_values(self) -> Float[np.ndarray, "total channel"]:
        """One-step-ahead fitted values of every row of `history`, in its unit; the error is the
        fitted − the observed value.

        The model sees the true values before each step, but its weights and scales were learned
        from the whole history, so that these errors are smaller than those of a real forecast. NaN
        for the first steps, which the model needs before its first forecast.

        >>> import stepahead as sa
        >>> panel = sa.Panel.from_arrays([[1.0, 2.0, 4.0]])
        >>> naive = sa.fit(sa.models.Naive(), panel, horizon=1, key=0)
        >>> naive.fitted_values()[:, 0].round(4).tolist()
        [nan, 1.0, 2.0]
        """
        raise Refusal(
            f"A {type(self).__name__} has no fitted values. Fit the inner model on its own."
        )

    def score(self, panel: Panel | None = None) -> Score:
        """Return the log likelihood, in nats, of its own history or of another panel: see
        `stepahead.score`."""
        raise Refusal(
            f"A {type(self).__name__} has no density for each step, so it cannot be scored or "
            "sampled. Fit one of `models`."
        )

    def sample(
        self, length: int, *, key: Key, count: int = 1, series: int = 0, warmup: int = 100
    ) -> Float[np.ndarray, "draw time channel"]:
        """Draw `count` series from an empty state: see `Forecaster.sample`."""
        raise Refusal(
            f"A {type(self).__name__} cannot start from an empty state, so it cannot be sampled. "
            "Fit one of `models`."
        )

    def summary(self) -> str:
        """Return a few lines of text: the specification, the data, and the training."""
        return "\n".join(
            [self.description, *self._about_history(), f"training: {_course(self.learning)}"]
        )

    @property
    def description(self) -> str:
        """The specification as one line of text."""
        return repr(self.spec)

    def _about_history(self) -> list[str]:
        if self.history is None:
            return [f"without its training series, horizon {self.horizon}"]
        history = self.history
        return [
            f"{len(history)} series, {counted(len(history.values), 'step')} "
            f"({counted(history.missing, 'value')} missing), "
            f"frequency {history.frequency.name}, horizon {self.horizon}"
        ]

    def __repr__(self) -> str:
        known = "" if self.history is None else f"series={len(self.history)}, "
        return f"{type(self).__name__}({self.spec!r}, {known}horizon={self.horizon})"


def _course(learning: Learning) -> str:
    return learning.stopped + (f"; last loss {learning.losses[-1]:.4g}" if learning.losses else "")
