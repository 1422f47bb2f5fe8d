"""Initial weights, drawn by NumPy on the host: nothing here is worth compiling.

Under a traced key the host draws the same numbers when the program runs. The outline of a model
(`eqx.filter_eval_shape`) draws nothing, whatever its size.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ..._types import Key
from ...ops import as_key, drawn, generator

Draw = Callable[[np.random.Generator], np.ndarray]
"""A function from a generator to an array."""


def floating(leaf: Any) -> jnp.dtype:
    """The floating-point type in which an array is computed: float64 only inside
    `ops.precision_of`."""
    return jax.dtypes.canonicalize_dtype(leaf.dtype)


@dataclass(frozen=True)
class Later:
    """Draws from a traced key. Each is made when the program runs, after repeating the earlier
    ones, so that it continues the same stream."""

    key: PRNGKeyArray
    before: list[Draw] = field(default_factory=list)

    def __call__(self, shape: tuple[int, ...], draw: Draw) -> Array:
        """The next draw."""
        earlier = tuple(self.before)
        self.before.append(draw)

        def last(draws: np.random.Generator) -> np.ndarray:
            for one in earlier:
                one(draws)
            return draw(draws)

        return drawn(self.key, shape, last)


Draws = np.random.Generator | Later
"""The source of random numbers: a generator, or draws from a traced key."""


def draws_of(key: Key) -> Draws:
    """The stream of draws from a key."""
    return Later(key) if isinstance(key, jax.core.Tracer) else generator(as_key(key))


def glorot(draws: Draws, rows: int, columns: int, *, gates: int = 1) -> Float[Array, "row column"]:
    """Uniform in ±√(6 / (rows + columns)) (Glorot & Bengio 2010, also called Xavier), each gate
    separately, stacked.

    >>> glorot(np.random.default_rng(0), 3, 2, gates=4).shape
    (12, 2)
    """
    bound = (6 / (rows + columns)) ** 0.5
    return _drawn(
        draws,
        (gates * rows, columns),
        lambda draws: draws.uniform(-bound, bound, (gates * rows, columns)),
    )


def orthogonal(draws: Draws, size: int, *, gates: int = 1) -> Float[Array, "row column"]:
    """A random orthogonal matrix for each gate, uniformly distributed (Saxe et al. 2014): Q of a
    Gaussian matrix, with R's diagonal positive.

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
    """Zeros, as an array of the same kind as the random ones; nothing is drawn."""
    if isinstance(draws, Later):
        return jnp.zeros(shape, jnp.float32)
    return jax.device_put(np.zeros(shape, np.float32))


def biases(draws: Draws, size: int, *values: float) -> Float[Array, " row"]:
    """One constant for each gate; nothing is drawn.

    >>> biases(np.random.default_rng(0), 2, 0, 1).tolist()
    [0.0, 0.0, 1.0, 1.0]
    """
    each = np.array(values, np.float32)
    if isinstance(draws, Later):
        return jnp.repeat(each, size)
    return jax.device_put(np.repeat(each, size))


def key_of(draws: Draws) -> PRNGKeyArray:
    """A JAX key from the stream, for parts that draw by themselves, such as a user's step.

    >>> one, other = (key_of(np.random.default_rng(seed)) for seed in (0, 1))
    >>> bool((jax.random.key_data(one) == jax.random.key_data(other)).all())
    False
    """
    # Two halves of 16 bits each, which float32 holds exactly.
    halves = _drawn(draws, (2, 2), lambda draws: draws.integers(1 << 16, size=(2, 2)))
    halves = halves.astype(jnp.uint32)
    return jax.random.wrap_key_data((halves[0] << 16) + halves[1])


def uniform(draws: Draws, bound: float, *shape: int) -> Float[Array, "..."]:
    """Uniform in ±bound.

    >>> bool(jnp.abs(uniform(np.random.default_rng(0), 0.1, 5, 2)).max() <= 0.1)
    True
    """
    return _drawn(draws, shape, lambda draws: draws.uniform(-bound, bound, shape))


def _drawn(draws: Draws, shape: tuple[int, ...], draw: Draw) -> Array:
    if isinstance(draws, Later):
        return draws(shape, draw)
    return jax.device_put(draw(draws).astype(np.float32))
