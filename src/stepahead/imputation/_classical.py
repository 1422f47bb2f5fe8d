"""Interpolation: along a line, and along a line after the season is taken out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from .._check import Refusal, whole
from .._types import Key
from ..data import Panel

ROUNDS = 10
"""How often the season is estimated, each time with the gaps filled by the last one."""


NEAR = 10
"""Seasons on each side from which the season of a step is taken, so that it may change in time."""


@dataclass(frozen=True)
class Linear:
    """The line between the values on both sides; the nearest value at the ends of a series.

    A channel of which a series holds nothing gets its mean over all series.

    >>> panel = Panel.from_arrays([[np.nan, 1.0, np.nan, np.nan, 4.0]])
    >>> Linear().fill(panel)[:, 0].tolist()
    [1.0, 1.0, 2.0, 3.0, 4.0]
    """

    def fitted(self, panel: Panel, *, key: Key = 0) -> "Linear":
        """There is nothing to learn."""
        return self

    def fill(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """As `FittedImputer.fill`."""
        return by_series(panel, between)


@dataclass(frozen=True)
class Seasonal:
    """Linear interpolation of what is left when the season is taken out, and the season put back.

    The season of a step is the mean, over the same step of the `NEAR` seasons before and after, of
    the values seen less their centred moving average over one season; the average is taken again
    over what was filled, `ROUNDS` times. A series of which fewer than two seasons were seen is
    interpolated as it is. Source: seasonally adjusted interpolation as in Moritz & Bartz-Beielstein
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
        """There is nothing to learn from other series."""
        return self

    def fill(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """As `FittedImputer.fill`."""
        return by_series(panel, self._one)

    def _one(self, values: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
        m, line = self.season, between(values)
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
            filled = between(values - season) + season
        return filled


def _season(rest: Float[np.ndarray, " time"], m: int) -> Float[np.ndarray, " time"]:
    """The mean of what is left at the same place of the `NEAR` seasons before and after, of all
    where none is there; less its own mean."""
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
    """Every channel of every series by itself; where a series holds nothing of a channel, the
    channel's mean over all series."""
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


def between(values: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
    """Linear interpolation, the nearest value at the ends."""
    seen = np.flatnonzero(~np.isnan(values))
    return np.interp(np.arange(len(values)), seen, values[seen])


def _moving_average(values: Float[np.ndarray, " time"], season: int) -> Float[np.ndarray, " time"]:
    """The centred mean over one season, with half weights at both ends where it is even; it means
    nothing half a season from an end."""
    window = np.ones(season) if season % 2 else np.concatenate([[0.5], np.ones(season - 1), [0.5]])
    return np.convolve(values, window / season, "same")
