"""How weights are before training: drawn on the host, for nothing here is worth compiling.

Where the key is traced, the host draws when the program runs, and the same numbers. The outline of
a model (`eqx.filter_eval_shape`) runs nothing, however large it claims to be.
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
"""From a generator to numbers."""


def floating(leaf: Any) -> jnp.dtype:
    """The floating-point type of an array where it is computed with: float64 only inside of
    `ops.precision_of`."""
    return jax.dtypes.canonicalize_dtype(leaf.dtype)


@dataclass(frozen=True)
class Later:
    """The draws of a traced key. Each comes when the program runs, and repeats those before it to
    stand where they end."""

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
"""Where the numbers come from, one after the other."""


def draws_of(key: Key) -> Draws:
    """The key's draws, from the first one on."""
    return Later(key) if isinstance(key, jax.core.Tracer) else generator(as_key(key))


def glorot(draws: Draws, rows: int, columns: int, *, gates: int = 1) -> Float[Array, "row column"]:
    """Uniform in ±√(6 / (rows + columns)) (Glorot & Bengio 2010, there also called Xavier), each
    gate by itself, stacked.

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
    """A rotation or reflection for each gate, uniform among all (Saxe et al. 2014): Q of a Gaussian
    matrix, R's diagonal positive.

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
    return (
        jnp.zeros(shape, jnp.float32)
        if isinstance(draws, Later)
        else jax.device_put(np.zeros(shape, np.float32))
    )


def biases(draws: Draws, size: int, *values: float) -> Float[Array, " row"]:
    """One number for each gate; nothing is drawn.

    >>> biases(np.random.default_rng(0), 2, 0, 1).tolist()
    [0.0, 0.0, 1.0, 1.0]
    """
    each = np.array(values, np.float32)
    return (
        jnp.repeat(each, size)
        if isinstance(draws, Later)
        else jax.device_put(np.repeat(each, size))
    )


def key_of(draws: Draws) -> PRNGKeyArray:
    """A key for what draws by itself, such as a step of one's own.

    >>> one, other = (key_of(np.random.default_rng(seed)) for seed in (0, 1))
    >>> bool((jax.random.key_data(one) == jax.random.key_data(other)).all())
    False
    """
    halves = _drawn(draws, (2, 2), lambda draws: draws.integers(1 << 16, size=(2, 2))).astype(
        jnp.uint32
    )  # exact in float32
    return jax.random.wrap_key_data((halves[0] << 16) + halves[1])


def uniform(draws: Draws, bound: float, *shape: int) -> Float[Array, "..."]:
    """Uniform in ±bound.

    >>> bool(jnp.abs(uniform(np.random.default_rng(0), 0.1, 5, 2)).max() <= 0.1)
    True
    """
    return _drawn(draws, shape, lambda draws: draws.uniform(-bound, bound, shape))


def _drawn(draws: Draws, shape: tuple[int, ...], draw: Draw) -> Array:
    return (
        draws(shape, draw)
        if isinstance(draws, Later)
        else jax.device_put(draw(draws).astype(np.float32))
    )
