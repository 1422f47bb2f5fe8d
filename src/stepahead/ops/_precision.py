"""Floating-point precision: networks compute in float32, models solved in closed form in
float64."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import equinox as eqx
import jax
import numpy as np


def in_double(tree: Any) -> Any:
    """Return the tree with every floating-point array in float64, on the host: outside
    `precision_of`, a device holds no float64 arrays."""
    return jax.tree.map(
        lambda leaf: np.asarray(leaf, np.float64) if eqx.is_inexact_array(leaf) else leaf, tree
    )


def floating_leaves(tree: Any) -> Iterator[Any]:
    """Yield the floating-point arrays of a tree."""
    return filter(eqx.is_inexact_array, jax.tree.leaves(tree))


@contextmanager
def precision_of(tree: Any) -> Iterator[None]:
    """Context manager: compute in float64 inside the block if an array of the tree is float64, in
    this thread only.

    >>> import jax.numpy as jnp
    >>> with precision_of(in_double(jnp.zeros(2))):
    ...     jnp.asarray(np.array([1 / 3])).dtype
    dtype('float64')
    """
    if any(leaf.dtype == np.float64 for leaf in floating_leaves(tree)):
        with jax.enable_x64(True):
            yield
    else:
        yield
