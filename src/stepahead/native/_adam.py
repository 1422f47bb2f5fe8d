"""The kernel call of clipping and Adam's moments."""

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float


class Moments(NamedTuple):
    """Adam's direction of the update, before the learning rate, and the running means of the
    gradient and of its square."""

    direction: Float[Array, " weight"]
    mean: Float[Array, " weight"]
    square: Float[Array, " weight"]


def adam_moments(
    gradient: Float[Array, " weight"],
    mean: Float[Array, " weight"],
    square: Float[Array, " weight"],
    corrections: Float[Array, "2"],
    clip: float | None,
) -> Moments:
    """Clip the gradient's norm to `clip` (None: not), move both means (β 0.9 and 0.999), and give
    (mean / c₁) / (√(square / c₂) + 1e-8) with the `corrections` c = 1 − β^t. float32 on the CPU."""
    results = [jax.ShapeDtypeStruct(gradient.shape, gradient.dtype)] * 3
    call = jax.ffi.ffi_call(
        "stepahead_adam",
        results,
        input_output_aliases={0: 0, 1: 1, 2: 2},
        vmap_method="sequential",
    )
    return Moments(
        *call(gradient, mean, square, corrections, clip=np.float32(0 if clip is None else clip))
    )
