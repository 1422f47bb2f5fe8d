"""`FittedModel`: a forecaster with the name of its model, and how it was chosen."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..forecasting import Predictor
    from ..workflow import AutoResult


@dataclass(frozen=True)
class FittedModel:
    """The forecaster, the name of its model, and the result of the comparison if there was one."""

    forecaster: "Predictor"
    name: str
    choice: "AutoResult | None" = None
