"""The combination of models: at each origin of a backtest, and as learned from all origins."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from ..._types import Prediction
from ...data import Panel
from ...evaluation import Backtest
from ...forecasting import (
    ValueRange,
    pooled_quantiles,
    toward_median,
    width_factors,
    within_range,
)
from ._candidates import modelled
from ._steps import by_step
from ._together import ERRORS, Errors, least_error
from ._weights import Weights, combination_weights, mean_error, recency, same_season
from ._widths import interval_widths

MEDIAN_SHARE = 0.5
"""The place of the point forecast between the mean (0) and the median (1) of the mixture."""


class Members(NamedTuple):
    """Forecasts of several models at the origins of a backtest, and their scaled absolute errors
    (NaN for steps without an actual value)."""

    mean: Float[np.ndarray, "member origin series horizon channel"]
    quantiles: Float[np.ndarray, "member origin series horizon channel quantile"]
    loss: Float[np.ndarray, "member origin series horizon"]

    @classmethod
    def of(cls, report: Backtest, names: Sequence[str]) -> "Members":
        """The forecasts of these models."""
        mean = np.stack([report.mean[name] for name in names])
        quantiles = np.stack([report.quantiles[name] for name in names])
        return cls(mean, quantiles, _loss(report, mean))

    def weighted(
        self,
        weights: Float[np.ndarray, "*origin series horizon member"],
        origins: slice | Bool[np.ndarray, " origin"],
        at: tuple[float, ...],
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the weighted mean of the members at some origins, and the distances of the
        quantiles of their mixture from it. The quantiles are those of the probabilities `at`;
        `weights` are the same for all these origins, or one set for each."""
        used = weights.any(axis=tuple(range(weights.ndim - 1)))
        weights, quantiles = weights[..., used], self.quantiles[used][:, origins]
        mean = np.einsum("...shm,m...shc->...shc", weights, self.mean[used][:, origins])
        each = np.broadcast_to(weights, (*quantiles.shape[1:-2], weights.shape[-1]))
        return mean, pooled_quantiles(each, quantiles, at, at) - mean[..., None]

    def weighted_by_origin(
        self, weights: Float[np.ndarray, "origin series horizon member"], at: tuple[float, ...]
    ) -> tuple[np.ndarray, np.ndarray]:
        """As `weighted`, for every origin with its own weights; 0 if all of them are 0."""
        mean, away = np.zeros_like(self.mean[0]), np.zeros_like(self.quantiles[0])
        used = np.any(weights, axis=(1, 2))
        for those in np.unique(used[np.any(used, axis=1)], axis=0):  # many origins at a time
            alike = (used == those).all(axis=1)
            mean[alike], away[alike] = self.weighted(weights[alike], alike, at)
        return mean, away

    def median(self, origin: int) -> tuple[np.ndarray, np.ndarray]:
        """As `weighted`, for the median of the members, which a few bad ones do not affect."""
        mean = np.median(self.mean[:, origin], axis=0)
        return mean, np.median(self.quantiles[:, origin], axis=0) - mean[..., None]


def learned(
    report: Backtest, names: Sequence[str], history: Panel
) -> tuple[Weights, Float[np.ndarray, "horizon level"]]:
    """Return the weights and the interval widths of the combination of these models of `history`,
    learned from all origins.

    Widths come from errors that did not determine the weights: at each origin the models are
    weighted by their errors at other origins, if possible those that share no step with it. A
    single origin uses its own errors.
    """
    members, origins = Members.of(report, names), len(report.origins)
    every, season = np.ones((origins, report.horizon), bool), _long_season(history, report)
    sizes = origins, report.spacing, report.horizon
    recent, last = recency(*sizes, origins - 1), (origins - 1) * report.spacing

    def counts_for(start: int) -> np.ndarray:
        return recent * same_season(*sizes, start, season)

    weights = _weights(report, members, every, counts_for(last + report.horizon))
    at = report.probabilities[names[0]]
    others = [
        _weights(report, members, _apart(report, k), counts_for(k * report.spacing)).at_steps(
            report.horizon
        )
        for k in range(origins)
    ]
    mean, away = members.weighted_by_origin(np.stack(others), at)
    whole = ValueRange.of(history).counts
    seen = every, counts_for(last + report.horizon)
    return weights, _widths(report, mean, away, seen, at, whole)


def combined(
    report: Backtest,
    names: Sequence[str],
    name: str,
    history: Panel,
) -> Backtest:
    """Return the report with the combination of these models as one more model. Its forecasts stay
    within the range of `history` (`forecasting.within_range`).

    At each origin the combination has the weights and widths that were learned from earlier
    origins, and only from steps that had been observed by then. If there were none, it is the
    median of the models. The point forecast lies halfway between the mean and the median of the
    mixture, if medians of the models are known. So the errors are those of a forecaster that learns
    over time, and no origin evaluates weights that it helped to choose.
    """
    members = Members.of(report, names)
    at, seen = report.probabilities[names[0]], ValueRange.of(history)
    season = _long_season(history, report)
    weights = np.zeros((*members.mean.shape[1:4], len(names)))
    for origin in range(len(weights)):
        known, recent = _seen_by(report, origin, season)
        if np.isfinite(np.where(known[:, None], members.loss, np.nan)).any():
            found = _weights(report, members, known, recent)
            weights[origin] = found.at_steps(report.horizon)
    mean, away = members.weighted_by_origin(weights, at)
    for origin in range(len(weights)):
        if not weights[origin].any():
            mean[origin], away[origin] = members.median(origin)
    bounded, quantiles = np.zeros_like(mean), np.zeros_like(away)
    for origin in range(len(mean)):
        known, recent = _seen_by(report, origin, season)
        wide = width_factors(_widths(report, mean, away, (known, recent), at, seen.counts), at)
        wide = wide[:, None]
        ends, point = mean[origin][..., None] + wide * away[origin], mean[origin]
        if 0.5 in at:
            point = toward_median(point, ends[..., at.index(0.5)], MEDIAN_SHARE, seen)
        done = within_range(Prediction(point, ends, at), seen)
        bounded[origin], quantiles[origin] = done.mean, done.quantiles
    return replace(
        report,
        mean=report.mean | {name: bounded},
        quantiles=report.quantiles | {name: quantiles},
        probabilities=report.probabilities | {name: at},
    )


def _weights(
    report: Backtest,
    members: Members,
    known: Bool[np.ndarray, "origin horizon"],
    recent: Float[np.ndarray, " origin"],
) -> Weights:
    """The weights, from the errors at the origins and steps that are `known`: by inverse errors,
    the more errors there are the nearer to those of the least error of the combination itself, and
    by step. The first member, which is the simplest, gets all the weight if its error is smaller
    than that of the combination."""
    loss = np.where(known[:, None], members.loss, np.nan)
    weights = combination_weights(loss, recent)
    weights = least_error(weights, *_errors(report, members, known, recent))
    weights = by_step(weights, loss, recent, report.spacing)
    mean = np.einsum("shm,moshc->oshc", weights.at_steps(report.horizon), members.mean)
    together = np.where(known[:, None], _loss(report, mean), np.nan)
    every = (0, 1, 2)
    if not mean_error(loss[0], recent, every) < mean_error(together, recent, every):
        return weights
    first = np.zeros_like(weights.shared)
    first[0] = 1.0
    return Weights(np.tile(first, (len(weights.series), 1)), first)


def _errors(
    report: Backtest,
    members: Members,
    known: Bool[np.ndarray, "origin horizon"],
    recent: Float[np.ndarray, " origin"],
) -> tuple[Errors, float]:
    """Scaled errors of the members at known origins and steps, evenly sampled, and the number of
    non-overlapping origins that would carry as much information."""
    there = report.counted & known[:, None, :, None]
    places = np.flatnonzero(there)
    places = places[:: max(1, -(-len(places) // ERRORS))]
    origin, series, step, channel = np.unravel_index(places, there.shape)
    error = members.mean[:, origin, series, step, channel] - report.actual.ravel()[places]
    error /= _scale(report)[origin, series, 0, channel]
    some = there.any(axis=(1, 2, 3)) * recent
    apart = min(1.0, report.spacing / report.horizon)
    return Errors(error, recent[origin], series), float(some.sum() * apart)


def _widths(
    report: Backtest,
    mean: np.ndarray,
    away: np.ndarray,
    seen: tuple[np.ndarray, np.ndarray],
    at: tuple[float, ...],
    whole: Bool[np.ndarray, "series channel"],
) -> Float[np.ndarray, "horizon level"]:
    """The interval widths, from the errors at known origins and steps; `seen` holds the mask of
    these and the recency of each origin. Bounds of series of `whole` numbers will be rounded, so
    they count as covering values up to a half beyond them."""
    known, recent = seen
    # Overlapping forecasts share errors: an origin counts for the part of a horizon between it and
    # the next.
    part = recent * min(1.0, report.spacing / report.horizon)
    there = report.counted & known[:, None, :, None]
    error = np.where(there, report.actual - mean, np.nan)
    beyond = np.where(whole, 0.5, 0.0)[:, None]
    error = np.sign(error) * np.maximum(np.abs(error) - beyond, 0.0) / _scale(report)
    origins, _, horizon, _ = error.shape
    rows = np.moveaxis(error, 3, 2).reshape(origins, -1, horizon)
    apart = np.moveaxis(away / _scale(report)[..., None], 3, 2)
    return interval_widths(rows, apart.reshape(origins, -1, horizon, len(at)), at, part)


def _loss(
    report: Backtest, mean: Float[np.ndarray, "*member origin series horizon channel"]
) -> Float[np.ndarray, "*member origin series horizon"]:
    """Scaled absolute errors, averaged over channels; NaN for steps without an actual value."""
    error = np.where(report.counted, np.abs(report.actual - mean), np.nan) / _scale(report)
    count = np.isfinite(error).sum(axis=-1)
    return np.where(count > 0, np.nansum(error, axis=-1) / np.maximum(count, 1), np.nan)


def _seen_by(
    report: Backtest, origin: int, season: int
) -> tuple[Bool[np.ndarray, "origin horizon"], Float[np.ndarray, " origin"]]:
    """The mask of the errors observed by an origin, and the weight of each origin there."""
    sizes = len(report.origins), report.spacing, report.horizon
    recent = recency(*sizes, origin - 1) * same_season(*sizes, origin * report.spacing, season)
    return _known(report, origin), recent


def _long_season(history: Panel, report: Backtest) -> int:
    """The longest detected season if it is longer than the horizon, else 1."""
    if max(history.frequency.seasons, default=1) <= report.horizon:
        return 1
    return max(modelled(history, report.horizon), default=1)


def _apart(report: Backtest, origin: int) -> Bool[np.ndarray, "origin horizon"]:
    """A mask of the steps that share none with the horizon of this origin. If there are none, the
    mask has the steps after all other origins; a single origin has its own."""
    away = np.abs(np.arange(len(report.origins)) - origin) * report.spacing
    used = away >= report.horizon
    if not used.any():
        used = (away > 0) | (len(away) == 1)
    return np.repeat(used[:, None], report.horizon, axis=1)


def _known(report: Backtest, origin: int) -> Bool[np.ndarray, "origin horizon"]:
    """A mask of the steps after each origin that had been observed by this one."""
    ahead = np.arange(1, report.horizon + 1)
    return ahead <= report.spacing * (origin - np.arange(len(report.origins)))[:, None]


def _scale(report: Backtest) -> Float[np.ndarray, "origin series 1 channel"]:
    """The scale of the errors: that of the MASE, or 1 if it is undefined or 0."""
    return np.where(report.scale > 0, report.scale, 1.0)[:, :, None]
