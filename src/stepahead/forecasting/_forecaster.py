"""`Forecaster`: a fitted model with its scaler and its history."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from .._check import Refusal, counted
from .._fitted import FittedNetwork
from .._types import Key, Learning, Levels, Prediction
from ..data import CovariateScale, FittedScaler, Panel, Scaler, require_panel
from ..inference import Score, log_likelihood, one_step_ahead, predict
from ..models import Model, Sampler, Specification, build
from ._predictor import ForecastRequest, Predictor


@dataclass(frozen=True, eq=False, repr=False)
class Forecaster(Predictor, FittedNetwork):
    """A fitted model of series, as `stepahead.fit` returns it. It keeps the series it was fitted
    on, and forecasts them or others.

    `context` is the number of past steps that it uses (None: all); `covariates` are its covariate
    columns and their scale. `scaled` is the scaler fitted to its history, None without a history.
    """

    spec: Specification
    model: Model
    scaler: Scaler
    scaled: FittedScaler | None
    history: Panel | None
    horizon: int
    context: int | None
    season: int
    key: Key
    learning: Learning = field(default_factory=Learning)
    covariates: CovariateScale | None = None
    kind: ClassVar[str] = "forecaster"

    @classmethod
    def outline(cls, fields: Mapping[str, Any], key: Key) -> Model:
        """An untrained model of these channels with this head."""
        return build(fields["spec"], fields["channels"], fields["head"], key)

    @property
    def outlined(self) -> dict[str, Any]:
        """Arguments of `outline` that are not fields."""
        return {"head": self.model.head, "channels": self.model.channels}

    @property
    def levels(self) -> Levels:
        """80 and 95; none if the head gives a point forecast."""
        return super().levels if isinstance(self.model.head, Sampler) else ()

    def make_prediction(self, request: ForecastRequest) -> Prediction:
        """Scale, unroll the history, roll out, scale back."""
        return predict(
            self.model,
            self.scaled_for(request.panel, request.own),
            request.panel,
            request.horizon,
            quantiles=request.probabilities,
            context=self.context,
            paths=request.paths,
            key=self.key if request.key is None else request.key,
            covariates=self.covariates,
        )

    def with_history(self, history: Panel | None) -> "Forecaster":
        """The same forecaster with another history of the same series, or with none."""
        return replace(self, history=history, scaled=None if history is None else self.scaled)

    def each(self, change: Callable[[Any], Any]) -> "Forecaster":
        """Itself changed."""
        return change(self)

    def fitted_values(self) -> Float[np.ndarray, "total channel"]:
        """One-step-ahead fitted values: see `Predictor.fitted_values`. Refused for a scaler that
        takes differences."""
        return one_step_ahead(self.model, self.own_scale, self.required_history, self.covariates)

    def score(self, panel: Panel | None = None) -> Score:
        """Log likelihood, in nats, of its own history or of another panel: see
        `stepahead.score`."""
        series = self.required_history if panel is None else require_panel("panel", panel)
        return log_likelihood(
            self.model, self.scaled_for(series, panel is None), series, self.covariates
        )

    @property
    def description(self) -> str:
        """The specification, the head, the season and the covariates."""
        beside = "" if self.covariates is None else f"\ncovariates: {self.covariates.describe()}"
        return f"{self.spec!r} with {self.model.head!r}, season {self.season}{beside}"

    @property
    def own_scale(self) -> FittedScaler:
        """The scaler fitted to its own series; refused where it remembers none."""
        return self.scaler.fit(self.required_history) if self.scaled is None else self.scaled

    def scaled_for(self, panel: Panel, own: bool) -> FittedScaler:
        """The scaler fitted to these series: `own` ones were scaled when the model was fitted."""
        if own:
            return self.own_scale
        channels = self.model.channels.value
        if panel.channels != channels:
            raise Refusal(
                f"The model was fitted on {counted(channels, 'channel')}, but this panel has "
                f"{panel.channels}."
            )
        return self.scaler.fit(panel)
