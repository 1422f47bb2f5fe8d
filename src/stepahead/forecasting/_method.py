"""What is asked of a fitted forecaster, whatever is inside, and of a method that fits itself."""

from typing import Any, Protocol, runtime_checkable

from .._types import Key, Levels, Prediction, Probabilities
from ..data import Panel


@runtime_checkable
class Predictor(Protocol):
    """Anything fitted that forecasts: `Forecaster`, `LocalForecaster`, `RegressorForecaster`, `Ensemble`, or your own."""

    @property
    def history(self) -> Panel:
        """The series that it remembers."""
        ...

    @property
    def horizon(self) -> int:
        """How many steps ahead it was fitted for."""
        ...

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
        """Forecast as arrays: see `Forecaster.predict`."""
        ...

    def forecast(self, horizon: int | None = None, *, levels: Levels = (), panel: Panel | None = None, lower: float | None = None) -> Any:
        """Forecast as a table: see `Forecaster.forecast`."""
        ...

    def update(self, new: Panel) -> "Predictor":
        """Take in new observations: see `Forecaster.update`."""
        ...

    def summary(self) -> str:
        """In a few lines, what was fitted on what."""
        ...


@runtime_checkable
class Method(Protocol):
    """A way of forecasting that is no step of ours and fits itself: `ETS`, `Theta`, `Regressor`, or your own.

    `stepahead.fit` and `stepahead.backtest` take it like a model. Head, strategy and training recipe are not its words.
    """

    def fitted(self, panel: Panel, horizon: int, *, key: Key, season: int) -> Predictor:
        """Fit on every series of this panel, and on nothing else."""
        ...
