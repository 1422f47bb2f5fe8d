"""Conformal quantiles: quantiles of the next forecast error, from past errors."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from .._check import Refusal, counted

Residuals = Float[np.ndarray, "origin series horizon channel"]


def conformal_quantiles(
    residuals: Residuals, probabilities: Sequence[float], *, spacing: int = 1, gain: float = 0.0
) -> Float[np.ndarray, "horizon channel quantile"]:
    """Return the quantiles at `probabilities` of the next residual (actual − forecast), by step
    ahead, from past residuals.

    Residuals of all origins and series are pooled for each step (scale them first); NaN marks
    missing ones. With n residuals, the quantile at τ is the ⌈(n + 1)τ⌉-th smallest above the median
    and the ⌊(n + 1)τ⌋-th below. If the next residual is exchangeable with them, it is below the
    quantile with probability at least τ (at most τ, below the median). Too few residuals, so that a
    rank is outside 1 … n, are refused.

    With `gain` γ > 0 probabilities adapt to drift. Along the origins, oldest first and `spacing`
    steps apart, each τ has a current value τ_t, which changes by γ·(τ − share of the residuals at t
    below the quantile at τ_t) once these residuals are observed, k steps later; the result is the
    quantile at the final τ_t. The quantile stays within the range of the residuals: a τ_t outside
    (0, 1) gives the smallest or the largest of them.

    Sources: Vovk, Gammerman, Shafer 2005; Lei et al. 2018 (split conformal); Gibbs and Candès 2021
    (adaptive, here one τ at a time).

    >>> r = np.arange(1.0, 20.0).reshape(19, 1, 1, 1)
    >>> conformal_quantiles(r, (0.05, 0.5, 0.95)).ravel().tolist()
    [1.0, 10.0, 19.0]
    >>> conformal_quantiles(
    ...     np.concatenate([r, r[:5] + 40]), (0.5,), gain=0.2
    ... ).item() > conformal_quantiles(r, (0.5,)).item()
    True
    """
    _refuse_few(residuals, probabilities)
    _, _, horizon, channels = residuals.shape
    quantiles = np.empty((horizon, channels, len(probabilities)))
    for k, channel in np.ndindex(horizon, channels):
        seen = residuals[:, :, k, channel]
        for place, probability in enumerate(probabilities):
            # A residual k + 1 steps ahead is known ⌈(k + 1)/spacing⌉ origins later.
            delay = -(-(k + 1) // spacing)
            adapted = _adapted(seen, probability, delay, gain) if gain else probability
            quantiles[k, channel, place] = _quantile(_known(seen), adapted)
    # Each probability adapts separately, so that quantiles could cross: sort them.
    return np.sort(quantiles, axis=-1)


def _adapted(
    seen: Float[np.ndarray, "origin series"], probability: float, delay: int, gain: float
) -> float:
    """The adapted probability after all origins; the residuals of an origin are known `delay`
    origins later."""
    below = np.full(len(seen), np.nan)
    adapted = probability
    for origin in range(len(seen) + delay):
        # First apply the update that is known by now, then take the quantile at this origin: in the
        # other order an origin would use residuals from its own future.
        if origin >= delay and not np.isnan(below[origin - delay]):
            adapted += gain * (probability - below[origin - delay])
        before = _known(seen[: max(origin - delay + 1, 0)])
        if origin < len(seen) and len(before):
            now = _known(seen[origin])
            below[origin] = np.mean(now < _quantile(before, adapted)) if len(now) else np.nan
    return adapted


def _known(seen: np.ndarray) -> Float[np.ndarray, " residual"]:
    """The residuals that are not missing, in ascending order."""
    return np.sort(seen[~np.isnan(seen)])


def _quantile(ordered: Float[np.ndarray, " residual"], probability: float) -> float:
    rank = (len(ordered) + 1) * probability
    if abs(probability - 0.5) < 1e-9:
        return float(np.median(ordered))
    # Rounded away from the median, so that coverage is at least nominal; 1e-9 for ranks that
    # rounding errors moved off a whole number.
    chosen = np.ceil(rank - 1e-9) if probability > 0.5 else np.floor(rank + 1e-9)
    return float(ordered[int(np.clip(chosen, 1, len(ordered))) - 1])


def _refuse_few(residuals: Residuals, probabilities: Sequence[float]) -> None:
    """Refuse fewer residuals at a step than the outermost probability needs."""
    count = int((~np.isnan(residuals)).sum(axis=(0, 1)).min()) if residuals.size else 0
    outermost = min(
        (min(probability, 1 - probability) for probability in probabilities), default=0.5
    )
    needed = int(np.ceil(1 / outermost - 1 - 1e-9))
    if count < needed:
        raise Refusal(
            f"An interval of {100 * (1 - 2 * outermost):g} % needs at least {needed} forecast "
            "errors at every step ahead, but there are "
            f"{count} ({counted(residuals.shape[0], 'origin')}, {residuals.shape[1]} series). Give "
            "more series, more `windows`, or a "
            "lower level."
        )
