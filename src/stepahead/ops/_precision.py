"""Floating-point precision: networks compute in single, what is fitted in closed form in double."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import equinox as eqx
import jax
import numpy as np


def in_double(tree: Any) -> Any:
    """The same tree with every floating-point array in float64, on the host: a device holds none
    outside of `precision_of`."""
    return jax.tree.map(
        lambda leaf: np.asarray(leaf, np.float64) if eqx.is_inexact_array(leaf) else leaf, tree
    )


def floating_leaves(tree: Any) -> Iterator[Any]:
    """The floating-point arrays of a tree, one after the other."""
    return filter(eqx.is_inexact_array, jax.tree.leaves(tree))


@contextmanager
def precision_of(tree: Any) -> Iterator[None]:
    """Compute in float64 inside the block if an array of the tree is of that type, in this thread
    alone.

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
