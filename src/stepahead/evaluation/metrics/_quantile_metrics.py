"""Metrics of a forecast distribution, given by its quantiles or by samples. The rules of `_metrics`
apply here too."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from ..._check import Refusal
from ._counting import (
    Axis,
    Mask,
    Score,
    Values,
    axes_of,
    counted_points,
    mean_where,
    probabilities_of,
)


def pinball(
    actual: Values,
    quantiles: Float[np.ndarray, "*axes quantile"],
    probabilities: Sequence[float],
    *,
    axis: Axis = None,
    mask: Mask = None,
) -> Float[np.ndarray, "*kept quantile"]:
    """Pinball loss by quantile, mean of (τ − 1[y < q])·(y − q), in the unit of the series; 0 is
    perfect, and at τ = 0.5 it is half the MAE.

    `probabilities` are the τ in (0, 1) of the last axis of `quantiles`; that axis is kept, and
    `axis` counts the axes of `actual`. A forecast too low by d costs τ·d, one too high (1−τ)·d.
    Source: Koenker and Bassett 1978. (Some authors print twice this.)

    >>> pinball(np.array([10.0]), np.array([[6.0, 14.0]]), [0.1, 0.9]).round(6).tolist()
    [0.4, 0.4]
    """
    tau = probabilities_of(probabilities, quantiles)
    counted = counted_points(
        actual[..., None] + np.zeros_like(tau), quantiles, None if mask is None else mask[..., None]
    )
    error = actual[..., None] - quantiles
    return np.asarray(
        mean_where(np.where(error < 0, tau - 1, tau) * error, counted, axes_of(axis, actual.ndim))
    )


def wql(
    actual: Values,
    quantiles: Float[np.ndarray, "*axes quantile"],
    probabilities: Sequence[float],
    *,
    axis: Axis = None,
    mask: Mask = None,
) -> Score:
    """Weighted quantile loss, mean over probabilities of 2·Σ pinball/Σ|y|, without unit; 0 is
    perfect.

    With the one probability 0.5 it is Σ|f − y|/Σ|y|. NaN where Σ|y| is 0. Source: Salinas et al.
    2020 (DeepAR), Park et al. 2022.

    >>> float(wql(np.array([10.0, 30.0]), np.array([[12.0], [28.0]]), [0.5]))
    0.1
    """
    loss = pinball(actual, quantiles, probabilities, axis=axis, mask=mask).mean(axis=-1)
    size = mean_where(np.abs(actual), counted_points(actual, actual, mask), axis)
    return np.where(size > 0, 2 * loss / np.where(size > 0, size, 1.0), np.nan)[()]


def crps_from_quantiles(
    actual: Values,
    quantiles: Float[np.ndarray, "*axes quantile"],
    probabilities: Sequence[float],
    *,
    axis: Axis = None,
    mask: Mask = None,
) -> Score:
    """Continuous ranked probability score, 2·∫ pinball dτ over τ in (0, 1), in the unit of the
    series; 0 is perfect.

    The integral is a sum over the given probabilities, in ascending order, each weighted by the
    part of (0, 1) that is nearest to it. With few of them, or none in the tails, the sum is coarse
    and too small. For a point forecast (one quantile) it is the MAE. Source: Gneiting and Raftery
    2007; Laio and Tamea 2007 for the integral.

    >>> grid = (np.arange(999) + 0.5) / 999
    >>> from scipy.special import ndtri
    >>> normal = float(crps_from_quantiles(np.zeros(1), ndtri(grid)[None], grid.tolist()))
    >>> exact = (np.sqrt(2) - 1) / np.sqrt(np.pi)  # a standard normal, judged at 0
    >>> bool(abs(normal - exact) < 1e-4)
    True
    """
    tau = probabilities_of(probabilities, quantiles)
    if (np.diff(tau) <= 0).any():
        raise Refusal(
            f"`probabilities` must rise, but they are {list(probabilities)!r}. Sort them, and the "
            "quantiles with them."
        )
    edges = np.concatenate([[0.0], (tau[1:] + tau[:-1]) / 2, [1.0]])
    return 2 * (
        pinball(actual, quantiles, probabilities, axis=axis, mask=mask) * np.diff(edges)
    ).sum(axis=-1)


def crps_from_samples(
    actual: Values,
    samples: Float[np.ndarray, "*axes path"],
    *,
    axis: Axis = None,
    mask: Mask = None,
) -> Score:
    """Continuous ranked probability score, mean|X − y| − ½·mean|X − X′| over samples X, in the unit
    of the series; 0 is perfect.

    The pairs X, X′ are all pairs of different samples, which makes the estimate unbiased (fair), so
    it can be slightly below 0. A single sample gives the MAE. Source: Gneiting and Raftery 2007;
    Ferro 2014 for the fair form.

    >>> float(crps_from_samples(np.array([0.0]), np.array([[-1.0, 1.0]])))
    0.0
    >>> float(crps_from_samples(np.array([3.0]), np.array([[1.0]])))
    2.0
    """
    count = samples.shape[-1]
    counted = counted_points(actual, samples.sum(axis=-1), mask)
    ranks = 2 * np.arange(count) - (count - 1)
    # ½·mean|X − X′| from the order statistics: O(n log n) where all pairs are O(n²).
    pairs = max(count * (count - 1), 1)
    apart = (np.sort(samples, axis=-1) * ranks).sum(axis=-1) / pairs
    return mean_where(np.abs(samples - actual[..., None]).mean(axis=-1) - apart, counted, axis)
