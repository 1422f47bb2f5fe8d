"""One update of a network from parts of a minibatch: sums of gradients, with the same result for
any number of processes."""

from typing import NamedTuple, TypeVar

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
from .._loss import (
    Batch,
    LossSteps,
    Series,
    SeriesCovariates,
    WindowFacts,
    batch_loss,
    places_of_steps,
)

Network = TypeVar("Network", bound=eqx.Module)


class HostCovariates(NamedTuple):
    """The covariates of scaled series on the host: see `SeriesCovariates`."""

    past: Float[np.ndarray, "total past"]
    known: Float[np.ndarray, "reached known"]
    static: Float[np.ndarray, "series static"]
    place: Int[np.ndarray, " total"]
    owner: Int[np.ndarray, " total"]

    @classmethod
    def of(cls, panel: Panel) -> "HostCovariates | None":
        """Return those of a panel; None if it has none."""
        held = panel.covariates
        if held is None:
            return None
        return cls(held.past, held.known, held.static, *places_of_steps(panel, held))

    def after(self, known: int, series: int) -> "HostCovariates":
        """Return them with indices shifted by this number of `known` rows and `series`."""
        return self._replace(place=self.place + known, owner=self.owner + series)

    @classmethod
    def joined(cls, parts: "list[HostCovariates]") -> "HostCovariates":
        """Return those of all parts, one after the other."""
        known = np.cumsum([0, *(len(part.known) for part in parts)])
        series = np.cumsum([0, *(len(part.static) for part in parts)])
        moved = [part.after(*at) for part, *at in zip(parts, known, series, strict=False)]
        return cls(*(np.concatenate(block) for block in zip(*moved, strict=True)))

    def drawn(
        self, start: Int[np.ndarray, " some"], rows: Int[np.ndarray, " row"], reach: int
    ) -> SeriesCovariates:
        """Return those of windows of `reach` steps that begin at `start` and contain these rows,
        with each window as a separate series."""
        ahead = self.place[start][:, None] + np.arange(reach)
        ahead = np.minimum(ahead, len(self.known) - 1).ravel()  # beyond the end no loss counts
        return SeriesCovariates(
            jnp.asarray(self.past[rows], jnp.float32),
            jnp.asarray(self.known[ahead], jnp.float32),
            jnp.asarray(self.static[self.owner[start]], jnp.float32),
            jnp.arange(len(rows)),
            jnp.repeat(jnp.arange(len(start)), reach),
        )


class Pool(NamedTuple):
    """Scaled series on the host, and all windows of them."""

    values: Float[np.ndarray, "total channel"]
    observed: Bool[np.ndarray, "total channel"]
    windows: Windows
    covariates: HostCovariates | None = None

    @classmethod
    def of(cls, panel: Panel, span: int) -> "Pool":
        """Return the windows of `span` steps of a scaled panel; its covariates must extend as far
        beyond every end as the model looks ahead."""
        windows, covariates = sliding_windows(panel.offsets, span), HostCovariates.of(panel)
        return cls(carried_forward(panel), panel.observed, windows, covariates)

    @classmethod
    def joined(cls, parts: "list[Pool]") -> "Pool":
        """Return all windows of all parts."""
        first = np.cumsum([0, *(len(part.values) for part in parts)])
        windows = [
            Windows(part.windows.start + at, part.windows.length, part.windows.stop + at)
            for part, at in zip(parts, first, strict=False)
        ]
        covariates = [part.covariates for part in parts if part.covariates is not None]
        return cls(
            np.concatenate([part.values for part in parts]),
            np.concatenate([part.observed for part in parts]),
            Windows(*(np.concatenate(column) for column in zip(*windows, strict=True))),
            HostCovariates.joined(covariates) if covariates else None,
        )

    def drawn(self, chosen: Int[np.ndarray, " some"], reach: int) -> tuple[Series, Batch]:
        """Return the `chosen` windows, of `reach` steps each, so that all minibatches have the same
        shape."""
        start, length, stop = (part[chosen] for part in self.windows)
        rows = np.minimum(start[:, None] + np.arange(reach), len(self.values) - 1).ravel()
        at = np.arange(len(chosen), dtype=np.int32) * reach
        stop = (at + np.minimum(stop - start, reach)).astype(np.int32)
        series = Series(
            jnp.asarray(self.values[rows], jnp.float32),
            jnp.asarray(self.observed[rows]),
            None if self.covariates is None else self.covariates.drawn(start, rows, reach),
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
    """Return the gradient of the sum of the losses over the windows of `batch` at these `steps`:
    the sums of the parts of a minibatch add up to that of the whole."""
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


def weights_of(model: eqx.Module) -> Float[np.ndarray, " weight"]:
    """Return all weights as one vector."""
    return np.asarray(ravel_pytree(eqx.filter(model, eqx.is_inexact_array))[0])


def with_weights(model: Network, vector: Float[np.ndarray, " weight"]) -> Network:
    """Return the model with these weights."""
    weights, frozen = eqx.partition(model, eqx.is_inexact_array)
    return eqx.combine(ravel_pytree(weights)[1](jnp.asarray(vector)), frozen)


@eqx.filter_jit
def updated(
    vector: Float[Array, " weight"],
    optimizer_state: optax.OptState,
    gradient: Float[Array, " weight"],
    optimizer: optax.GradientTransformation,
) -> tuple[Float[Array, " weight"], optax.OptState]:
    """Return the weights `vector` and the optimizer's state after one step with this gradient."""
    update, optimizer_state = optimizer.update(gradient, optimizer_state, vector)
    return optax.apply_updates(vector, update), optimizer_state
