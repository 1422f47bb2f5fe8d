"""The inverse hyperbolic sine as a scaler: similar to a logarithm, but defined for all numbers."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from ..._check import Refusal
from ..panel import Panel, by_series
from ._scalers import FittedScaler, Forecast, Scaler, along


@dataclass(frozen=True)
class Asinh(Scaler):
    """The specification that `asinh` returns."""

    share: float = 0.1

    def fit(self, panel: Panel) -> "FittedAsinh":
        """Fit the mean absolute value."""
        size = self.share * by_series.mean_size(panel)
        return FittedAsinh(np.where(size > 0, size, 1.0))


@dataclass(frozen=True, eq=False)
class FittedAsinh(FittedScaler):
    """Maps x to asinh(x/scale), with a positive scale for each series and channel."""

    scale: Float[np.ndarray, "series channel"]

    def apply(self, panel: Panel) -> Panel:
        """Return asinh(x/scale)."""
        relative = self._relative(panel)
        return panel.with_values(np.arcsinh(relative, out=relative))

    def invert(self, forecast: Forecast, history: Panel) -> Forecast:
        """Return scale·sinh(y); for the mean of scaled values this is near the median, not the
        mean."""
        by_series.refuse_other(self.scale.shape, history, "history")
        return along(self.scale[:, None], forecast) * np.sinh(forecast)

    def take(self, index: Int[np.ndarray, " chosen"]) -> "FittedAsinh":
        """Return the scaler of these series."""
        return FittedAsinh(self.scale[index])

    def log_derivative(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """Return −log √(x² + scale²)."""
        away = (
            np.log(np.hypot(1.0, np.nan_to_num(self._relative(panel))))
            + np.log(self.scale)[panel.series_of_step]
        )
        return np.where(panel.observed, -away, 0.0)

    def _relative(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        by_series.refuse_other(self.scale.shape, panel)
        return by_series.each(panel, (np.divide, self.scale))


def asinh(share: float = 0.1) -> Asinh:
    """Return the scaler asinh(x/(share·m)), with m the mean absolute value of each series and
    channel; a series of zeros is divided by 1.

    Well above share·m it is logarithmic (asinh u ≈ log 2u), around 0 linear, and negative values
    are mirrored. Unlike `log`, it accepts 0. Source: Burbidge, Magee, Robb 1988.

    >>> panel = Panel.from_arrays([[0.0, 10.0, 100.0, 1000.0, 2890.0]])  # share·m = 80
    >>> asinh().fit(panel).apply(panel).values[:, 0].round(2).tolist()
    [0.0, 0.12, 1.05, 3.22, 4.28]
    """
    if not share > 0:
        raise Refusal(
            f"`share` must be above 0, but it is {share!r}. Give 0.1, a tenth of a series' mean "
            "size."
        )
    return Asinh(share)
