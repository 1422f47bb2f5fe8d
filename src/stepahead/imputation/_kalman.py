"""Kalman smoothing: a structural time series model of each series, which fills a gap given both
sides."""

import warnings
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from .._check import whole
from .._types import Key
from ..data import Panel
from ._interpolation import by_series, interpolated

FITTED_ON = 1500
"""Steps, counted from the end, on which the variances of a long series are estimated. The whole
series is smoothed."""


@dataclass(frozen=True)
class Kalman:
    """The smoothed signal of a local level model with a seasonal component of `harmonics` waves,
    for each channel of each series by itself.

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
        """Return itself: nothing is learned from other series."""
        return self

    def fill(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """Fill every gap: see `FittedImputer.fill`."""
        return by_series(panel, self._fill_series)

    def _fill_series(self, values: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
        seen = values[~np.isnan(values)]
        spread = float(np.std(seen))
        if len(seen) < 8 or spread == 0:
            return interpolated(values)
        from statsmodels.tsa.statespace.structural import UnobservedComponents

        scaled = (values - seen.mean()) / spread
        waves = min(self.harmonics, self.season // 2)
        has_season = waves and len(seen) >= 2 * self.season
        seasonal = [{"period": self.season, "harmonics": waves}] if has_season else None
        with warnings.catch_warnings():
            # The optimiser warns where it stops early; the smoother is valid at any parameters.
            warnings.simplefilter("ignore")
            recent = scaled[-FITTED_ON:] if np.isfinite(scaled[-FITTED_ON:]).sum() >= 8 else scaled
            found = UnobservedComponents(recent, "local level", freq_seasonal=seasonal).fit(
                disp=False, maxiter=100
            )
            whole_series = UnobservedComponents(scaled, "local level", freq_seasonal=seasonal)
            smoothed = whole_series.smooth(found.params)
            design = np.asarray(smoothed.model["design"])
            signal = (design @ smoothed.smoothed_state)[0]
        return np.asarray(signal) * spread + seen.mean()
