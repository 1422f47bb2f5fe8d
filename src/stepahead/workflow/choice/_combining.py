"""Weights and interval widths of a combination, learned from errors at rolling origins."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from ..._types import Prediction
from ...data import Panel
from ...evaluation import Backtest
from ...forecasting import LEVELS, width_factors, within_range

CUT = 1.3
"""Members whose error is more than this times the smallest get no weight."""

POWER = 4
"""Weights are inverse errors to this power."""

PRIOR_ORIGINS = 4
"""Origins that the error over all series counts for, beside those of the series itself."""

PRIOR_FORECASTS = 8
"""Forecasts of a whole horizon that were as wide as they had to be, counted beside those seen."""

PRIOR_ERRORS = 30
"""Errors that the widths of all steps together count for, beside those of the step itself."""

NARROWEST, WIDEST = 0.4, 4.0
"""The smallest and the largest factor of an interval width."""

TAILS = 0.75
"""The least that the factor of the 95 % interval is of that of the 80 %: normal quantiles keep
their order from 0.71 on."""


class Weights(NamedTuple):
    """Weights that sum to 1: of each series, and of all together."""

    series: Float[np.ndarray, "series member"]
    shared: Float[np.ndarray, " member"]


def combination_weights(loss: Float[np.ndarray, "member origin series horizon"]) -> Weights:
    """Weights from scaled absolute errors, NaN where nothing came.

    With ē_m the mean error of member m over all series and e_sm over n origins of series s, the
    series' error is shrunk, (n·e_sm + n₀·ē_m) / (n + n₀) with n₀ = 4, and its weights are in
    proportion to the inverse fourth power; members with ē_m > 1.3 · min ē get none. Without any
    error all members weigh the same.

    >>> loss = np.array([1.0, 1.1, 3.0])[:, None, None, None] * np.ones((1, 4, 2, 3))
    >>> combination_weights(loss).shared.round(2).tolist()
    [0.59, 0.41, 0.0]
    """
    overall = _mean(loss, (1, 2, 3))
    if not np.isfinite(overall).any():
        equal = np.full(len(loss), 1 / len(loss))
        return Weights(np.tile(equal, (loss.shape[2], 1)), equal)
    least = np.nanmin(overall)
    usable = np.isfinite(overall) & (overall <= CUT * least)
    overall = np.where(usable, overall, np.nan)
    own = _mean(loss, (1, 3))
    origins = np.isfinite(loss).any(axis=3).sum(axis=1)
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


def _mean(loss: np.ndarray, axis: tuple[int, ...]) -> np.ndarray:
    """The mean without NaN; NaN where there is nothing."""
    count = np.isfinite(loss).sum(axis=axis)
    total = np.nansum(loss, axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def interval_widths(
    error: Float[np.ndarray, "origin series horizon"],
    away: Float[np.ndarray, "origin series horizon quantile"],
    probabilities: Sequence[float],
) -> Float[np.ndarray, "horizon level"]:
    """Factors by step ahead, by which the distances `away` of the quantiles from the forecast
    should have been multiplied for each interval of `forecasting.LEVELS` to hold as often as it
    says, over all origins and series.

    `error` is actual − forecast, NaN where nothing came. Of n ratios of an error to the distance of
    the interval's end on its side, the factor of level p is the quantile at p (n + 1) / n (split
    conformal). That of a step is shrunk towards that of all steps by its n errors, n / (n + 30),
    and this towards 1 by 8 forecasts; both are bounded by 0.4 and 4.

    >>> error = np.random.default_rng(0).normal(size=(400, 1, 1))
    >>> narrow = np.tile([-0.98, -0.64, 0.64, 0.98], (400, 1, 1, 1))  # half as wide as needed
    >>> interval_widths(error, narrow, (0.025, 0.1, 0.9, 0.975)).round(1).tolist()
    [[2.0, 2.0]]
    """
    seen = np.isfinite(error).sum(axis=(0, 1))
    forecasts = seen.sum() / len(seen)
    found = []
    for level in LEVELS:
        low, high = (
            int(np.argmin(np.abs(np.asarray(probabilities) - (0.5 + side * level / 200))))
            for side in (-1, 1)
        )
        reach = np.where(error > 0, away[..., high], -away[..., low])
        ratio = np.where(error == 0, 0.0, np.abs(error) / np.maximum(reach, 1e-300))
        every = np.log(_factor(ratio, level)) * forecasts / (forecasts + PRIOR_FORECASTS)
        step = np.log([_factor(ratio[..., k], level) for k in range(len(seen))])
        found.append(np.exp((seen * step + PRIOR_ERRORS * every) / (seen + PRIOR_ERRORS)))
    inner, outer = found
    return np.stack([inner, np.maximum(outer, TAILS * inner)], axis=1)


def _factor(ratio: np.ndarray, level: float) -> float:
    """The ratio that so many percent of them do not exceed; 1 without any."""
    known = ratio[~np.isnan(ratio)]
    if not len(known):
        return 1.0
    share = min(1.0, level / 100 * (1 + 1 / len(known)))
    return float(np.clip(np.quantile(known, share), NARROWEST, WIDEST))


class Members(NamedTuple):
    """Forecasts of several models at the origins of a backtest, and their scaled absolute errors,
    NaN where nothing came."""

    mean: Float[np.ndarray, "member origin series horizon channel"]
    quantiles: Float[np.ndarray, "member origin series horizon channel quantile"]
    loss: Float[np.ndarray, "member origin series horizon"]

    @classmethod
    def of(cls, report: Backtest, names: Sequence[str]) -> "Members":
        """The forecasts of these models."""
        mean = np.stack([report.mean[name] for name in names])
        error = np.where(report.counted, np.abs(report.actual - mean), np.nan) / _scale(report)
        count = np.isfinite(error).sum(axis=-1)
        loss = np.where(count > 0, np.nansum(error, axis=-1) / np.maximum(count, 1), np.nan)
        return cls(mean, np.stack([report.quantiles[name] for name in names]), loss)

    def weighted(
        self, weights: Float[np.ndarray, "series member"], origin: int | slice
    ) -> tuple[np.ndarray, np.ndarray]:
        """The weighted mean, and the distances of its quantiles from it, at some origins."""
        mean = np.einsum("sm,m...shc->...shc", weights, self.mean[:, origin])
        ends = np.einsum("sm,m...shcq->...shcq", weights, self.quantiles[:, origin])
        return mean, ends - mean[..., None]

    def median(self, origin: int) -> tuple[np.ndarray, np.ndarray]:
        """The same of the members' median, which a few bad members do not move."""
        mean = np.median(self.mean[:, origin], axis=0)
        return mean, np.median(self.quantiles[:, origin], axis=0) - mean[..., None]


def learned(
    report: Backtest, names: Sequence[str]
) -> tuple[Weights, Float[np.ndarray, "horizon level"]]:
    """The weights and the interval widths of the combination of these models, learned from all
    origins."""
    members = Members.of(report, names)
    weights = combination_weights(members.loss)
    mean, away = members.weighted(weights.series, slice(None))
    every = np.ones((len(mean), report.horizon), bool)
    return weights, _widths(report, mean, away, every, names)


def combined(
    report: Backtest,
    names: Sequence[str],
    name: str,
    history: Panel,
) -> Backtest:
    """The report with the combination of these models added as one more model; its forecasts stay
    within the range of `history` (`forecasting.within_range`).

    At each origin its weights and widths are those that had been learned by then: from errors at
    earlier origins, of steps that had come; where none had, it is the median of the models. So its
    errors are those of a forecaster that learns as it goes, and no origin judges weights that it
    chose.
    """
    members = Members.of(report, names)
    mean, away = np.zeros_like(members.mean[0]), np.zeros_like(members.quantiles[0])
    bounded, quantiles = np.zeros_like(mean), np.zeros_like(away)
    at = report.probabilities[names[0]]
    for origin in range(len(mean)):
        known = _known(report, origin)
        loss = np.where(known[:, None], members.loss, np.nan)
        mean[origin], away[origin] = (
            members.weighted(combination_weights(loss).series, origin)
            if np.isfinite(loss).any()
            else members.median(origin)
        )
        wide = width_factors(_widths(report, mean, away, known, names), at)[:, None]
        ends = mean[origin][..., None] + wide * away[origin]
        done = within_range(Prediction(mean[origin], ends, at), history)
        bounded[origin], quantiles[origin] = done.mean, done.quantiles
    return replace(
        report,
        mean=report.mean | {name: bounded},
        quantiles=report.quantiles | {name: quantiles},
        probabilities=report.probabilities | {name: at},
    )


def _widths(
    report: Backtest, mean: np.ndarray, away: np.ndarray, known: np.ndarray, names: Sequence[str]
) -> Float[np.ndarray, "horizon level"]:
    """The interval widths, from errors at the origins and steps that are `known`."""
    there = report.counted & known[:, None, :, None]
    error = np.where(there, report.actual - mean, np.nan) / _scale(report)
    origins, _, horizon, _ = error.shape
    rows = np.moveaxis(error, 3, 2).reshape(origins, -1, horizon)
    apart = np.moveaxis(away / _scale(report)[..., None], 3, 2)
    at = report.probabilities[names[0]]
    return interval_widths(rows, apart.reshape(origins, -1, horizon, len(at)), at)


def _known(report: Backtest, origin: int) -> Bool[np.ndarray, "origin horizon"]:
    """A mask of the steps after each origin that had come at this one."""
    ahead = np.arange(1, report.horizon + 1)
    return ahead <= report.spacing * (origin - np.arange(len(report.origins)))[:, None]


def _scale(report: Backtest) -> Float[np.ndarray, "origin series 1 channel"]:
    """The scale of the errors: the MASE's, or 1 where that is undefined or 0."""
    return np.where(report.scale > 0, report.scale, 1.0)[:, :, None]
