"""Weights of a combination by inverse errors at rolling origins."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ...forecasting import weights_at_steps

CUT = 1.6
"""Members whose error is more than this multiple of the smallest get no weight."""

POWER = 6
"""The power of the inverse errors."""

PRIOR_ORIGINS = 4
"""The number of origins that the mean error over all series counts for when the error of one series
is shrunk towards it."""

HALF_LIFE = 10
"""The age, in horizons, at which an origin has half the weight of the newest."""

ELSEWHERE = 0.25
"""The weight of an origin at another place of a season that is longer than the horizon."""


class Weights(NamedTuple):
    """Weights of the members for each series, for all together (`shared`), and factors by which
    they differ from step to step, if they do (`steps`)."""

    series: Float[np.ndarray, "series member"]
    shared: Float[np.ndarray, " member"]
    steps: Float[np.ndarray, "horizon member"] | None = None

    def at_steps(self, horizon: int) -> Float[np.ndarray, "series horizon member"]:
        """The weights of each series at each step ahead, which sum to 1."""
        return weights_at_steps(self.series, self.steps, horizon)


def recency(origins: int, spacing: int, horizon: int, newest: int) -> Float[np.ndarray, " origin"]:
    """Return the weight of each origin: 1 for origin number `newest` and later ones, half for an
    origin ten horizons earlier.

    >>> recency(3, spacing=20, horizon=4, newest=2).round(2).tolist()
    [0.5, 0.71, 1.0]
    """
    age = np.maximum(newest - np.arange(origins), 0) * spacing / horizon
    return np.asarray(0.5 ** (age / HALF_LIFE))


def same_season(
    origins: int, spacing: int, horizon: int, start: int, season: int
) -> Float[np.ndarray, " origin"]:
    """Return the weight of each origin for a forecast that begins `start` steps after the oldest
    one, if a season is longer than the horizon.

    The errors of a Sunday say little about a Monday. With d the distance, in steps around the
    season, between the places of the origin and of the forecast, w = ¼ + ¾ · max(0, 1 − d/horizon):
    1 at the same place, a quarter if the two horizons do not overlap within the season. The weights
    are scaled so that their sum over the origins before the forecast is the effective number of
    origins, (Σw)² / Σw². If the season fits into the horizon, all weights are 1.

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
) -> Weights:
    """Return the weights of the members from scaled absolute errors (NaN for steps without an
    actual value).

    With ē_m the mean error of member m over all series and e_sm that over n origins of series s,
    the error of the series is shrunk to (n·e_sm + n₀·ē_m) / (n + n₀) with n₀ = 4. Its weights are
    proportional to the inverse of that to the sixth power; members with ē_m > 1.6 · min ē get
    none. If there is no error at all, all weights are equal. In means and in n an origin has its
    weight in `recent`, by default 1.

    >>> loss = np.array([1.0, 1.1, 3.0])[:, None, None, None] * np.ones((1, 4, 2, 3))
    >>> combination_weights(loss).shared.round(2).tolist()
    [0.64, 0.36, 0.0]
    """
    part = np.ones(loss.shape[1]) if recent is None else recent
    overall = mean_error(loss, part, (1, 2, 3))
    if not np.isfinite(overall).any():
        equal = np.full(len(loss), 1 / len(loss))
        return Weights(np.tile(equal, (loss.shape[2], 1)), equal)
    least = np.nanmin(overall)
    usable = np.isfinite(overall) & (overall <= CUT * least)
    overall = np.where(usable, overall, np.nan)
    own = mean_error(loss, part, (1, 3))
    origins = (np.isfinite(loss).any(axis=3) * part[:, None]).sum(axis=1)
    prior = overall[:, None]
    shrunk = (np.where(origins, origins * own, 0.0) + PRIOR_ORIGINS * prior) / (
        origins + PRIOR_ORIGINS
    )
    return Weights(_inverse(shrunk).T, _inverse(prior)[:, 0])


def _inverse(error: Float[np.ndarray, "member column"]) -> Float[np.ndarray, "member column"]:
    """Weights of each column, proportional to a power of the inverse errors; members with error 0
    share all the weight equally."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.nanmin(error, axis=0) / error
    ratio = np.where(np.isnan(error), 0.0, np.where(np.isnan(ratio), 1.0, ratio)) ** POWER
    return ratio / ratio.sum(axis=0)


def mean_error(
    loss: Float[np.ndarray, "*member origin series horizon"],
    recent: Float[np.ndarray, " origin"],
    axis: tuple[int, ...],
) -> np.ndarray:
    """Return the mean error over these axes, without NaN, each origin with its weight; NaN if all
    are NaN."""
    known, part = np.isfinite(loss), recent[:, None, None]
    count = (known * part).sum(axis=axis)
    total = np.where(known, loss * part, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.where(count > 0, count, 1.0), np.nan)
