"""`FittedModel`: a forecaster with the name of its model, and how it was chosen."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..evaluation import Predictability
    from ..forecasting import Predictor
    from ..workflow import AutoResult


@dataclass(frozen=True)
class FittedModel:
    """The forecaster, the name of its model, and the result of the comparison if there was one."""

    forecaster: "Predictor"
    name: str
    choice: "AutoResult | None" = None

    @cached_property
    def predictability(self) -> "Predictability":
        """The width of the forecast compared with the spread of the values of its history."""
        from ..evaluation import predictability

        return predictability(self.forecaster.predict(levels=80), self.forecaster.required_history)
