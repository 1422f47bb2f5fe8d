"""`Service`: a loaded model as the routes ask it. A leaf answers what its kind of model can."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

import numpy as np

from ..._check import Refusal
from ..._types import Prediction
from ...data import Frequency, Panel


class ForecastOptions(NamedTuple):
    """A horizon and the probabilities of quantiles, rising."""

    horizon: int
    probabilities: tuple[float, ...]


class Forecasted(NamedTuple):
    """The forecast of series: their ids, the stamps of the steps ahead, and the prediction."""

    ids: Sequence[str]
    stamps: np.ndarray
    done: Prediction


class NewValues(NamedTuple):
    """New observations of a series by its name: `[time, channel]`, and the stamp of the first of
    them (None: the step after the last that is known)."""

    name: str
    values: np.ndarray
    start: np.datetime64 | int | None


@dataclass(frozen=True)
class SampleOptions:
    """A prompt, and how it is continued."""

    prompt: str
    length: int
    count: int
    temperature: float
    top_k: int | None
    nucleus: float
    seed: int


class Service(ABC):
    """A model that is served. What it cannot do it refuses; `verbs` names what it can."""

    verbs: tuple[str, ...]
    trusted_steps: int | None = None
    """The steps ahead at which a forecast of its own series can be trusted, where that is known."""

    @abstractmethod
    def described(self) -> dict[str, Any]:
        """The model's metadata: no values of series or texts."""

    @abstractmethod
    def warmed(self) -> None:
        """Do once what requests will ask for, so that what is compiled is compiled."""

    def options(self, horizon: int | None, probabilities: tuple[float, ...]) -> ForecastOptions:
        """The options of a forecast with the model's own horizon where none is given."""
        self._refuse("forecast")

    def channels(self) -> int:
        """The number of values at each step of a series."""
        self._refuse("forecast")

    def frequency(self) -> Frequency | None:
        """The frequency of the series that the model was fitted on; None where it has none."""
        self._refuse("forecast")

    def own_series(self, names: Sequence[str], options: ForecastOptions) -> Forecasted:
        """The forecast of the model's own series of these names, of all where there are none."""
        self._refuse("forecast")

    def own_otherwise(
        self, name: str, known: Mapping[str, np.ndarray], options: ForecastOptions
    ) -> Forecasted:
        """The forecast of one of the model's own series, where columns that are known beforehand
        have these values in the steps ahead."""
        self._refuse("forecast")

    def kept_series(self, names: Sequence[str], options: ForecastOptions) -> Forecasted | None:
        """The answer of `own_series` where it is known already, else None. Any thread may ask."""
        return None

    def joins(self, panel: Panel) -> bool:
        """Return whether the series of a panel may be forecast in one call with those of others."""
        self._refuse("forecast")

    def forecasts(self, panels: Sequence[Panel], options: ForecastOptions) -> list[Forecasted]:
        """The forecast of each of several panels: the same as if it were asked for alone."""
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
        """Drawn continuations of a prompt."""
        self._refuse("draw texts")

    def drawn(self, options: SampleOptions) -> Iterator[dict[str, Any]]:
        """The tokens of one continuation, one after the other."""
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
