"""Training of the usual stacks on windows by native calls: loss and gradient of a minibatch as one,
which leaves XLA with the update alone, or a whole epoch of several models by Adam."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from .. import native
from ..models import AnchoredBody, Gaussian, Head, Model, Point
from ..models.cells import GatedCell, RecurrentBody
from ..ops import NATIVE, Weights, best_path, unfit
from ._descent import Slope
from ._loss import Batch, LossSteps, Series, WindowFacts
from ._optimizers import AdamSettings

LOSSES: dict[type[Head], str] = {Point: "squared", Gaussian: "normal"}
"""The heads whose loss the kernel supports."""


class EpochResult(NamedTuple):
    """A model after an epoch, the state of its optimizer, and the mean loss."""

    model: Model
    optimizer_state: optax.OptState
    loss: Float[Array, ""]


@dataclass(frozen=True, eq=False)
class OneCall:
    """A stack that the kernel knows, on windows of `span` values of which the steps `places` count,
    each with so many `terms` of the loss."""

    stack: native.StackShape
    values: Float[Array, "total channel"]
    span: int
    places: tuple[int, ...]
    terms: int

    def __call__(self, weights: Array, minibatch: tuple[Batch, Any, Any]) -> Slope:
        """The loss and the gradient of `batch_loss`, by the weights as one vector (in the order of
        `ravel_pytree`) and a minibatch, its windows first."""
        windows = minibatch[0]
        loss, gradient = native.window_step(
            self.stack,
            *(self.span, self.places, weights, self.values, windows.start, windows.weight),
        )
        return Slope(loss, windows.weight.sum() * self.terms, gradient)

    def epoch(
        self,
        models: Sequence[Model],
        states: Sequence[optax.OptState],
        values: Sequence[Float[Array, "total channel"]],
        batches: Sequence[Batch],
        adam: AdamSettings,
    ) -> list[EpochResult]:
        """Take a step of Adam for each minibatch. Models are alike, but each has weights, a state
        of its optimizer and minibatches of its own; `values` are those of each, or one for all."""
        frozen = [eqx.partition(model, eqx.is_inexact_array)[1] for model in models]
        flat = [ravel_pytree(eqx.filter(model, eqx.is_inexact_array)) for model in models]
        moments = [state[0] for state in states]
        before = (
            jnp.stack([vector for vector, _ in flat]),
            jnp.stack([each.mu for each in moments]),
            jnp.stack([each.nu for each in moments]),
        )
        start, weight = (
            jnp.stack([getattr(each, name) for each in batches]) for name in ("start", "weight")
        )
        updates = start.shape[1]
        done = native.window_epoch(
            *(self.stack, self.span, self.places, before, jnp.stack(values), start, weight),
            *adam.rates(moments[0].count, updates),
            clip=adam.clip,
            decay=adam.decay,
        )
        terms = weight.sum(axis=2) * self.terms
        losses = (done.losses * terms).sum(axis=1) / jnp.maximum(terms.sum(axis=1), 1.0)
        return [
            EpochResult(
                eqx.combine(flat[k][1](done.weights[k]), frozen[k]),
                (
                    moments[k]._replace(
                        count=moments[k].count + updates, mu=done.mean[k], nu=done.square[k]
                    ),
                    *jax.tree.map(lambda count: count + updates, states[k][1:]),
                ),
                losses[k],
            )
            for k in range(len(models))
        ]


def in_one_call(
    model: Model, series: Series, batch: int, span: int, steps: LossSteps, facts: WindowFacts
) -> OneCall | None:
    """The native calls for such a model and data; None where the kernel has none, or is not the
    fastest.

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
    return OneCall(stack, series.values, span, places, terms)


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
