"""Paths sampled from a local method, step by step."""

import numpy as np
from jaxtyping import Float

from ._fit import Later, LocalFit
from ._rows import Rows

TOGETHER = 256
"""Paths that are sampled at a time: each needs the quantiles of all of them."""


def simulate(
    fit: LocalFit,
    number: int,
    steps: int,
    count: int,
    draws: np.random.Generator,
    later: Later | None = None,
) -> Float[np.ndarray, "path step"]:
    """Sample `count` paths of the `steps` after the last value of series number `number`, with the
    generator `draws`.

    Each value is drawn from the one-step-ahead forecast, by its quantile at a uniform random
    number, and then used as if it had been observed, so the errors are those of the method's own
    distribution. Parameters stay. `later` holds the covariates of these steps, `[1, step, column]`.

    >>> from stepahead.classical import fit_baseline
    >>> fit = fit_baseline(Rows(np.tile([0.0, 2.0], 50), np.array([0, 100])), "mean", 1)
    >>> paths = simulate(fit, 0, 2, 2000, np.random.default_rng(0))
    >>> paths.mean(axis=0).round(), paths.std(axis=0).round()
    (array([1., 1.]), array([1., 1.]))
    """
    paths = np.zeros((count, steps))
    for begin in range(0, count, TOGETHER):
        size = min(TOGETHER, count - begin)
        now, every = fit.take(np.full(size, number)), np.arange(size)
        for t in range(steps):
            if later is not None:
                now = now.with_later(np.repeat(later[:, t:], size, axis=0))
            at = tuple(np.clip(draws.random(size), 1e-12, 1 - 1e-12).tolist())
            ends = now.ahead(np.zeros(size, np.int64), 1, at)[1]
            paths[begin : begin + size, t] = drawn = ends[every, 0, every]
            columns = None if later is None else np.repeat(later[:, t], size, axis=0)
            now = now.advanced(Rows(drawn, np.arange(size + 1), columns))
    return paths
