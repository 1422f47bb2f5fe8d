"""Quantiles of the normal distribution, and draws that every series shares, so that a forecast is a
function of its series alone."""

from collections.abc import Iterable
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from jaxtyping import Float

PATHS = 1000
"""Paths that are followed where quantiles have no formula."""


def normal_quantiles(probabilities: Iterable[float]) -> Float[np.ndarray, " probability"]:
    """Quantiles of the standard normal distribution, by the standard library: SciPy takes longer to
    load than a forecast takes.

    >>> normal_quantiles([0.5, 0.975]).round(6).tolist()
    [0.0, 1.959964]
    """
    return np.array([NormalDist().inv_cdf(float(each)) for each in probabilities])


@lru_cache(maxsize=4)
def normal_draws(steps: int) -> Float[np.ndarray, "steps path"]:
    """At every step the thousand quantiles of the normal distribution, each step in an order of its
    own (a Latin hypercube): one step ahead is exact, and every step has the right spread.

    >>> draws = normal_draws(3)
    >>> draws.shape, [round(float(each), 3) for each in draws.std(axis=1)]
    ((3, 1000), [1.0, 1.0, 1.0])
    """
    scores = normal_quantiles((np.arange(PATHS) + 0.5) / PATHS)
    order = np.random.default_rng(0).random((steps, PATHS)).argsort(axis=1)
    return np.ascontiguousarray((scores / scores.std())[order])
