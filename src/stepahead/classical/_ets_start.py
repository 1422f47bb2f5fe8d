"""Initial level, growth and season, computed from many series."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int


class Begin(NamedTuple):
    """The initial states of a fit; `season` is by phase."""

    level: Float[np.ndarray, " series"]
    growth: Float[np.ndarray, " series"]
    season: Float[np.ndarray, "place series"]


def starts(
    values: Float[np.ndarray, "series time"],
    lengths: Int[np.ndarray, " series"],
    m: int,
    trend: str,
    season: str,
    factors: bool,
) -> tuple[Begin, Bool[np.ndarray, " series"]]:
    """As `native/series/ets_start.h`: return the season from the differences to a centred moving
    average, and level and growth from a line through the beginning of the remainder; and whether
    every phase of the season was observed."""
    count = len(values)
    of_place, whole = np.zeros((count, m)), np.ones(count, bool)
    plain = values
    place = np.arange(values.shape[1]) % m
    if season != "N" and m > 1 and values.shape[1] >= 2 * m:
        of_place, whole = season_of(values, lengths, m, season == "M")
        with np.errstate(all="ignore"):
            plain = values / of_place[:, place] if season == "M" else values - of_place[:, place]
    there = ~np.isnan(plain)
    there &= np.cumsum(there, axis=1) <= max(10, 2 * m if season != "N" else 0)
    when, value = np.arange(1.0, values.shape[1] + 1), np.where(there, plain, 0.0)
    n, time, times = there.sum(1), there @ when, there @ when**2
    total, product = value.sum(1), value @ when
    bottom = n * times - time**2
    slope = np.where(
        bottom > 0, (n * product - time * total) / np.where(bottom > 0, bottom, 1), 0.0
    )
    if trend == "N":
        return Begin(total / n, np.zeros(count), of_place.T), whole
    level = (total - slope * time) / n
    if factors:
        low = level <= 0
        level, slope = np.where(low, total / n, level), np.where(low, 0.0, slope)
    with np.errstate(all="ignore"):
        growth = np.clip(1 + slope / level, 0.2, 3.0) if trend == "M" else slope
    return Begin(level, growth, of_place.T), whole


def season_of(
    values: Float[np.ndarray, "series time"], lengths: Int[np.ndarray, " series"], m: int, by: bool
) -> tuple[Float[np.ndarray, "series place"], Bool[np.ndarray, " series"]]:
    """Return the mean difference of every phase of a season of `m` steps to a centred moving
    average (the mean ratio if `by` is True), and whether every phase was observed away from the
    ends."""
    there, half = ~np.isnan(values), m // 2
    weights = np.ones(2 * half + 1)
    if m % 2 == 0:
        weights[[0, -1]] = 0.5
    inside = slice(half, values.shape[1] - half)
    windows = np.lib.stride_tricks.sliding_window_view
    width = len(weights)
    level = windows(np.where(there, values, 0.0), width, axis=1) @ weights
    with np.errstate(all="ignore"):
        level = level / (windows(there, width, axis=1) @ weights)
        off = values[:, inside] / level if by else values[:, inside] - level
    time = np.arange(values.shape[1])[inside]
    kept = there[:, inside] & (time + half < lengths[:, None])
    at = (time % m)[:, None] == np.arange(m)
    seen = kept @ at.astype(float)
    mean = np.where(kept, off, 0.0) @ at / np.maximum(seen, 1)
    middle = mean.mean(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        season = np.maximum(mean / middle, 1e-2) if by else mean - middle
    return season, (seen > 0).all(axis=1)
