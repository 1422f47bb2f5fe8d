"""Adam's update direction after clipping, for a large vector of weights in one native pass over
memory."""

from functools import partial

import jax
import jax.numpy as jnp
import optax
from jaxtyping import PyTree

from .. import native
from ..ops import unfit

LARGE = 1 << 15
"""With fewer weights, XLA's own operations stay in the caches and are as fast."""

FIRST, SECOND = 0.9, 0.999
PLAIN = optax.scale_by_adam(b1=FIRST, b2=SECOND)


def clipped_adam(clip: float | None) -> optax.GradientTransformation:
    """Return the direction of Adam's update (`optax.scale_by_adam`) after clipping the global norm
    of the gradient to `clip` (None: no clipping). The result is the same up to rounding, with the
    native kernel or without.

    >>> rule, weights = clipped_adam(1.0), jnp.zeros(2)
    >>> direction, _ = rule.update(jnp.array([30.0, -0.1]), rule.init(weights))
    >>> direction.round(3).tolist()  # the first one is the sign
    [1.0, -1.0]
    """
    # Not a nested function, because checkpoints compare update rules by value.
    return optax.GradientTransformation(PLAIN.init, partial(_moved, clip))


def _moved(
    clip: float | None,
    gradient: PyTree,
    state: optax.ScaleByAdamState,
    weights: PyTree | None = None,
) -> tuple[PyTree, optax.ScaleByAdamState]:
    if not _large(gradient):
        if clip is not None:
            gradient, _ = optax.clip_by_global_norm(clip).update(gradient, optax.EmptyState())
        return PLAIN.update(gradient, state, weights)
    count = optax.safe_increment(state.count)
    corrections = jnp.stack([1 - FIRST**count, 1 - SECOND**count]).astype(jnp.float32)
    found = native.adam_moments(gradient, state.mu, state.nu, corrections, clip)
    return found.direction, optax.ScaleByAdamState(count, found.mean, found.square)


def _large(gradient: PyTree) -> bool:
    """True for one long vector that the kernel supports."""
    return (
        isinstance(gradient, jax.Array)
        and gradient.ndim == 1
        and len(gradient) >= LARGE
        and unfit(gradient) is None
    )
