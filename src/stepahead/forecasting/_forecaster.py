"""`Forecaster`: a fitted model with all that it takes to forecast, update and score."""

from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from .._check import Refusal, counted, options_known, probabilities, whole
from .._types import Key, Learning, Levels, Prediction, Probabilities
from ..data import CovariateScale, Panel, concatenated, given_panel
from ..models import Model, Point, Specification
from ..ops import as_key
from ._notebook import as_html
from ._predict import predict
from ._score import Score, log_likelihood
from ._table import PERCENT, forecast_table


class Scaler(Protocol):
    """A scaler before it was fitted."""

    def fit(self, panel: Panel) -> Any:
        """Learn from this panel, and from nothing else."""
        ...


@dataclass(frozen=True, eq=False)
class Forecaster:
    """What `stepahead.fit` returns. It remembers the series it was fitted on, and forecasts them or others.

    `context` is how many past steps it looks at (None: all); `covariates` which columns beside the values it sees, and their scale.
    It is a value: `update` returns a new one.
    """

    spec: Specification
    model: Model
    scaler: Scaler
    scaled: Any
    history: Panel
    horizon: int
    context: int | None
    season: int
    key: Key
    learning: Learning = field(default_factory=Learning)
    covariates: CovariateScale | None = None

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
    ) -> Prediction:
        """Forecast as arrays `[series, horizon, channel]`, with quantiles where they are asked for.

        `levels`, in percent, asks for the ends of central intervals (`done.interval(80)` gives them), `quantiles` for those at any
        probabilities in (0, 1).

        Forecasts its own series, or those of `panel`, which it need not have seen: their scale is then read off their own
        history, nothing else is fitted. The panel must bring the covariates that the model was fitted with, and those that are
        known beforehand as far as they are forecast; what is missing is refused by column, series and stamp. `horizon` is free,
        whatever it was fitted for: a model that emits H steps at once is fed its own forecasts beyond them. Sampled paths use the
        `key` of the fit where none is given.
        """
        horizon = self.horizon if horizon is None else whole("horizon", horizon)
        history, scaled = (self.history, self.scaled) if panel is None else (panel, self._scaled(panel))
        return predict(
            self.model,
            scaled,
            history,
            horizon,
            quantiles=probabilities(levels, quantiles),
            context=self.context,
            paths=whole("paths", paths),
            key=self.key if key is None else as_key(key),
            covariates=self.covariates,
        )

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
        """Forecast as a table: unique_id, ds, forecast, and lo-L, hi-L for each level L, in percent (80 and 95 unless said).

        The table is of the kind of data frame that the panel came from, pandas where it came from none. With several channels
        there is a column `channel`. What lies below `lower` is put on it, intervals included; unless given, what lies below 0 of a series
        that never did (−inf: nothing is moved; `predict` gives the numbers as the model says them). See `predict` for the rest.
        """
        if levels is None:
            levels = () if isinstance(self.model.head, Point) else PERCENT
        done = self.predict(horizon, levels=levels, panel=panel, paths=paths, key=key)
        return forecast_table(self.history if panel is None else panel, done, levels, lower)

    def update(self, new: Panel) -> "Forecaster":
        """Take in new observations, which must follow on from the history of the same series; nothing is fitted again."""
        return replace(self, history=concatenated(self.history, new))

    def score(self, panel: Panel | None = None) -> Score:
        """Log likelihood, in nats, of its own history or of another panel: see `stepahead.score`."""
        if panel is None:
            return log_likelihood(self.model, self.scaled, self.history, self.covariates)
        return log_likelihood(self.model, self._scaled(panel), panel, self.covariates)

    def summary(self) -> str:
        """In a few lines: what was fitted on what, and how it went."""
        history, learning = self.history, self.learning
        lines = [
            f"{self.spec!r} with {self.model.head!r}",
            f"{len(history)} series, {counted(len(history.values), 'step')} ({counted(history.missing, 'value')} missing), frequency "
            f"{history.frequency.name}, "
            f"season {self.season}, horizon {self.horizon}",
            *([] if self.covariates is None else [f"covariates: {self.covariates.describe()}"]),
            f"training: {learning.stopped}" + (f"; last loss {learning.losses[-1]:.4g}" if learning.losses else ""),
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return as_html(self.summary())

    def __repr__(self) -> str:
        return f"Forecaster({self.spec!r}, series={len(self.history)}, horizon={self.horizon})"

    def _scaled(self, panel: Panel) -> Any:
        given_panel("panel", panel)
        if panel.channels != self.history.channels:
            raise Refusal(f"The model was fitted on {counted(self.history.channels, 'channel')}, but this panel has {panel.channels}.")
        return self.scaler.fit(panel)
