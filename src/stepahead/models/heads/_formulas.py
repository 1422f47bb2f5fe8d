"""Formulas that several heads share, for JAX and NumPy arrays, computed with the library of the
argument."""

from types import ModuleType
from typing import TypeVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

SMALLEST_SCALE = 1e-4
"""The smallest scale of a density, in the model's (scaled) unit: a constant series must not give an
infinite likelihood."""

NOISE = jnp.float32
"""The type of random numbers, whatever that of the model is, so that the same key gives the same
numbers."""

Numbers = TypeVar("Numbers", Array, np.ndarray)
"""The type of a formula's argument, and of its result."""


def namespace(x: Numbers) -> ModuleType:
    """`numpy` or `jax.numpy`, by the type of the arrays (the array API standard).

    >>> namespace(np.zeros(1)).__name__, namespace(jnp.zeros(1)).__name__
    ('numpy', 'jax.numpy')
    """
    return x.__array_namespace__()


def softplus(x: Float[Numbers, "*axes"]) -> Float[Numbers, "*axes"]:
    """log(1 + eˣ), without overflow.

    >>> softplus(np.array([0.0])).round(4), softplus(jnp.array(1e5)).item()
    (array([0.6931]), 100000.0)
    """
    return namespace(x).logaddexp(x, 0.0)


def scale_of(raw: Float[Numbers, "*axes"]) -> Float[Numbers, "*axes"]:
    """A scale from its raw parameter: softplus(raw) + `SMALLEST_SCALE`."""
    return softplus(raw) + SMALLEST_SCALE


def raw_scale(scale: float) -> float:
    """The raw parameter of a scale, on the host: the inverse of `scale_of`.

    >>> scale_of(np.array([raw_scale(2.5)])).round(6).tolist()
    [2.5]
    """
    return float(inverse_softplus(max(scale - SMALLEST_SCALE, 1e-6)))


def inverse_softplus(y: float | np.ndarray) -> np.ndarray:
    """log(eʸ − 1), on the host: the raw parameter whose softplus is `y`."""
    y = np.asarray(y, dtype=np.float64)
    return y + np.log(-np.expm1(-y))


def raw_scales(scales: Float[np.ndarray, "*axes"]) -> Float[np.ndarray, "*axes"]:
    """Return the `raw_scale` of each of many scales."""
    return inverse_softplus(np.maximum(scales - SMALLEST_SCALE, 1e-6))
