"""The arrays of a network by their path in it, and the way back into an untrained network of the
same shapes."""

from pathlib import Path

import equinox as eqx
import jax
import numpy as np
from jaxtyping import PyTree

from .._check import Refusal
from ._pack import Arrays


def _is_array(leaf: PyTree) -> bool:
    return eqx.is_array(leaf) or isinstance(leaf, jax.ShapeDtypeStruct)


def weights_of(model: PyTree, at: str) -> Arrays:
    """The arrays of a network, under names that start with `at`."""
    return {place: np.asarray(leaf) for place, leaf in named_leaves(model, at)}


def named_leaves(model: PyTree, at: str) -> list[tuple[str, PyTree]]:
    """The arrays of a model, each with its path in the tree as its name."""
    leaves = jax.tree_util.tree_leaves_with_path(eqx.filter(model, _is_array))
    return [(f"{at}model{jax.tree_util.keystr(place)}", leaf) for place, leaf in leaves]


def unpack_arrays(outline: PyTree, arrays: Arrays, at: str, path: str | Path) -> PyTree:
    """Fill the outline of a model (its shapes) with the arrays of a file, which must have the same
    names and shapes."""
    leaves = []
    for place, leaf in named_leaves(outline, at):
        # Format 1 had no wrapper around a user's step, so its paths lack `.own`.
        stored = arrays.get(place, arrays.get(place.replace(".own", "")))
        if stored is None or stored.shape != leaf.shape:
            found = "is not there" if stored is None else f"has the shape {stored.shape}"
            raise Refusal(
                f"In '{path}' the array {place} should have the shape {leaf.shape}, but it "
                f"{found}. Save the model again."
            )
        double = stored.dtype == np.float64
        # `jnp.asarray` would compile a program for each shape
        leaves.append(stored if double else jax.device_put(stored, may_alias=False))
    shapes, static = eqx.partition(outline, _is_array)
    return eqx.combine(jax.tree.unflatten(jax.tree.structure(shapes), leaves), static)
