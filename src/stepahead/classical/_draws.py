"""Quantiles of the normal distribution, and normal numbers that all series share, so that a
forecast depends on its series only."""

from collections.abc import Iterable
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from jaxtyping import Float

PATHS = 1000
"""The number of simulated paths if quantiles have no formula."""


def normal_quantiles(probabilities: Iterable[float]) -> Float[np.ndarray, " probability"]:
    """Return quantiles of the standard normal distribution, by the standard library: importing
    SciPy takes longer than a forecast.

    >>> normal_quantiles([0.5, 0.975]).round(6).tolist()
    [0.0, 1.959964]
    """
    return np.array([NormalDist().inv_cdf(float(each)) for each in probabilities])


FEW = 10
"""Degrees of freedom below which quantiles of Student's t are computed by SciPy."""


def student_quantiles(
    freedom: Float[np.ndarray, " series"], probabilities: Iterable[float]
) -> Float[np.ndarray, "series probability"]:
    """Return quantiles of Student's t for each number of degrees of freedom: by Fisher's expansion
    in its reciprocal, to at least four digits; exact for few. Each depends on its own number only.

    >>> student_quantiles(np.array([10.0, 3.0]), [0.975]).round(3).tolist()
    [[2.228], [3.182]]
    """
    at = list(probabilities)
    found = _by_expansion(np.maximum(freedom, FEW), at)
    few = np.flatnonzero(freedom < FEW)
    if len(few):
        from scipy.special import stdtrit  # importing it takes longer than most forecasts

        found[few] = stdtrit(freedom[few, None], np.array(at))
    return found


def _by_expansion(
    freedom: Float[np.ndarray, " series"], probabilities: Iterable[float]
) -> Float[np.ndarray, "series probability"]:
    """Fisher's expansion of the quantiles of Student's t in 1/n."""
    z, n = normal_quantiles(probabilities), freedom[:, None]
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / n**power for power, term in enumerate(terms, 1))


@lru_cache(maxsize=4)
def normal_draws(steps: int) -> Float[np.ndarray, "steps path"]:
    """Return for every step a thousand quantiles of the normal distribution, in a different random
    order at each step (a Latin hypercube): one step ahead is exact, and every step has the correct
    spread.

    >>> draws = normal_draws(3)
    >>> draws.shape, [round(float(each), 3) for each in draws.std(axis=1)]
    ((3, 1000), [1.0, 1.0, 1.0])
    """
    scores = normal_quantiles((np.arange(PATHS) + 0.5) / PATHS)
    order = np.random.default_rng(0).random((steps, PATHS)).argsort(axis=1)
    return np.ascontiguousarray((scores / scores.std())[order])
