"""Interval widths of a combination, learned from errors at rolling origins."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from ...forecasting import LEVELS

PRIOR_FORECASTS = 8
"""Forecasts of a whole horizon that were as wide as they had to be, counted beside those seen."""

PRIOR_ERRORS = 30
"""Errors that the widths of all steps together count for, beside those of the step itself."""

NARROWEST, WIDEST = 0.4, 4.0
"""The smallest and the largest factor of an interval width."""

TAILS = 0.75
"""The least that the factor of the 95 % interval is of that of the 80 %: normal quantiles keep
their order from 0.71 on."""


def interval_widths(
    error: Float[np.ndarray, "origin series horizon"],
    away: Float[np.ndarray, "origin series horizon quantile"],
    probabilities: Sequence[float],
    recent: Float[np.ndarray, " origin"] | None = None,
) -> Float[np.ndarray, "horizon level"]:
    """Factors by step ahead, by which the distances `away` of the quantiles from the forecast
    should have been multiplied for each interval of `forecasting.LEVELS` to hold as often as it
    says, over all origins and series.

    `error` is actual − forecast, NaN where nothing came. Of n ratios of an error to the distance of
    the interval's end on its side, the factor of level p is the quantile at p (n + 1) / n (split
    conformal). That of a step is shrunk towards that of all steps by its n errors, n / (n + 30),
    and this towards 1 by 8 forecasts; both are bounded by 0.4 and 4. An origin counts for its part
    in `recent`, by default 1, and n is then the number of equal ones that would tell as much.

    >>> error = np.random.default_rng(0).normal(size=(400, 1, 1))
    >>> narrow = np.tile([-0.98, -0.64, 0.64, 0.98], (400, 1, 1, 1))  # half as wide as needed
    >>> interval_widths(error, narrow, (0.025, 0.1, 0.9, 0.975)).round(1).tolist()
    [[2.0, 2.0]]
    """
    part = np.ones(len(error)) if recent is None else recent
    part = np.broadcast_to(part[:, None, None], error.shape)
    seen = np.where(np.isfinite(error), part, 0.0).sum(axis=(0, 1))
    forecasts = seen.sum() / len(seen)
    found = []
    for level in LEVELS:
        low, high = (
            int(np.argmin(np.abs(np.asarray(probabilities) - (0.5 + side * level / 200))))
            for side in (-1, 1)
        )
        reach = np.where(error > 0, away[..., high], -away[..., low])
        ratio = np.where(error == 0, 0.0, np.abs(error) / np.maximum(reach, 1e-300))
        every = np.log(_factor(ratio, part, level)) * forecasts / (forecasts + PRIOR_FORECASTS)
        step = np.log([_factor(ratio[..., k], part[..., k], level) for k in range(len(seen))])
        found.append(np.exp((seen * step + PRIOR_ERRORS * every) / (seen + PRIOR_ERRORS)))
    inner, outer = found
    return np.stack([inner, np.maximum(outer, TAILS * inner)], axis=1)


def _factor(ratio: np.ndarray, part: np.ndarray, level: float) -> float:
    """The ratio that so many percent of them do not exceed, each counted for its part; 1 without
    any."""
    known = ~np.isnan(ratio)
    if not known.any():
        return 1.0
    order = np.argsort(ratio[known])
    values, mass = ratio[known][order], part[known][order]
    share = min(1.0, level / 100 * (1 + (mass**2).sum() / mass.sum() ** 2))
    # Of equal masses these are the places 0, 1 / (n - 1), ... of NumPy's quantile.
    below = np.cumsum(mass) - (mass + mass[0]) / 2
    place = below / below[-1] if below[-1] > 0 else below
    return float(np.clip(np.interp(share, place, values), NARROWEST, WIDEST))
