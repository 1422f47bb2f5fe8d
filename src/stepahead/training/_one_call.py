"""Loss and gradient of common recurrent models on windows in one native call, so that XLA only does
the update."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .. import native
from ..models import AnchoredBody, Gaussian, Head, Model, Point
from ..models.cells import GatedCell, RecurrentBody
from ..ops import NATIVE, Weights, best_path, unfit
from ._descent import Slope
from ._loss import Batch, LossSteps, Series, WindowFacts

LOSSES: dict[type[Head], str] = {Point: "squared", Gaussian: "normal"}
"""The heads whose loss the kernel supports."""


def in_one_call(
    model: Model, series: Series, batch: int, span: int, steps: LossSteps, facts: WindowFacts
) -> Callable[[Array, tuple[Batch, Any, Any]], Slope] | None:
    """Return a function of the weights as one vector (in the order of
    `jax.flatten_util.ravel_pytree`) and a minibatch, its windows first, that computes the same as
    `batch_loss` and its gradient. Return None if the kernel does not support the model or the data,
    or is not the fastest way.

    The kernel supports stacks of Elman, LSTM or GRU layers of one kind, also on changes
    (`Anchored`), with a `Point` or `Gaussian` head, without dropout, covariates or gaps, on whole
    windows.
    """
    body, anchored = model.body, isinstance(model.body, AnchoredBody)
    if isinstance(body, AnchoredBody):
        body = body.body
    loss = LOSSES.get(type(model.head))
    places = tuple(range(span)) if steps is None else tuple(k + span * (k < 0) for k in steps)
    if (
        not isinstance(body, RecurrentBody)
        or loss is None
        or series.observed is not None
        or series.covariates is not None
        or model.channels.width != series.values.shape[1]
        or not facts.complete
        or unfit(series.values) is not None
        or len(set(places)) < len(places)
        or not all(0 <= place < span for place in places)
    ):
        return None
    layers = [layer for layer in body.layers if isinstance(layer, GatedCell)]
    inputs = jnp.zeros((batch, span, 1), series.values.dtype)
    if len(layers) < body.depth or not _fast(body, layers, inputs):
        return None
    stack = native.StackShape(
        layers[0].gating.name,
        tuple(layer.width for layer in layers),
        _offsets(model, anchored),
        loss,
        model.head.horizon,
        anchored,
    )
    terms = len(places) * model.head.horizon * series.values.shape[1]

    def slope(weights: Array, minibatch: tuple[Batch, Any, Any]) -> Slope:
        windows = minibatch[0]
        loss, gradient = native.window_step(
            stack, span, places, weights, series.values, windows.start, windows.weight
        )
        return Slope(loss, windows.weight.sum() * terms, gradient)

    return slope


def _fast(
    body: RecurrentBody, layers: list[GatedCell], inputs: Float[Array, "batch time _"]
) -> bool:
    """True for layers of one kind, of float32, without dropout between them, and narrow enough to
    be faster on kernels than in a scan."""
    weights = [
        Weights(each.input, each.recurrent, each.bias, each.candidate_bias) for each in layers
    ]
    return (
        len({layer.gating for layer in layers}) == 1
        and all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves(body))
        and (not body.dropout or len(layers) == 1)
        and all(layer.width <= native.MOST_UNITS for layer in layers)
        and all(best_path(layers[0].gating, each, inputs) is NATIVE for each in weights)
    )


def _offsets(model: Model, anchored: bool) -> tuple[int, ...]:
    """The positions at which the arrays of the stack begin in the vector of all weights, as in
    `StackShape`."""
    leaves, tree = jax.tree.flatten(eqx.filter(model, eqx.is_inexact_array))
    begins = np.cumsum([0, *(leaf.size for leaf in leaves[:-1])])
    body = jax.tree.unflatten(tree, [int(begin) for begin in begins]).body
    body = body.body if anchored else body
    found: list[int | None] = []
    for layer in body.layers:
        found += [layer.input, layer.recurrent, layer.bias, layer.candidate_bias]
    found += [None, None] if body.readout is None else [body.readout.weight, body.readout.bias]
    return tuple(-1 if begin is None else begin for begin in found)
