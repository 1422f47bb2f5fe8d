"""Interval widths of a combination, from its errors at rolling origins."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from ...forecasting import LEVELS

PRIOR_FORECASTS = 4
"""The prior towards unchanged widths, in forecasts of a whole horizon."""

PRIOR_ERRORS = 30
"""The number of errors that the widths of all steps together count for when the width of one step
is shrunk towards them."""

NARROWEST, WIDEST = 0.4, 4.0
"""The smallest and the largest factor of an interval width."""

TAILS = 0.75
"""The least ratio of the factor of the 95 % interval to that of the 80 % interval: normal quantiles
keep their order down to 0.71."""


def interval_widths(
    error: Float[np.ndarray, "origin series horizon"],
    away: Float[np.ndarray, "origin series horizon quantile"],
    probabilities: Sequence[float],
    recent: Float[np.ndarray, " origin"] | None = None,
) -> Float[np.ndarray, "horizon level"]:
    """Return, for each step ahead and each interval of `forecasting.LEVELS`, the factor by which
    the interval must be widened to have its nominal coverage over all origins and series.

    `away` holds the distances of the quantiles from the forecast; `error` is actual − forecast, NaN
    if there is no actual value. The ratio of each error to the distance of the bound on its side is
    computed, and the factor of level p is the quantile of the n ratios at p (n + 1) / n (split
    conformal prediction). The factor of a step is shrunk towards that of all steps with weight n /
    (n + 30), and that one towards 1 with a prior of 4 forecasts; both are limited to 0.4 to 4. An
    origin has its weight in `recent`, by default 1, and n is then the effective number of errors.

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
    """The weighted quantile of the ratios at this level in percent; 1 if there are none."""
    known = ~np.isnan(ratio)
    if not known.any():
        return 1.0
    order = np.argsort(ratio[known])
    values, mass = ratio[known][order], part[known][order]
    share = min(1.0, level / 100 * (1 + (mass**2).sum() / mass.sum() ** 2))
    # With equal masses these are NumPy's quantile positions 0, 1 / (n - 1), ...
    below = np.cumsum(mass) - (mass + mass[0]) / 2
    place = below / below[-1] if below[-1] > 0 else below
    return float(np.clip(np.interp(share, place, values), NARROWEST, WIDEST))
