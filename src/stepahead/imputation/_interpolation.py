"""Interpolation: linear, and linear after the season is removed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from .._check import Refusal, whole
from .._settings import Settings
from .._types import Key
from ..data import Panel

ROUNDS = 10
"""Rounds of estimating the season, each on the values filled in the previous round."""


NEAR = 10
"""Seasons on each side over which the season of a step is averaged, so that it may change over
time."""


@dataclass(frozen=True)
class Linear(Settings):
    """Linear interpolation between the values on both sides; the nearest value at the ends of a
    series.

    A channel without any value in a series gets its mean over all series.

    >>> panel = Panel.from_arrays([[np.nan, 1.0, np.nan, np.nan, 4.0]])
    >>> Linear().fill(panel)[:, 0].tolist()
    [1.0, 1.0, 2.0, 3.0, 4.0]
    """

    def fitted(self, panel: Panel, *, key: Key = 0) -> "Linear":
        """Return itself: nothing is fitted."""
        return self

    def fill(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """Fill every gap: see `FittedImputer.fill`."""
        return by_series(panel, interpolated)


@dataclass(frozen=True)
class Seasonal(Settings):
    """Seasonally adjusted linear interpolation: remove the season, interpolate, add the season.

    The season of a step is the mean, over the same step of the `NEAR` seasons before and after, of
    the observed values minus their centred moving average over one season. The moving average is
    computed on the filled series, `ROUNDS` times. A series with fewer than two observed seasons is
    interpolated linearly. Source: seasonally adjusted interpolation as in Moritz & Bartz-Beielstein
    2017 (imputeTS).

    >>> day = np.tile([0.0, 5.0, 0.0, -5.0], 6)
    >>> day[9:12] = np.nan
    >>> Seasonal(4).fill(Panel.from_arrays([day]))[9:12, 0].round(2).tolist()
    [5.0, 0.0, -5.0]
    """

    season: int

    def __post_init__(self) -> None:
        whole("season", self.season)

    def fitted(self, panel: Panel, *, key: Key = 0) -> "Seasonal":
        """Return itself: nothing is fitted in advance."""
        return self

    def fill(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """Fill every gap: see `FittedImputer.fill`."""
        return by_series(panel, self._fill_series)

    def _fill_series(self, values: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
        m, line = self.season, interpolated(values)
        inside = ~np.isnan(values)
        inside[: m // 2] = inside[len(values) - m // 2 :] = False  # no full season around them
        phase = np.arange(len(values)) % m
        counts = np.bincount(phase[inside], minlength=m)
        if m == 1 or inside.sum() < 2 * m or not counts.all():
            return line
        filled = line
        for _ in range(ROUNDS):
            rest = np.where(inside, values - _moving_average(filled, m), np.nan)
            season = _season(rest, m)
            filled = interpolated(values - season) + season
        return filled


def _season(rest: Float[np.ndarray, " time"], m: int) -> Float[np.ndarray, " time"]:
    """Seasonal component: the mean of the detrended values at the same phase of the `NEAR` seasons
    before and after (of all seasons where there is none), minus its own mean."""
    cycles = -(-len(rest) // m)
    table = np.pad(rest, (0, cycles * m - len(rest)), constant_values=np.nan).reshape(cycles, m)
    seen = ~np.isnan(table)
    sums, counts = (
        np.cumsum(np.pad(part, ((1, 0), (0, 0))), axis=0)
        for part in (np.where(seen, table, 0.0), seen.astype(float))
    )
    last = np.minimum(np.arange(cycles) + NEAR + 1, cycles)
    first = np.maximum(np.arange(cycles) - NEAR, 0)
    total, count = sums[last] - sums[first], counts[last] - counts[first]
    season = np.where(count > 0, total / np.maximum(count, 1), sums[-1] / counts[-1])
    return (season - season.mean(axis=1, keepdims=True)).reshape(-1)[: len(rest)]


def by_series(
    panel: Panel, one: Callable[[np.ndarray], np.ndarray]
) -> Float[np.ndarray, "total channel"]:
    """Apply a function to every channel of every series with gaps. A channel without any value in a
    series gets its mean over all series."""
    filled = panel.values.copy()
    seen = panel.observed
    empty = ~seen.any(axis=0)
    if empty.any():
        raise Refusal(
            f"'{panel.names[int(empty.argmax())]}' holds no value in any series, so there is "
            "nothing to fill it by. Leave it out."
        )
    means = np.nanmean(panel.values, axis=0)
    for number in range(len(panel)):
        rows = slice(*panel.offsets[number : number + 2])
        for channel in np.flatnonzero(~seen[rows].all(axis=0)):
            held = seen[rows, channel].any()
            filled[rows, channel] = one(panel.values[rows, channel]) if held else means[channel]
    return filled


def interpolated(values: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
    """Linear interpolation, the nearest value at the ends."""
    seen = np.flatnonzero(~np.isnan(values))
    return np.interp(np.arange(len(values)), seen, values[seen])


def _moving_average(values: Float[np.ndarray, " time"], season: int) -> Float[np.ndarray, " time"]:
    """The centred mean over one season, with half weights at both ends if the season is even.
    Invalid within half a season of the ends."""
    window = np.ones(season) if season % 2 else np.concatenate([[0.5], np.ones(season - 1), [0.5]])
    return np.convolve(values, window / season, "same")
