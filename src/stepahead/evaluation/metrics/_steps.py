"""Error by step ahead: measured, and predicted by formula."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from ..._check import Refusal, whole
from ._counting import Score, Values
from ._metrics import mse


def error_by_step(
    actual: Values,
    forecast: Values,
    metric: Callable[..., Score] = mse,
) -> Float[np.ndarray, " horizon"]:
    """Return the error of `[origin, horizon, ...]` at every step ahead: entry k−1 is `metric` over
    all forecasts k steps ahead.

    The second axis is the step ahead; the others (origins or series, channels) are averaged over.
    `metric` is `mae`, `mse`, `rmse`, `smape` or any function (actual, forecast, axis=...); the unit
    is the metric's. Missing actual values are left out; a step without any is NaN.

    >>> error_by_step(np.zeros((2, 3)), np.array([[1.0, 2.0, 3.0], [-1.0, 2.0, 5.0]])).tolist()
    [1.0, 4.0, 17.0]
    """
    if actual.ndim < 2:
        raise Refusal(
            f"`actual` must be [origin, horizon, ...], but it has the shape {actual.shape}. Put "
            "the step ahead on the second axis."
        )
    return np.asarray(metric(actual, forecast, axis=(0, *range(2, actual.ndim))))


def error_law(base: float, factor: float, horizon: int) -> Float[np.ndarray, " horizon"]:
    """Predict the growth of the error when predictions are fed back: ε_k = ε̄ + c·ε_{k−1}, ε_1 =
    ε̄, for k = 1 … horizon.

    `base` is ε̄, the error of one step; `factor` is c ≥ 0, by how much a step multiplies the error
    of its input (for instance the mean slope of the fitted model). Solved: ε̄·(1−cᵏ)/(1−c), and
    k·ε̄ for c = 1; below 1 it settles at ε̄/(1−c), above 1 it explodes. The unit is that of `base`.
    For an AR(1) with coefficient φ the law is exact for squared errors: base σ² and factor φ² give
    σ²(1−φ²ᵏ)/(1−φ²). Source: Zhang, Lipton, Li, Smola, Dive into Deep Learning, section 9.1.

    >>> error_law(1.0, 0.5, 4).tolist()
    [1.0, 1.5, 1.75, 1.875]
    """
    if not base >= 0 or not factor >= 0:
        raise Refusal(
            f"`base` and `factor` must be at least 0, but they are {base!r} and {factor!r}. Give "
            "sizes of errors, not signed ones."
        )
    return base * np.cumsum(float(factor) ** np.arange(whole("horizon", horizon)))
