"""Channels that are independent given the hidden state, all of one kind."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, PyTree

from ..heads import Emitting
from ._emission import Emission, Weighted


class ByChannel(Emission):
    """Channels that are independent given the state, each with a distribution of the head
    `kind`."""

    parameters: Float[Array | np.ndarray, "state channel parameter"]
    kind: Emitting = eqx.field(static=True)

    @property
    def head(self) -> Emitting:
        """The head of a channel."""
        return self.kind

    @property
    def channels(self) -> int:
        """The number of channels."""
        return self.parameters.shape[1]

    @property
    def free(self) -> int:
        """The number of free parameters over all channels and states."""
        return self.parameters.shape[0] * self.parameters.shape[1] * self.kind.free

    def scores(
        self,
        value: Float[Array, "*axes channel"],
        observed: Bool[Array, "*axes channel"],
        recent: Float[Array, "*axes lag channel"],
    ) -> Float[Array, "*axes state"]:
        """Return log p(observation | state), summed over channels."""
        logs = densities(self.kind, jnp.asarray(self.parameters), value)
        return jnp.where(observed[..., None, :], logs, 0.0).sum(axis=-1)

    def marginals(
        self, recent: Float[Array, "batch lag channel"]
    ) -> Float[Array, "batch state channel parameter"]:
        """Return the parameters, which do not depend on past values."""
        held = jnp.asarray(self.parameters)
        return jnp.broadcast_to(held, (len(recent), *held.shape))

    def around(
        self, mean: Float[np.ndarray, " channel"], spread: Float[np.ndarray, " channel"]
    ) -> "ByChannel":
        """Return initial parameters for each channel."""
        found = np.array(self.parameters, np.float64)
        for channel, (place, width) in enumerate(zip(mean, spread, strict=True)):
            found[:, channel] = self.kind.around(found[:, channel], float(place), float(width))
        return ByChannel(found, self.kind)

    def learned(self, given: Weighted) -> "ByChannel":
        """Return the emission fitted to each channel."""
        found = np.array(self.parameters, np.float64)
        for channel in range(found.shape[1]):
            values, weights = with_prior(given, channel)
            found[:, channel] = self.kind.estimate(values, weights, found[:, channel])
        return ByChannel(found, self.kind)

    def normal(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Mean and standard deviation if the kind is normal, else None."""
        return self.kind.normal(np.asarray(self.parameters, np.float64))

    def unconstrained(self) -> Array | np.ndarray:
        """The parameters themselves."""
        return self.parameters

    def constrained(self, numbers: PyTree) -> "ByChannel":
        """Return the emission with these parameters."""
        return ByChannel(numbers, self.kind)


def densities(
    head: Emitting,
    parameters: Float[Array, "*either state channel parameter"],
    value: Float[Array, "*axes channel"],
) -> Float[Array, "*axes state channel"]:
    """Return the log density of each channel in each state; the parameters are the same at all
    steps, or have the axes of the values.

    It is mapped over steps, so that what depends on the parameters alone is computed once.
    """
    *axes, channels = value.shape
    shape = (*parameters.shape[-3:-1], parameters.shape[-1])

    def at_one(x: Array, own: Array) -> Array:
        return head.log_density(own, jnp.broadcast_to(x, shape[:2]))

    along = parameters.ndim > 3
    held = parameters.reshape(-1, *shape) if along else parameters
    found = jax.vmap(at_one, in_axes=(0, 0 if along else None))(value.reshape(-1, channels), held)
    return found.reshape(*axes, *shape[:2])


def with_prior(
    given: Weighted, channel: int
) -> tuple[Float[np.ndarray, " row"], Float[np.ndarray, "row state"]]:
    """The observed values of a channel with their weights, and two more values that represent the
    prior."""
    seen = given.observed[:, channel]
    values, weights = given.values[:, channel], given.weights
    if not seen.all():
        values, weights = values[seen], weights[seen]
    if not given.prior:
        return values, weights
    ends = given.mean[channel] + given.spread[channel] * np.array([-1.0, 1.0])
    half = np.full((2, weights.shape[1]), given.prior / 2)
    return np.concatenate([values, ends]), np.concatenate([weights, half])
