"""Kalman smoothing: a structural model of each series, which fills a gap given both sides."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from .._check import whole
from .._settings import Settings
from .._types import Key
from ..data import Panel
from ..models import Component, LocalLevel, StateSpace, TrigonometricSeason
from ..ops.kalman import SeriesData, kalman_smooth
from ..training import maximum_likelihood
from ._interpolation import by_series, interpolated

FITTED_ON = 1500
"""The number of last steps of a long series on which the variances are estimated. The whole series
is smoothed."""

FEWEST = 8
"""The fewest values of a series that is not interpolated."""


@dataclass(frozen=True)
class Kalman(Settings):
    """The smoothed signal of a local level model with a seasonal component of `harmonics` Fourier
    terms, for each channel of each series separately.

    Variances by exact maximum likelihood, of all series in one search. A series with fewer than 8
    values is interpolated, one of fewer than two seasons has no season. Source: Durbin & Koopman
    2012.

    >>> walk = np.array([1.0, 2.0, 2.0, 3.0, np.nan, 4.0, 5.0, 5.0, 6.0, 7.0])
    >>> bool(3 < Kalman().fill(Panel.from_arrays([walk]))[4, 0] < 4)
    True
    """

    season: int = 1
    harmonics: int = 3

    def __post_init__(self) -> None:
        whole("season", self.season), whole("harmonics", self.harmonics)

    def fitted(self, panel: Panel, *, key: Key = 0) -> "Kalman":
        """Return itself: nothing is fitted in advance."""
        return self

    def fill(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """Fill every gap: see `FittedImputer.fill`."""
        filled = by_series(panel, interpolated)
        counts = np.add.reduceat(panel.observed.astype(int), panel.offsets[:-1], axis=0)
        waves = min(self.harmonics, self.season // 2)
        seasonal = (counts >= 2 * self.season) & (waves > 0)
        gaps = (counts >= FEWEST) & (counts < panel.lengths[:, None])
        season = TrigonometricSeason(max(self.season, 2), max(waves, 1))
        for chosen, spec in (
            (gaps & ~seasonal, (LocalLevel(),)),
            (gaps & seasonal, (LocalLevel(), season)),
        ):
            places = [tuple(each) for each in np.argwhere(chosen)]
            for (series, channel), signal in zip(
                places, _smoothed(panel, places, spec), strict=True
            ):
                rows = slice(*panel.offsets[series : series + 2])
                filled[rows, channel] = signal
        return filled


def _smoothed(
    panel: Panel, places: list[tuple[int, ...]], components: tuple[Component, ...]
) -> list[np.ndarray]:
    """The smoothed signals of these channels of these series."""
    if not places:
        return []
    series = [panel.series(one)[:, channel] for one, channel in places]
    centers = [np.nanmean(each) for each in series]
    series = [each - center for each, center in zip(series, centers, strict=True)]
    model = StateSpace(*components).assembled(0)
    enough = [np.isfinite(each[-FITTED_ON:]).sum() >= FEWEST for each in series]
    recent = [
        each[-FITTED_ON:] if held else each for each, held in zip(series, enough, strict=True)
    ]
    found = maximum_likelihood(model, _ragged(recent)).parameters
    data = _ragged(series)
    signal = kalman_smooth(model.structure, model.numbers(found), data).signal_mean[:, -1]
    parts = np.split(signal, data.offsets[1:-1])
    return [part + center for part, center in zip(parts, centers, strict=True)]


def _ragged(series: list[np.ndarray]) -> SeriesData:
    offsets = np.concatenate([[0], np.cumsum([len(each) for each in series])])
    return SeriesData(np.concatenate(series), offsets, np.zeros((offsets[-1], 0)))
