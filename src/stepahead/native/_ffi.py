"""The call of a kernel from a program that JAX compiles."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array


def kernel_call(
    name: str,
    shapes: list[tuple[int, ...]],
    *arrays: Array,
    in_place: int = 0,
    vmap_method: str | None = "sequential",
    **settings: Any,
) -> list[Array]:
    """The results of the kernel of that name, float32, of these shapes. The first `in_place` of
    them may take the memory of the arrays that stand at their places."""
    results = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in shapes]
    call = jax.ffi.ffi_call(
        f"stepahead_{name}",
        results,
        input_output_aliases={place: place for place in range(in_place)},
        vmap_method=vmap_method,
    )
    return list(call(*arrays, **settings))
