"""How weights are before training: drawn on the host, for nothing here is worth compiling.

A traced key has no draws: then the shapes are right and nothing is drawn, which is how the outline of a model is had, however
large it claims to be.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._types import Key
from ..ops import as_key, generator

Draws = np.random.Generator | None
"""Where the numbers come from; None where only shapes are asked for."""


def draws_of(key: Key) -> Draws:
    """The key's generator, or None where the key is traced."""
    return None if isinstance(key, jax.core.Tracer) else generator(as_key(key))


def glorot(draws: Draws, rows: int, columns: int, *, gates: int = 1) -> Float[Array, "row column"]:
    """Uniform in ±√(6 / (rows + columns)) (Glorot & Bengio 2010, there also called Xavier), each gate by itself, stacked.

    >>> glorot(np.random.default_rng(0), 3, 2, gates=4).shape
    (12, 2)
    """
    bound = (6 / (rows + columns)) ** 0.5
    return _drawn(draws, (gates * rows, columns), lambda draws: draws.uniform(-bound, bound, (gates * rows, columns)))


def orthogonal(draws: Draws, size: int, *, gates: int = 1) -> Float[Array, "row column"]:
    """A rotation or reflection for each gate, uniform among all (Saxe et al. 2014): Q of a Gaussian matrix, R's diagonal positive.

    >>> q = orthogonal(np.random.default_rng(0), 3)
    >>> bool(jnp.allclose(q @ q.T, jnp.eye(3), atol=1e-6))
    True
    """

    def draw(draws: np.random.Generator) -> np.ndarray:
        q, r = np.linalg.qr(draws.normal(size=(gates, size, size)))
        signs = np.sign(np.diagonal(r, axis1=1, axis2=2))
        return (q * signs[:, None, :]).reshape(gates * size, size)

    return _drawn(draws, (gates * size, size), draw)


def zeros(draws: Draws, *shape: int) -> Float[Array, "..."]:
    """Nothing is drawn, but made in the same place."""
    return _drawn(draws, shape, lambda draws: np.zeros(shape))


def biases(draws: Draws, size: int, *values: float) -> Float[Array, " row"]:
    """One number for each gate.

    >>> biases(np.random.default_rng(0), 2, 0, 1).tolist()
    [0.0, 0.0, 1.0, 1.0]
    """
    return _drawn(draws, (len(values) * size,), lambda draws: np.repeat(np.array(values), size))


def _drawn(draws: Draws, shape: tuple[int, ...], draw: Callable[[np.random.Generator], np.ndarray]) -> Array:
    return jnp.zeros(shape, jnp.float32) if draws is None else jax.device_put(draw(draws).astype(np.float32))


def uniform(draws: Draws, bound: float, *shape: int) -> Float[Array, "..."]:
    """Uniform in ±bound.

    >>> bool(jnp.abs(uniform(np.random.default_rng(0), 0.1, 5, 2)).max() <= 0.1)
    True
    """
    return _drawn(draws, shape, lambda draws: draws.uniform(-bound, bound, shape))
