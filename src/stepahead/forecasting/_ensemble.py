"""`Ensemble`: the mean of several forecasters that differ in their seed."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from .._check import counted
from .._types import Learning, Prediction
from ..data import CovariateScale, Panel
from ._predictor import ForecastRequest, Predictor
from ._several import Several


@dataclass(frozen=True, repr=False)
class Ensemble(Several):
    """Forecasters that differ only in their random seed. Forecasts and quantiles are the means of
    those of the members."""

    members: tuple[Predictor, ...]
    kind: ClassVar[str] = "ensemble"

    @property
    def spec(self) -> Any:
        """The specification of the members."""
        return self.members[0].spec

    @property
    def learning(self) -> Learning:  # type: ignore[override]
        """The training history of the first member."""
        return self.members[0].learning

    @property
    def forecasters(self) -> tuple[Predictor, ...]:
        """The members."""
        return self.members

    def make_prediction(self, request: ForecastRequest) -> Prediction:
        """The mean over the members."""
        each = [member.make_prediction(request) for member in self.members]
        quantiles = np.mean([one.quantiles for one in each], axis=0)
        return Prediction(
            np.mean([one.mean for one in each], axis=0), quantiles, request.probabilities
        )

    @property
    def covariates(self) -> CovariateScale | None:
        """The covariates of the members."""
        return self.members[0].covariates

    def with_history(self, history: Panel | None) -> "Ensemble":
        """Return the ensemble with this history in every member."""
        return replace(self, members=tuple(member.with_history(history) for member in self.members))

    def fitted_values(self) -> Float[np.ndarray, "total channel"]:
        """The mean over the members."""
        return np.mean([member.fitted_values() for member in self.members], axis=0)

    def summary(self) -> str:
        """The summary of the first member, and the number of members."""
        return f"the mean of {counted(len(self.members), 'seed')} of\n{self.members[0].summary()}"
