"""Optimizer recipes: clipping, a rule, a schedule, put together from optax's parts. The same call gives the same object."""

from collections.abc import Callable
from functools import lru_cache

import optax
from jaxtyping import Array

Rate = float | Callable[[Array], Array]
"""A learning rate, or a schedule: a function from the number of updates made to the rate."""


@lru_cache
def adam(rate: Rate = 1e-3, *, clip: float | None = 1.0, eps: float = 1e-8) -> optax.GradientTransformation:
    """Adam (Kingma & Ba 2015; β 0.9 and 0.999, ε `eps`) after clipping the gradient's global norm to `clip` (None: no clipping).

    Weights whose gradients are far smaller than `eps`, as those of rare words are, take smaller steps than the others; with the usual
    1e-8 none are.

    >>> adam(1e-3) is adam(1e-3)          # so a second fit with it does not compile again
    True
    """
    return _clipped(optax.adam(rate, eps=eps), clip)


@lru_cache
def rmsprop(rate: Rate = 1e-3, *, decay: float = 0.9, clip: float | None = None) -> optax.GradientTransformation:
    """RMSprop (Tieleman & Hinton 2012): g / (√(running mean of g²) + 1e-7), optionally after clipping the global norm."""
    return _clipped(optax.rmsprop(rate, decay=decay, eps=1e-7, eps_in_sqrt=False), clip)


@lru_cache
def cosine(rate: float, updates: int, *, warmup: int = 0) -> Callable[[Array], Array]:
    """A schedule: linear from 0 to `rate` over `warmup` updates, then a half cosine down to 0 at `updates`."""
    if not warmup:
        return optax.cosine_decay_schedule(rate, updates)
    return optax.warmup_cosine_decay_schedule(0.0, rate, warmup, updates)


def _clipped(rule: optax.GradientTransformation, clip: float | None) -> optax.GradientTransformation:
    return rule if clip is None else optax.chain(optax.clip_by_global_norm(clip), rule)
