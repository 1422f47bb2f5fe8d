"""One update of a network from the parts of its minibatch: sums of gradients, which add up to the
same whoever computes them."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Bool, Float, Int

from ..._types import Key
from ...data import Panel, Windows, carried_forward, sliding_windows
from ...models import Model
from .._loss import Batch, LossSteps, Series, WindowFacts, batch_loss


class Pool(NamedTuple):
    """Scaled series on the host, and all windows of them."""

    values: Float[np.ndarray, "total channel"]
    observed: Bool[np.ndarray, "total channel"]
    windows: Windows

    @classmethod
    def of(cls, panel: Panel, span: int) -> "Pool":
        """The windows of a scaled panel."""
        return cls(carried_forward(panel), panel.observed, sliding_windows(panel.offsets, span))

    @classmethod
    def joined(cls, parts: "list[Pool]") -> "Pool":
        """All windows of all parts."""
        first = np.cumsum([0, *(len(part.values) for part in parts)])
        windows = [
            Windows(part.windows.start + at, part.windows.length, part.windows.stop + at)
            for part, at in zip(parts, first, strict=False)
        ]
        return cls(
            np.concatenate([part.values for part in parts]),
            np.concatenate([part.observed for part in parts]),
            Windows(*(np.concatenate(column) for column in zip(*windows, strict=True))),
        )

    def drawn(self, chosen: Int[np.ndarray, " some"], reach: int) -> tuple[Series, Batch]:
        """These windows by themselves, of `reach` steps each, so that every draw has one shape."""
        start, length, stop = (part[chosen] for part in self.windows)
        rows = np.minimum(start[:, None] + np.arange(reach), len(self.values) - 1).ravel()
        at = np.arange(len(chosen), dtype=np.int32) * reach
        stop = (at + np.minimum(stop - start, reach)).astype(np.int32)
        series = Series(
            jnp.asarray(self.values[rows], jnp.float32), jnp.asarray(self.observed[rows])
        )
        weight = np.ones(len(chosen), np.float32)
        return series, Batch(*map(jnp.asarray, (at, length, stop, weight)))


class GradientSum(NamedTuple):
    """The gradient of a sum of losses as one vector, that sum, and the number of its terms."""

    gradient: Float[Array, " weight"]
    total: Float[Array, ""]
    terms: Float[Array, ""]


@eqx.filter_jit
def gradient_sum(
    model: Model, series: Series, batch: Batch, key: Key, *, span: int, steps: LossSteps
) -> GradientSum:
    """The gradient of the sum of the losses at windows: those of the parts of a minibatch add up to
    that of the whole."""
    weights, frozen = eqx.partition(model, eqx.is_inexact_array)

    def summed(weights: Model) -> tuple[Array, Array]:
        facts = WindowFacts(filled=False, complete=False)
        mean, (count, _) = batch_loss(
            eqx.combine(weights, frozen),
            series,
            batch,
            None,
            key,
            span=span,
            steps=steps,
            facts=facts,
        )
        return mean * count, count

    (total, count), gradients = jax.value_and_grad(summed, has_aux=True)(weights)
    return GradientSum(ravel_pytree(gradients)[0], total, count)


def weights_of(model: Model) -> Float[np.ndarray, " weight"]:
    """All weights as one vector."""
    return np.asarray(ravel_pytree(eqx.filter(model, eqx.is_inexact_array))[0])


def with_weights(model: Model, vector: Float[np.ndarray, " weight"]) -> Model:
    """The model with these weights."""
    weights, frozen = eqx.partition(model, eqx.is_inexact_array)
    return eqx.combine(ravel_pytree(weights)[1](jnp.asarray(vector)), frozen)


@eqx.filter_jit
def updated(
    vector: Float[Array, " weight"],
    optimizer_state: optax.OptState,
    gradient: Float[Array, " weight"],
    optimizer: optax.GradientTransformation,
) -> tuple[Float[Array, " weight"], optax.OptState]:
    """One step of the optimizer."""
    update, optimizer_state = optimizer.update(gradient, optimizer_state, vector)
    return optax.apply_updates(vector, update), optimizer_state
