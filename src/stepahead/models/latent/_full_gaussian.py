"""Channels with a joint normal distribution in each hidden state."""

from collections.abc import Callable
from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PyTree

from ..._settings import Settings
from ..._types import Key
from ..heads import NOISE, Emitting, Gaussian
from ._emission import Emission, Weighted


@dataclass(frozen=True)
class FullGaussian(Settings):
    """Normal with a covariance between channels, separate for each state, or the same for all
    (`tied`)."""

    tied: bool = False

    @property
    def head(self) -> Emitting:
        """The head of one channel."""
        return Gaussian()


class Joint(Emission):
    """Normal with a mean and a covariance for each state; if `tied`, one covariance for all.

    If some channels are missing, the density is that of the others.
    """

    mean: Float[Array | np.ndarray, "state channel"]
    covariance: Float[Array | np.ndarray, "state channel channel"]
    tied: bool = eqx.field(static=True)

    @property
    def head(self) -> Emitting:
        """The head of one channel."""
        return Gaussian()

    @property
    def channels(self) -> int:
        """The number of channels."""
        return self.mean.shape[1]

    @property
    def free(self) -> int:
        """The number of means, and of entries of the covariance of every state or of all
        together."""
        states, channels = self.mean.shape
        covariances = channels * (channels + 1) // 2
        return states * channels + (1 if self.tied else states) * covariances

    def scores(
        self,
        value: Float[Array, "*axes channel"],
        observed: Bool[Array, "*axes channel"],
        recent: Float[Array, "*axes lag channel"],
    ) -> Float[Array, "*axes state"]:
        """Return −½(d'Σ⁻¹d + log|Σ| + n·log 2π) over the n observed channels: a missing one gets
        variance 1, no covariance and deviation 0."""
        seen = observed[..., None, :]
        off = jnp.where(seen, value[..., None, :] - self.mean, 0.0)
        both = seen[..., :, None] & seen[..., None, :]
        held = jnp.where(both, self.covariance, jnp.eye(self.mean.shape[1], dtype=off.dtype))
        factor = jnp.linalg.cholesky(held)
        scaled = jax.scipy.linalg.solve_triangular(factor, off[..., None], lower=True)[..., 0]
        spread = jnp.log(jnp.diagonal(factor, axis1=-2, axis2=-1)).sum(axis=-1)
        count = observed.sum(axis=-1)[..., None]
        return -0.5 * (jnp.square(scaled).sum(axis=-1) + count * np.log(2 * np.pi)) - spread

    def marginals(
        self, recent: Float[Array, "batch lag channel"]
    ) -> Float[Array, "batch state channel parameter"]:
        """Return mean and standard deviation of each channel."""
        deviation = jnp.sqrt(jnp.diagonal(self.covariance, axis1=-2, axis2=-1))
        raw = deviation + jnp.log(-jnp.expm1(-deviation))  # the head adds a floor of 1e-4
        both = jnp.stack([self.mean, raw], axis=-1)
        return jnp.broadcast_to(both, (len(recent), *both.shape))

    def expected(
        self,
        values: Float[np.ndarray, "total channel"],
        observed: Bool[np.ndarray, "total channel"],
    ) -> Float[np.ndarray, "total state channel"]:
        """Return the means of the normal distribution given the observed channels."""
        mean, covariance = np.asarray(self.mean), np.asarray(self.covariance)
        none = np.zeros(len(values))
        given = Weighted(values, observed, none, none, 0.0, none, none)
        found = [_completed(given, none, m, c)[0] for m, c in zip(mean, covariance, strict=True)]
        return np.stack(found, axis=1)

    def around(
        self, mean: Float[np.ndarray, " channel"], spread: Float[np.ndarray, " channel"]
    ) -> "Joint":
        """Return equal states without correlations."""
        shape = self.covariance.shape
        alone = np.diag(np.where(spread > 0, np.square(spread), 1.0))
        means = np.broadcast_to(mean, shape[:2]).copy()
        return Joint(means, np.broadcast_to(alone, shape).copy(), self.tied)

    def learned(self, given: Weighted) -> "Joint":
        """Return the emission fitted by weighted means and covariances of the values, with missing
        channels replaced by their expectation given the others and the state (Ghahramani & Jordan
        1994)."""
        mean, covariance = np.asarray(self.mean), np.asarray(self.covariance)
        found = [
            self._one(given, given.weights[:, k], mean[k], covariance[k]) for k in range(len(mean))
        ]
        counts = np.array([count for count, _, _ in found])
        means = np.stack([m for _, m, _ in found])
        spreads = np.stack([s for _, _, s in found])
        if self.tied:
            pooled = np.einsum("k,kij->ij", counts, spreads) / counts.sum()
            spreads = np.broadcast_to(pooled, spreads.shape).copy()
        return Joint(means, spreads, self.tied)

    def unconstrained(self) -> PyTree:
        """Means, and the Cholesky factor of the covariance with the logarithm of its diagonal; one
        factor for all states if they are tied."""
        covariance = jnp.asarray(self.covariance)
        root = jnp.linalg.cholesky(covariance[:1] if self.tied else covariance)
        return self.mean, jnp.tril(root, -1) + _diagonal(jnp.log, root)

    def constrained(self, numbers: PyTree) -> "Joint":
        """Return the emission with these parameters."""
        mean, free = numbers
        root = jnp.tril(free, -1) + _diagonal(jnp.exp, free)
        covariance = root @ jnp.swapaxes(root, -1, -2)
        shape = (*mean.shape, mean.shape[-1])
        return Joint(mean, jnp.broadcast_to(covariance, shape), self.tied)

    def conditional(
        self,
        own: Float[Array, "*axes channel state parameter"],
        value: Float[Array, "*axes channel"],
        observed: Bool[Array, "*axes channel"],
    ) -> Float[Array, "*axes channel state"]:
        """Return the differences between the joint log densities of the first channels."""
        none = jnp.zeros((*value.shape[:-1], 0, self.channels))
        place = np.arange(self.channels)
        upto = [self.scores(value, observed & (place <= c), none) for c in place]
        return jnp.diff(jnp.stack(upto, axis=-2), axis=-2, prepend=0.0)

    def draw(
        self,
        own: Float[Array, "*axes channel parameter"],
        state: Int[Array, "*axes"],
        key: Key,
    ) -> Float[Array, "*axes channel"]:
        """Return the mean plus the Cholesky factor of the covariance times normal noise."""
        noise = jax.random.normal(key, own.shape[:-1], NOISE).astype(own.dtype)
        root = jnp.linalg.cholesky(jnp.asarray(self.covariance))[state]
        return own[..., 0] + (root @ noise[..., None])[..., 0].astype(own.dtype)

    def _one(
        self, given: Weighted, weight: np.ndarray, mean: np.ndarray, covariance: np.ndarray
    ) -> tuple[float, np.ndarray, np.ndarray]:
        values, more = _completed(given, weight, mean, covariance)
        count = weight.sum() + given.prior
        new = (weight @ values + given.prior * given.mean) / count
        off, away = values - new, given.mean - new
        spread = (weight[:, None] * off).T @ off + more
        spread += given.prior * (np.diag(np.square(given.spread)) + np.outer(away, away))
        return count, new, spread / count


def _diagonal(change: Callable[[Array], Array], square: Array) -> Array:
    """Square matrices with `change` applied to the diagonal, and zeros elsewhere."""
    eye = jnp.eye(square.shape[-1], dtype=square.dtype)
    return eye * change(jnp.diagonal(square, axis1=-2, axis2=-1))[..., None, :]


def _completed(
    given: Weighted, weight: np.ndarray, mean: np.ndarray, covariance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Values with missing ones replaced by their expectation, and the weighted covariance of the
    missing ones."""
    values, more = given.values.copy(), np.zeros_like(covariance)
    patterns, kind = np.unique(given.observed, axis=0, return_inverse=True)
    for number, seen in enumerate(patterns):
        if seen.all():
            continue
        rows, gone = np.flatnonzero(kind.ravel() == number), ~seen
        gain = np.zeros((gone.sum(), seen.sum()))
        if seen.any():
            inner = covariance[np.ix_(seen, seen)]
            gain = np.linalg.solve(inner, covariance[np.ix_(seen, gone)]).T
        values[np.ix_(rows, gone)] = mean[gone] + (values[np.ix_(rows, seen)] - mean[seen]) @ gain.T
        rest = covariance[np.ix_(gone, gone)] - gain @ covariance[np.ix_(seen, gone)]
        more[np.ix_(gone, gone)] += weight[rows].sum() * rest
    return values, more
