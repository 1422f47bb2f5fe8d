"""What is asked of a method that fits itself."""

from typing import Protocol, runtime_checkable

from .._types import Key
from ..data import Panel
from ._predictor import Predictor


@runtime_checkable
class Method(Protocol):
    """A way of forecasting that is no step of ours and fits itself: `ETS`, `Theta`, `Regressor`, or
    your own.

    `stepahead.fit` and `stepahead.backtest` take it like a model. Head, strategy and training
    recipe are not its words.
    """

    def fitted(self, panel: Panel, horizon: int, *, key: Key, season: int) -> Predictor:
        """Fit on every series of this panel, and on nothing else."""
        ...
