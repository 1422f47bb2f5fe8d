"""The kernel call for gradient clipping and Adam's moments."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float

from ._ffi import kernel_call


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
    """Clip the gradient's norm to `clip` (None: no clipping), update both means (β 0.9 and 0.999),
    and return (mean / c₁) / (√(square / c₂) + 1e-8) with the `corrections` c = 1 − β^t. float32 on
    the CPU."""
    arrays = gradient, mean, square, corrections
    bound = np.float32(0 if clip is None else clip)
    return Moments(*kernel_call("adam", [gradient.shape] * 3, *arrays, in_place=3, clip=bound))
