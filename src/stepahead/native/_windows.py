"""The kernel calls of training on windows: the loss of a stack of recurrent layers and its gradient
together, and an epoch of such steps."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Float, Int

from ._ffi import kernel_call
from ._unroll import KINDS

PARAMETERS = {"squared": 1, "normal": 2}
"""The losses that the kernel supports, and the number of parameters of each per target."""

MOST_UNITS = 128
"""Wider layers are faster one layer at a time, with two vectors of samples at once."""


class StackShape(NamedTuple):
    """A stack of recurrent layers of one cell, and an output layer.

    `offsets` are the positions of the arrays in the vector of all weights, -1 for an array that
    does not exist: four for each layer (W, U, b, the GRU's second bias), then the output layer's W
    and b. With `anchored`, inputs are changes and the last value is added to the first parameter of
    a target.
    """

    cell: str
    widths: tuple[int, ...]
    offsets: tuple[int, ...]
    loss: str
    horizon: int
    anchored: bool


def window_step(
    stack: StackShape,
    span: int,
    places: tuple[int, ...],
    weights: Float[Array, " weight"],
    values: Float[Array, "total channel"],
    start: Int[Array, " batch"],
    weight: Float[Array, " batch"],
) -> tuple[Float[Array, ""], Float[Array, " weight"]]:
    """Return the mean loss of the `stack` with these `weights` at the steps `places` of windows of
    `span` values from the rows `start`, and its gradient. All targets of all windows are in
    `values`; each window has its `weight`. float32 on the CPU."""
    loss, gradient = kernel_call(
        "window_step",
        [(), weights.shape],
        weights,
        values,
        start.astype("int32"),
        weight,
        **_settings(stack, span, places),
    )
    return loss, gradient


class WindowEpoch(NamedTuple):
    """The result of an epoch: the weights, Adam's means of the gradient and of its square, and the
    mean loss of every step."""

    weights: Float[Array, "model weight"]
    mean: Float[Array, "model weight"]
    square: Float[Array, "model weight"]
    losses: Float[Array, "model step"]


def window_epoch(
    stack: StackShape,
    span: int,
    places: tuple[int, ...],
    before: tuple[Array, Array, Array],
    values: Float[Array, "model_or_one total channel"],
    start: Int[Array, "model step batch"],
    weight: Float[Array, "model step batch"],
    rates: Float[Array, " step"],
    corrections: Float[Array, "step 2"],
    clip: float | None,
    decay: float,
) -> WindowEpoch:
    """Take many steps of `window_step` and Adam, of one model or of several, each with its own
    windows. `before` are the weights and both means, `corrections` 1 - β^t for these means. A
    gradient is clipped to the norm `clip` (None: not), and `decay` of a weight is added to Adam's
    direction. The bits do not depend on the number of threads or of models."""
    return WindowEpoch(
        *kernel_call(
            "window_epoch",
            [*(each.shape for each in before), start.shape[:2]],
            *(*before, values, start.astype("int32"), weight, rates, corrections),
            in_place=3,
            vmap_method=None,
            clip=np.float32(0 if clip is None else clip),
            decay=np.float32(decay),
            **_settings(stack, span, places),
        )
    )


def _settings(stack: StackShape, span: int, places: tuple[int, ...]) -> dict[str, Any]:
    return {
        "kind": np.int32(KINDS[stack.cell]),
        "anchored": stack.anchored,
        "parameters": np.int32(PARAMETERS[stack.loss]),
        "span": np.int32(span),
        "horizon": np.int32(stack.horizon),
        "widths": np.array(stack.widths, np.int64),
        "offsets": np.array(stack.offsets, np.int64),
        "places": np.array(places, np.int64),
    }
