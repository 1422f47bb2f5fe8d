"""Normal draws that every series shares, so that a forecast is a function of its series alone."""

from functools import lru_cache

import numpy as np
from jaxtyping import Float

PATHS = 1000
"""Paths that are followed where quantiles have no formula."""


@lru_cache(maxsize=4)
def normal_draws(steps: int) -> Float[np.ndarray, "steps path"]:
    """At every step the thousand quantiles of the normal distribution, each step in an order of its
    own (a Latin hypercube): one step ahead is exact, and every step has the right spread.

    >>> draws = normal_draws(3)
    >>> draws.shape, [round(float(each), 3) for each in draws.std(axis=1)]
    ((3, 1000), [1.0, 1.0, 1.0])
    """
    from scipy.special import ndtri

    scores = ndtri((np.arange(PATHS) + 0.5) / PATHS)
    order = np.random.default_rng(0).random((steps, PATHS)).argsort(axis=1)
    return np.ascontiguousarray((scores / scores.std())[order])
