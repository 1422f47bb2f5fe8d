"""A net to arrays, named by their places in it, and back into its outline: what it was built from
says its shape."""

from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from .._check import Refusal
from ._pack import Arrays


def _is_array(leaf: Any) -> bool:
    return eqx.is_array(leaf) or isinstance(leaf, jax.ShapeDtypeStruct)


def keep(model: Any, arrays: Arrays, at: str = "") -> None:
    """Put a net's arrays into `arrays`, under names that begin with `at`."""
    arrays |= {place: np.asarray(leaf) for place, leaf in leaves_of(model, at)}


def leaves_of(model: Any, at: str) -> list[tuple[str, Any]]:
    """The model's arrays, each with its place in the tree as its name."""
    leaves = jax.tree_util.tree_leaves_with_path(eqx.filter(model, _is_array))
    return [(f"{at}model{jax.tree_util.keystr(place)}", leaf) for place, leaf in leaves]


def filled(outline: Any, arrays: Arrays, at: str, path: str | Path) -> Any:
    """The model's outline, shapes only, filled with the arrays of the file, which must have the
    same names and shapes."""
    leaves = []
    for place, leaf in leaves_of(outline, at):
        stored = arrays.get(
            place, arrays.get(place.replace(".own", ""))
        )  # format 1 knew no wrapper around a step of one's own
        if stored is None or stored.shape != leaf.shape:
            found = "is not there" if stored is None else f"has the shape {stored.shape}"
            raise Refusal(
                f"In '{path}' the array {place} should have the shape {leaf.shape}, but it "
                f"{found}. Save the model again."
            )
        leaves.append(stored if stored.dtype == np.float64 else jnp.asarray(stored))
    shapes, static = eqx.partition(outline, _is_array)
    return eqx.combine(jax.tree.unflatten(jax.tree.structure(shapes), leaves), static)
