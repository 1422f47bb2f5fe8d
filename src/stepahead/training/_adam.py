"""Adam's direction after clipping, for a large vector of weights in one native pass over memory."""

import jax
import jax.numpy as jnp
import optax
from jaxtyping import PyTree

from .. import native
from ..ops import unfit

LARGE = 1 << 15
"""With fewer weights, XLA's own operations stay in the caches and cost as little."""

FIRST, SECOND = 0.9, 0.999


def clipped_adam(clip: float | None) -> optax.GradientTransformation:
    """The direction of Adam's update (`optax.scale_by_adam`) after clipping the global norm to
    `clip`, None for no clipping: the same numbers but for rounding, whatever computes them.

    >>> rule, weights = clipped_adam(1.0), jnp.zeros(2)
    >>> direction, _ = rule.update(jnp.array([30.0, -0.1]), rule.init(weights))
    >>> direction.round(3).tolist()  # the first one is the sign
    [1.0, -1.0]
    """
    plain = optax.scale_by_adam(b1=FIRST, b2=SECOND)
    norm = optax.identity() if clip is None else optax.clip_by_global_norm(clip)

    def update(
        gradient: PyTree, state: optax.ScaleByAdamState, weights: PyTree | None = None
    ) -> tuple[PyTree, optax.ScaleByAdamState]:
        if not _large(gradient):
            clipped, _ = norm.update(gradient, norm.init(gradient))
            return plain.update(clipped, state, weights)
        count = optax.safe_increment(state.count)
        corrections = jnp.stack([1 - FIRST**count, 1 - SECOND**count]).astype(jnp.float32)
        moved = native.adam_moments(gradient, state.mu, state.nu, corrections, clip)
        return moved.direction, optax.ScaleByAdamState(count, moved.mean, moved.square)

    return optax.GradientTransformation(plain.init, update)


def _large(gradient: PyTree) -> bool:
    """True for one long vector that the kernel can take."""
    return (
        isinstance(gradient, jax.Array)
        and gradient.ndim == 1
        and len(gradient) >= LARGE
        and unfit(gradient) is None
    )
