"""Weights of a combination, learned from errors at rolling origins."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

CUT = 1.3
"""Members whose error is more than this times the smallest get no weight."""

POWER = 4
"""Weights are inverse errors to this power."""

PRIOR_ORIGINS = 4
"""Origins that the error over all series counts for, beside those of the series itself."""

HALF_LIFE = 6
"""Horizons after which an origin counts half as much as the newest."""

ELSEWHERE = 0.25
"""The part for which an origin counts whose steps lie in another part of a season that is longer
than the horizon."""


class Weights(NamedTuple):
    """Weights that sum to 1: of each series, and of all together."""

    series: Float[np.ndarray, "series member"]
    shared: Float[np.ndarray, " member"]


def recency(origins: int, spacing: int, horizon: int, newest: int) -> Float[np.ndarray, " origin"]:
    """The part for which each origin counts: 1 for the newest (by its number) and later ones, half
    for one that lies six horizons before it.

    >>> recency(3, spacing=12, horizon=4, newest=2).round(2).tolist()
    [0.5, 0.71, 1.0]
    """
    age = np.maximum(newest - np.arange(origins), 0) * spacing / horizon
    return np.asarray(0.5 ** (age / HALF_LIFE))


def same_season(
    origins: int, spacing: int, horizon: int, start: int, season: int
) -> Float[np.ndarray, " origin"]:
    """The part for which each origin counts for a forecast that begins `start` steps after the
    oldest, where a season is longer than the horizon.

    Errors on a Sunday tell little of a Monday. With d the steps between the places in the season
    at which the origin and the forecast lie, on the shorter way, w = ¼ + ¾ · max(0, 1 − d/horizon):
    1 at the same place, a quarter where no step shares its place. All are scaled so that their sum
    over the origins before the forecast is the number of equal ones that would tell as much,
    (Σw)² / Σw². A season that fits into the horizon changes nothing.

    >>> same_season(8, spacing=24, horizon=24, start=192, season=168).round(
    ...     2
    ... ).tolist()  # 8 days of hours
    [0.48, 1.91, 0.48, 0.48, 0.48, 0.48, 0.48, 0.48]
    """
    if season <= horizon:
        return np.ones(origins)
    began = spacing * np.arange(origins)
    apart = (start - began) % season
    shared = 1 - np.minimum(apart, season - apart) / horizon
    part = ELSEWHERE + (1 - ELSEWHERE) * np.maximum(shared, 0.0)
    seen = part[began < start]
    return np.asarray(part * (seen.sum() / (seen**2).sum() if len(seen) else 1.0))


def combination_weights(
    loss: Float[np.ndarray, "member origin series horizon"],
    recent: Float[np.ndarray, " origin"] | None = None,
    cut: float = CUT,
) -> Weights:
    """Weights from scaled absolute errors, NaN where nothing came.

    With ē_m the mean error of member m over all series and e_sm over n origins of series s, the
    series' error is shrunk, (n·e_sm + n₀·ē_m) / (n + n₀) with n₀ = 4, and its weights are in
    proportion to the inverse fourth power; members with ē_m > cut · min ē get none. Without any
    error all members weigh the same. In means and in n an origin counts for its part in `recent`,
    by default 1.

    >>> loss = np.array([1.0, 1.1, 3.0])[:, None, None, None] * np.ones((1, 4, 2, 3))
    >>> combination_weights(loss).shared.round(2).tolist()
    [0.59, 0.41, 0.0]
    """
    part = np.ones(loss.shape[1]) if recent is None else recent
    overall = mean_error(loss, part, (1, 2, 3))
    if not np.isfinite(overall).any():
        equal = np.full(len(loss), 1 / len(loss))
        return Weights(np.tile(equal, (loss.shape[2], 1)), equal)
    least = np.nanmin(overall)
    usable = np.isfinite(overall) & (overall <= cut * least)
    overall = np.where(usable, overall, np.nan)
    own = mean_error(loss, part, (1, 3))
    origins = (np.isfinite(loss).any(axis=3) * part[:, None]).sum(axis=1)
    prior = overall[:, None]
    shrunk = (np.where(origins, origins * own, 0.0) + PRIOR_ORIGINS * prior) / (
        origins + PRIOR_ORIGINS
    )
    return Weights(_inverse(shrunk).T, _inverse(prior)[:, 0])


def _inverse(error: Float[np.ndarray, "member column"]) -> Float[np.ndarray, "member column"]:
    """Weights of each column, in proportion to inverse errors to the power; equal among members
    without any error."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.nanmin(error, axis=0) / error
    ratio = np.where(np.isnan(error), 0.0, np.where(np.isnan(ratio), 1.0, ratio)) ** POWER
    return ratio / ratio.sum(axis=0)


def mean_error(
    loss: Float[np.ndarray, "*member origin series horizon"],
    recent: Float[np.ndarray, " origin"],
    axis: tuple[int, ...],
) -> np.ndarray:
    """The mean over axes, without NaN, each origin for its part; NaN where there is nothing."""
    known, part = np.isfinite(loss), recent[:, None, None]
    count = (known * part).sum(axis=axis)
    total = np.where(known, loss * part, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.where(count > 0, count, 1.0), np.nan)
