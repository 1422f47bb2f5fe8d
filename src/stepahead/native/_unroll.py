"""The forward pass of a recurrent layer on the native kernels, without JAX."""

import ctypes
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from ._library import cores, load

KINDS = {"elman_tanh": 0, "elman_relu": 1, "lstm": 2, "gru": 3}
"""The cells that the kernels support, by name, and their numbers there."""

FEW = 1 << 22
"""With fewer multiply-adds, starting another thread takes longer than it saves."""


class LayerArrays(NamedTuple):
    """The weights of a layer, float32, contiguous. An array that a cell does not have has length
    0."""

    input_weights: Float[np.ndarray, "rows channel"]
    recurrent_weights: Float[np.ndarray, "rows hidden"]
    bias: Float[np.ndarray, " rows"]
    candidate_bias: Float[np.ndarray, " hidden_or_none"]


def can_unroll() -> bool:
    """Return True if the kernels were built, run on this machine and are not switched off."""
    return _function() is not None


def unroll(
    cell: str,
    layer: LayerArrays,
    inputs: Float[np.ndarray, "batch time channel"],
    lengths: Int[np.ndarray, " batch"],
    state: tuple[Float[np.ndarray, "batch hidden"], ...],
    outputs: Float[np.ndarray, "batch time hidden"] | None = None,
    threads: int | None = None,
) -> None:
    """Run the layer of this `cell` along `inputs`: `state`, (h,) or (h, c), is overwritten by that
    after the last step of each sequence, and `outputs`, if given, by all outputs, 0 after
    `lengths`. The result does not depend, to the bit, on `threads` (None: as many as are useful).

    All arrays are float32 (lengths int32) and contiguous; check `can_unroll` before.
    """
    batch, time, channels = inputs.shape
    hidden = state[0].shape[1]
    work = batch * time * len(layer.bias) * (channels + hidden)
    written = state if outputs is None else (*state, outputs)
    assert all(a.dtype == np.float32 and a.flags.c_contiguous for a in (*layer, inputs, *written))
    assert lengths.dtype == np.int32
    assert lengths.flags.c_contiguous
    function: Any = _function()
    function(
        KINDS[cell],
        *(batch, time, channels, hidden),
        *(_at(each) for each in (inputs, lengths, *layer, state[0], state[-1])),
        None if outputs is None else _at(outputs),
        threads or (1 if work < FEW else cores()),
    )


def _at(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


@cache
def _function() -> Any:
    library = load("kernels").best
    if library is None:
        return None
    function = library.stepahead_unroll
    function.restype = None
    function.argtypes = [ctypes.c_int32, *[ctypes.c_int64] * 4, *[ctypes.c_void_p] * 9]
    function.argtypes = [*function.argtypes, ctypes.c_int64]
    return function
