"""Weights in half precision: 16 bits each in the file, 32 in memory."""

import numpy as np

from .._check import Refusal
from ._pack import Arrays

_SINGLE, _HALF = np.dtype(np.float32), np.dtype(np.float16)


def halved(weights: Arrays) -> Arrays:
    """Single-precision weights rounded to the nearest number of 16 bits (IEEE 754 binary16); other
    arrays unchanged.

    A weight changes by at most 2⁻¹¹ of its size, and one below 2⁻¹⁴ by at most 2⁻²⁵. Weights above
    65,504, the largest such number, are errors.

    >>> halved({"w": np.array([1 / 3, 1e-9], np.float32)})["w"].tolist()
    [0.333251953125, 0.0]
    """
    return {name: _halved(name, each) for name, each in weights.items()}


def widened(weights: Arrays) -> Arrays:
    """The weights of `halved` in single precision again."""
    return {
        name: each.astype(_SINGLE) if each.dtype == _HALF else each
        for name, each in weights.items()
    }


def _halved(name: str, weights: np.ndarray) -> np.ndarray:
    if weights.dtype != _SINGLE:
        return weights
    with np.errstate(over="ignore"):
        small = weights.astype(_HALF)
    if (np.isinf(small) & np.isfinite(weights)).any():
        raise Refusal(
            f"A weight of {name} is {np.abs(weights).max():.3g}, and numbers of 16 bits end at "
            "65,504. Save the model without `half_precision`."
        )
    return small
