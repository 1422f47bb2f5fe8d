"""`Forecaster`: a fitted model with its scaler and its history."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from .._check import Refusal, counted, options_known, whole
from .._fitted import FittedNetwork
from .._types import Key, Learning, Levels, Prediction
from ..data import CovariateScale, FittedScaler, Panel, Scaler, require_panel
from ..inference import Score, draw, log_likelihood, one_step_ahead, predict, predict_by_network
from ..models import Model, Sampler, SeriesNetwork, Specification, build
from ..ops import as_key
from ._predictor import ForecastRequest, Predictor


@dataclass(frozen=True, eq=False, repr=False)
class Forecaster(Predictor, FittedNetwork):
    """A fitted model of series, as `stepahead.fit` returns it. It holds the series that it was
    fitted to, and forecasts them or others.

    `context` is the number of past steps that it uses (None: all). `covariates` are its covariate
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
        """Return an untrained model with these channels and this head."""
        return build(fields["spec"], fields["channels"], fields["head"], key)

    @property
    def outlined(self) -> dict[str, Any]:
        """As `Fitted.outlined`: the head and the number of channels."""
        return {"head": self.model.head, "channels": self.model.channels}

    @property
    def levels(self) -> Levels:
        """80 and 95; none if the head gives a point forecast only."""
        return super().levels if isinstance(self.model.head, Sampler) else ()

    def make_prediction(self, request: ForecastRequest) -> Prediction:
        """Scale the history, run the model over it, forecast step by step, and transform back."""
        asked = (request.panel, request.horizon)
        if self.network is not None:

            def scales(part: Panel, numbers: np.ndarray) -> tuple[FittedScaler, Panel]:
                if not request.own:
                    self._refuse_other_channels(part)
                    return self.scaler.fit_apply(part)
                every = len(part) == len(request.panel)
                scaled = self.own_scale if every else self.own_scale.take(numbers)
                return scaled, scaled.apply(part)

            done = predict_by_network(
                self.network, scales, *asked, request.probabilities, self.context
            )
            if done is not None:
                return done
        return predict(
            self.model,
            self.scaled_for(request.panel, request.own),
            *asked,
            quantiles=request.probabilities,
            context=self.context,
            paths=request.paths,
            key=self.key if request.key is None else as_key(request.key),
            covariates=self.covariates,
        )

    @cached_property
    def network(self) -> SeriesNetwork | None:
        """The model as a network of the native kernels, which forecasts without JAX; None if they
        do not support it."""
        return SeriesNetwork.of(self.model)

    def with_history(self, history: Panel | None) -> "Forecaster":
        """The same forecaster with another history of the same series, or with none."""
        return replace(self, history=history, scaled=None if history is None else self.scaled)

    def each(self, change: Callable[[Any], Any]) -> "Forecaster":
        """Return the forecaster that `change` makes of it."""
        return change(self)

    def fitted_values(self) -> Float[np.ndarray, "total channel"]:
        """One-step-ahead fitted values: see `Predictor.fitted_values`. Refused for a scaler that
        takes differences."""
        return one_step_ahead(self.model, self.own_scale, self.required_history, self.covariates)

    def score(self, panel: Panel | None = None) -> Score:
        """Return the log likelihood, in nats, of its own history or of another panel: see
        `stepahead.score`."""
        series = self.required_history if panel is None else require_panel("panel", panel)
        return log_likelihood(
            self.model, self.scaled_for(series, panel is None), series, self.covariates
        )

    @options_known()
    def sample(
        self, length: int, *, key: Key, count: int = 1, series: int = 0, warmup: int = 100
    ) -> Float[np.ndarray, "draw time channel"]:
        """Draw `count` series from an empty state, in the unit of series number `series` of the
        history.

        The first `warmup` steps of each are dropped. Seasons and differences that the scaler
        removes are added back as if the draw continued that series.

        >>> import numpy as np, stepahead as sa
        >>> panel = sa.Panel.from_arrays([10 + np.random.default_rng(0).normal(size=300)])
        >>> forecaster = sa.fit(sa.models.LinearAR(1), panel, horizon=1, key=0)
        >>> bool(abs(forecaster.sample(500, key=1).mean() - 10) < 0.3)
        True
        """
        held = len(self.required_history)
        if whole("series", series, at_least=0) >= held:
            raise Refusal(
                f"There is no series number {series}; the history holds {held}, counted from 0."
            )
        drawn = np.asarray(
            draw(self.model, count, length, key=as_key(key), warmup=warmup), np.float64
        )
        alone = self.required_history.take(np.array([series]))
        scaled = self.scaler.fit(alone)
        return np.stack([scaled.invert(one[None], alone)[0] for one in drawn])

    @property
    def description(self) -> str:
        """The specification, the head, the season and the covariates."""
        beside = "" if self.covariates is None else f"\ncovariates: {self.covariates.describe()}"
        return f"{self.spec!r} with {self.model.head!r}, season {self.season}{beside}"

    @property
    def own_scale(self) -> FittedScaler:
        """The scaler fitted to its own series; refused without a history."""
        return self.scaler.fit(self.required_history) if self.scaled is None else self.scaled

    def scaled_for(self, panel: Panel, own: bool) -> FittedScaler:
        """Return the scaler for these series: the one of the fit if they are its `own`, else fitted
        to them."""
        if own:
            return self.own_scale
        self._refuse_other_channels(panel)
        return self.scaler.fit(panel)

    def _refuse_other_channels(self, panel: Panel) -> None:
        channels = self.model.channels.value
        if panel.channels != channels:
            raise Refusal(
                f"The model was fitted on {counted(channels, 'channel')}, but this panel has "
                f"{panel.channels}."
            )
