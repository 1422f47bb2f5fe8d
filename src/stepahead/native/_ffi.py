"""Calls of kernels from a program that JAX compiles."""

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
    """Return the results of the kernel of that name, float32, of these shapes. The first `in_place`
    of them may use the memory of the corresponding arrays."""
    results = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in shapes]
    call = jax.ffi.ffi_call(
        f"stepahead_{name}",
        results,
        input_output_aliases={place: place for place in range(in_place)},
        vmap_method=vmap_method,
    )
    return list(call(*arrays, **settings))
