"""`Service`: a loaded model with the methods that the routes call. A subclass defines those that
its kind of model supports."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

import numpy as np

from ..._check import Refusal
from ..._types import Prediction
from ...data import Frequency, Panel


class ForecastOptions(NamedTuple):
    """A horizon, and the increasing probabilities of quantiles."""

    horizon: int
    probabilities: tuple[float, ...]


class Forecasted(NamedTuple):
    """The forecast of several series: their ids, the times of the future steps, and the
    prediction."""

    ids: Sequence[str]
    stamps: np.ndarray
    done: Prediction


class NewValues(NamedTuple):
    """New observations of a series with this name: `[time, channel]`, and the time of the first of
    them (None: the step after the last known one)."""

    name: str
    values: np.ndarray
    start: np.datetime64 | int | None


@dataclass(frozen=True)
class SampleOptions:
    """A prompt, and the options of its continuation."""

    prompt: str
    length: int
    count: int
    temperature: float
    top_k: int | None
    nucleus: float
    seed: int


class Service(ABC):
    """A model that is served; `verbs` lists what it supports, anything else is an error."""

    verbs: tuple[str, ...]
    trusted_steps: int | None = None
    """The number of steps ahead at which a forecast of its own series can be trusted, if known."""

    @abstractmethod
    def described(self) -> dict[str, Any]:
        """The model's metadata, without values of series or texts."""

    @abstractmethod
    def warmed(self) -> None:
        """Run the model once on typical requests, so that programs are compiled."""

    def options(self, horizon: int | None, probabilities: tuple[float, ...]) -> ForecastOptions:
        """The options of a forecast, with the model's horizon by default."""
        self._refuse("forecast")

    def channels(self) -> int:
        """The number of channels of a series."""
        self._refuse("forecast")

    def frequency(self) -> Frequency | None:
        """The frequency of the series to which the model was fitted; None if it has none."""
        self._refuse("forecast")

    def own_series(self, names: Sequence[str], options: ForecastOptions) -> Forecasted:
        """The forecast of the model's own series with these names; of all if there are none."""
        self._refuse("forecast")

    def own_otherwise(
        self, name: str, known: Mapping[str, np.ndarray], options: ForecastOptions
    ) -> Forecasted:
        """The forecast of one of the model's own series with these future values of the known
        covariates."""
        self._refuse("forecast")

    def kept_series(self, names: Sequence[str], options: ForecastOptions) -> Forecasted | None:
        """The result of `own_series` if it is cached, else None. Any thread may call it."""
        return None

    def joins(self, panel: Panel) -> bool:
        """True if the series of a panel can be forecast in one call with those of others."""
        self._refuse("forecast")

    def forecasts(self, panels: Sequence[Panel], options: ForecastOptions) -> list[Forecasted]:
        """The forecast of each of several panels, equal to that of a separate call."""
        self._refuse("forecast")

    def updated(self, new: Sequence[NewValues]) -> "Service":
        """The service of the model with these new observations appended."""
        self._refuse("update")

    def series_scores(self, panels: Sequence[Panel]) -> list[dict[str, Any]]:
        """The log likelihood of each of several panels, in nats."""
        self._refuse("score series")

    def scores(self, texts: Sequence[str]) -> list[Any]:
        """The log probability of each text, in nats."""
        self._refuse("score texts")

    def next(self, prompts: Sequence[str], top: int) -> list[Any]:
        """The most probable next tokens after each prompt."""
        self._refuse("say what token comes next")

    def samples(self, options: SampleOptions) -> list[Any]:
        """Sampled continuations of a prompt."""
        self._refuse("draw texts")

    def drawn(self, options: SampleOptions) -> Iterator[dict[str, Any]]:
        """The tokens of one sampled continuation, one after the other."""
        self._refuse("draw texts")

    def labels(self, texts: Sequence[str]) -> list[Any]:
        """The label of each text, and the probability of every label."""
        self._refuse("label")

    def tags(self, texts: Sequence[str]) -> list[Any]:
        """The words of each text with their tags."""
        self._refuse("tag")

    def translations(
        self, texts: Sequence[str], width: int = 1, length: int | None = None
    ) -> list[Any]:
        """The translation of each text."""
        self._refuse("translate")

    def _refuse(self, verb: str) -> NoReturn:
        raise Refusal(
            f"This model cannot {verb}. It answers: {', '.join(self.verbs)}. Name another `model`; "
            "`GET /v1/models` lists them."
        )
