"""Kalman smoothing: a structural model of each series, and what it says of a gap given both
sides."""

import warnings
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from .._check import whole
from .._types import Key
from ..data import Panel
from ._classical import between, by_series

FITTED_ON = 1500
"""Steps, from the end, on which the variances of a long series are estimated; it is smoothed whole.
"""


@dataclass(frozen=True)
class Kalman:
    """The smoothed signal of a local level with a season of `harmonics` waves, each channel of each
    series by itself.

    Variances by maximum likelihood. A series with fewer than 8 values is interpolated. Source:
    Durbin & Koopman 2012; `statsmodels.tsa.statespace.structural.UnobservedComponents`.

    >>> walk = np.array([1.0, 2.0, 2.0, 3.0, np.nan, 4.0, 5.0, 5.0, 6.0, 7.0])
    >>> bool(3 < Kalman().fill(Panel.from_arrays([walk]))[4, 0] < 4)
    True
    """

    season: int = 1
    harmonics: int = 3

    def __post_init__(self) -> None:
        whole("season", self.season), whole("harmonics", self.harmonics)

    def fitted(self, panel: Panel, *, key: Key = 0) -> "Kalman":
        """There is nothing to learn from other series."""
        return self

    def fill(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """As `FittedImputer.fill`."""
        return by_series(panel, self._one)

    def _one(self, values: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
        seen = values[~np.isnan(values)]
        spread = float(np.std(seen))
        if len(seen) < 8 or spread == 0:
            return between(values)
        from statsmodels.tsa.statespace.structural import UnobservedComponents

        scaled = (values - seen.mean()) / spread
        waves = min(self.harmonics, self.season // 2)
        seasonal = (
            [{"period": self.season, "harmonics": waves}]
            if waves and len(seen) >= 2 * self.season
            else None
        )
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # its optimiser reports what it could not improve; the smoother stands
            recent = scaled[-FITTED_ON:] if np.isfinite(scaled[-FITTED_ON:]).sum() >= 8 else scaled
            found = UnobservedComponents(recent, "local level", freq_seasonal=seasonal).fit(
                disp=False, maxiter=100
            )
            whole_series = UnobservedComponents(scaled, "local level", freq_seasonal=seasonal)
            smoothed = whole_series.smooth(found.params)
            design = np.asarray(smoothed.model["design"])
            signal = (design @ smoothed.smoothed_state)[0]
        return np.asarray(signal) * spread + seen.mean()
