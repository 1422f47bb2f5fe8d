"""The kernel calls of a recurrent layer, forward and backward, with a leading axis of members: sets
of weights, each with its own batch."""

from functools import cache
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax.custom_batching import custom_vmap
from jaxtyping import Array, Float, Int

from ._ffi import kernel_call
from ._kernels import kernels
from ._unroll import KINDS

KEPT = {"elman_tanh": 1, "elman_relu": 1, "lstm": 5, "gru": 5}
"""The number of arrays of `hidden` that the backward pass needs from every step, by cell."""


class Layer(NamedTuple):
    """Inputs of a recurrent layer. An array that a cell does not have (a second bias or a cell
    state) has a last axis of length 0."""

    inputs: Float[Array, "member batch time channel"]
    input_weights: Float[Array, "member rows channel"]
    recurrent_weights: Float[Array, "member rows hidden"]
    bias: Float[Array, "member rows"]
    candidate_bias: Float[Array, "member hidden_or_none"]
    h: Float[Array, "member batch hidden"]
    c: Float[Array, "member batch hidden_or_none"]
    lengths: Int[Array, "member batch"]


class Results(NamedTuple):
    """Results of a recurrent layer: every output, the last state, and `kept`, which only `backward`
    can read."""

    outputs: Float[Array, "member batch time hidden"]
    h: Float[Array, "member batch hidden"]
    c: Float[Array, "member batch hidden_or_none"]
    kept: Float[Array, "member kept"]


def forward(cell: str, reverse: bool, keep: bool, layer: Layer) -> Results:
    """Run the layer of this kind of `cell`, with `reverse` backward in time; with `keep`, keep what
    the backward pass needs."""
    return Results(*_forward(cell, reverse, keep)(*layer))


def backward(
    cell: str, reverse: bool, layer: Layer, results: Results, slopes: tuple[Array, Array, Array]
) -> tuple[Array, ...]:
    """Return the gradients of all arrays of `layer` except its lengths, from the `results` of
    `forward` and the gradients `slopes` of the outputs, h and c."""
    return tuple(_backward(cell, reverse)(*layer, results.outputs, results.kept, *slopes))


@cache
def _forward(cell: str, reverse: bool, keep: bool) -> Any:
    def call(*arrays: Array) -> list[Array]:
        layer = Layer(*arrays)
        members, batch, time, _ = layer.inputs.shape
        hidden = layer.h.shape[-1]
        library = kernels().library
        assert library is not None  # `available()` was asked before
        kept = library.stepahead_room(batch, hidden) * time * KEPT[cell] * hidden if keep else 0
        shapes = [(members, batch, time, hidden), layer.h.shape, layer.c.shape, (members, kept)]
        return _ffi("forward", cell, reverse, shapes, arrays)

    def rule(size: int, mapped: list[bool], *arrays: Array) -> tuple[list[Array], list[bool]]:
        shared = not (keep or any(mapped[1:5]))
        if shared:  # nothing but the batch is mapped: lengthen it
            spread = [
                _into_batch(a) if k not in range(1, 5) else a
                for k, a in enumerate(_all_mapped(size, mapped, arrays, range(1, 5)))
            ]
            return [_out_of_batch(a, size) for a in mapping(*spread)[:3]] + [
                jnp.zeros((size, len(spread[0]), 0))
            ], [True] * 4
        return _as_members(mapping, size, mapped, arrays)

    mapping = custom_vmap(call)
    mapping.def_vmap(rule)
    return mapping


@cache
def _backward(cell: str, reverse: bool) -> Any:
    def call(*arrays: Array) -> list[Array]:
        return _ffi("backward", cell, reverse, [a.shape for a in arrays[:7]], arrays)

    mapping = custom_vmap(call)
    mapping.def_vmap(lambda size, mapped, *arrays: _as_members(mapping, size, mapped, arrays))
    return mapping


def _ffi(
    target: str, cell: str, reverse: bool, shapes: list[tuple[int, ...]], arrays: tuple[Array, ...]
) -> list[Array]:
    kind = np.int32(KINDS[cell])
    return kernel_call(target, shapes, *arrays, vmap_method=None, kind=kind, reverse=reverse)


def _all_mapped(
    size: int, mapped: list[bool], arrays: tuple[Array, ...], spared: Any = ()
) -> list[Array]:
    """Every array with the mapped axis first, repeated if it has none."""
    return [
        a if is_mapped or k in spared else jnp.broadcast_to(a, (size, *a.shape))
        for k, (a, is_mapped) in enumerate(zip(arrays, mapped, strict=True))
    ]


def _as_members(
    function: Any, size: int, mapped: list[bool], arrays: tuple[Array, ...]
) -> tuple[list[Array], list[bool]]:
    """The call with the mapped axis merged into that of the members."""
    folded = [a.reshape(size * a.shape[1], *a.shape[2:]) for a in _all_mapped(size, mapped, arrays)]
    results = [a.reshape(size, len(a) // size, *a.shape[1:]) for a in function(*folded)]
    return results, [True] * len(results)


def _into_batch(array: Array) -> Array:
    """[size, member, batch, …] as [member, size · batch, …]."""
    size, members, batch = array.shape[:3]
    return jnp.moveaxis(array, 0, 1).reshape(members, size * batch, *array.shape[3:])


def _out_of_batch(array: Array, size: int) -> Array:
    """[member, size · batch, …] as [size, member, batch, …]."""
    return jnp.moveaxis(
        array.reshape(array.shape[0], size, array.shape[1] // size, *array.shape[2:]), 1, 0
    )
