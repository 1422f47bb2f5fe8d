"""`Ensemble`: several forecasters of the same series as one."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .._check import counted, options_known, probabilities
from .._types import Key, Levels, Prediction, Probabilities
from ..data import Panel
from ._forecaster import Forecaster
from ._notebook import as_html
from ._table import PERCENT, forecast_table


@dataclass(frozen=True)
class Ensemble:
    """Forecasters that differ in their random start only; the forecast is the mean of theirs, quantile by quantile."""

    members: tuple[Forecaster, ...]

    @property
    def history(self) -> Panel:
        """The series that the members remember."""
        return self.members[0].history

    @property
    def horizon(self) -> int:
        """The horizon that the members were fitted for."""
        return self.members[0].horizon

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
        """As `Forecaster.predict`, averaged over the members."""
        at = probabilities(levels, quantiles)
        each = [member.predict(horizon, quantiles=at, panel=panel, paths=paths, key=key) for member in self.members]
        return Prediction(np.mean([one.mean for one in each], axis=0), np.mean([one.quantiles for one in each], axis=0), at)

    @options_known()
    def forecast(
        self, horizon: int | None = None, *, levels: Levels = PERCENT, panel: Panel | None = None, lower: float | None = None
    ) -> Any:
        """As `Forecaster.forecast`."""
        done = self.predict(horizon, levels=levels, panel=panel)
        return forecast_table(self.history if panel is None else panel, done, levels, lower)

    def update(self, new: Panel) -> "Ensemble":
        """As `Forecaster.update`, for every member."""
        return replace(self, members=tuple(member.update(new) for member in self.members))

    def summary(self) -> str:
        """The first member's summary, and how many there are."""
        return f"the mean of {counted(len(self.members), 'seed')} of\n{self.members[0].summary()}"

    def _repr_html_(self) -> str:
        return as_html(self.summary())
