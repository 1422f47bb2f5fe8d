"""Emissions: the distribution of an observation in each hidden state, learned from weighted
values."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ..._check import whole
from ..heads import Emitting, Gaussian, raw_scales


class Weighted(NamedTuple):
    """Values with the weight of each state at each, as forward-backward found them, and for a state
    of which little was seen so much of the values as a whole: `prior` observations at `mean` ±
    `spread`."""

    values: Float[np.ndarray, "total channel"]
    observed: Bool[np.ndarray, "total channel"]
    lagged: Float[np.ndarray, "total lag channel"]
    weights: Float[np.ndarray, "total state"]
    prior: float
    mean: Float[np.ndarray, " channel"]
    spread: Float[np.ndarray, " channel"]


class Emission(eqx.Module):
    """The distribution of an observation in each state, whatever its kind."""

    @property
    @abstractmethod
    def head(self) -> Emitting:
        """The head that reads the parameters of one channel."""

    @property
    @abstractmethod
    def channels(self) -> int:
        """The number of values in an observation."""

    @property
    def lags(self) -> int:
        """The number of past values that it depends on beside the state."""
        return 0

    @property
    def copies(self) -> int:
        """The number of copies of each state, after so many steps in it."""
        return 1

    @property
    @abstractmethod
    def free(self) -> int:
        """The number of free parameters."""

    @abstractmethod
    def scores(
        self,
        value: Float[Array, "*axes channel"],
        observed: Bool[Array, "*axes channel"],
        recent: Float[Array, "*axes lag channel"],
    ) -> Float[Array, "*axes state"]:
        """log p(what was observed | state), 0 where nothing was."""

    @abstractmethod
    def marginals(
        self, recent: Float[Array, "batch lag channel"]
    ) -> Float[Array, "batch state channel parameter"]:
        """The distribution of each channel in each state."""

    def expected(
        self,
        values: Float[np.ndarray, "total channel"],
        observed: Bool[np.ndarray, "total channel"],
    ) -> Float[np.ndarray, "total state channel"]:
        """The mean of every channel in every state, given the observed ones: the same at all steps
        where channels are independent."""
        alone = jnp.zeros((1, self.lags, self.channels))
        means = np.asarray(self.head.mean(self.marginals(alone)))[0]
        return np.broadcast_to(means, (len(values), *means.shape))

    @abstractmethod
    def learned(self, given: Weighted) -> "Emission":
        """The same with the parameters under which the weighted values are most probable, or more
        so than under the present ones."""


class ByChannel(Emission):
    """Channels are independent of each other given the state, each read by the head `kind`."""

    parameters: Float[Array | np.ndarray, "state channel parameter"]
    kind: Emitting = eqx.field(static=True)

    @property
    def head(self) -> Emitting:
        """The kind."""
        return self.kind

    @property
    def channels(self) -> int:
        """As many as there are parameters for."""
        return self.parameters.shape[1]

    @property
    def free(self) -> int:
        """Those of every channel in every state."""
        return self.parameters.shape[0] * self.parameters.shape[1] * self.kind.free

    def scores(
        self,
        value: Float[Array, "*axes channel"],
        observed: Bool[Array, "*axes channel"],
        recent: Float[Array, "*axes lag channel"],
    ) -> Float[Array, "*axes state"]:
        """Summed over channels."""
        logs = densities(self.kind, jnp.asarray(self.parameters), value)
        return jnp.where(observed[..., None, :], logs, 0.0).sum(axis=-1)

    def marginals(
        self, recent: Float[Array, "batch lag channel"]
    ) -> Float[Array, "batch state channel parameter"]:
        """The same whatever came before."""
        held = jnp.asarray(self.parameters)
        return jnp.broadcast_to(held, (len(recent), *held.shape))

    def learned(self, given: Weighted) -> "ByChannel":
        """Channel by channel."""
        found = np.array(self.parameters, np.float64)
        for channel in range(found.shape[1]):
            values, weights = with_prior(given, channel)
            found[:, channel] = self.kind.estimate(values, weights, found[:, channel])
        return ByChannel(found, self.kind)


@dataclass(frozen=True)
class FullGaussian:
    """Normal with a covariance between channels: each state has its own, or all share one
    (`tied`)."""

    tied: bool = False

    @property
    def head(self) -> Emitting:
        """The head of one channel by itself."""
        return Gaussian()


class Joint(Emission):
    """Normal with mean and covariance, of each state its own; `tied`: one covariance for all.

    Of an observation of which some channels are missing, the density is that of the others.
    """

    mean: Float[Array | np.ndarray, "state channel"]
    covariance: Float[Array | np.ndarray, "state channel channel"]
    tied: bool = eqx.field(static=True)

    @property
    def head(self) -> Emitting:
        """Of one channel by itself."""
        return Gaussian()

    @property
    def channels(self) -> int:
        """As many as there are parameters for."""
        return self.mean.shape[1]

    @property
    def free(self) -> int:
        """Means, and the covariance of every state or of all together."""
        states, channels = self.mean.shape
        covariances = channels * (channels + 1) // 2
        return states * channels + (1 if self.tied else states) * covariances

    def scores(
        self,
        value: Float[Array, "*axes channel"],
        observed: Bool[Array, "*axes channel"],
        recent: Float[Array, "*axes lag channel"],
    ) -> Float[Array, "*axes state"]:
        """−½(d'Σ⁻¹d + log|Σ| + n·log 2π) over the n observed channels: a missing one is given the
        variance 1, no covariance and no deviation."""
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
        """Mean and standard deviation of each channel."""
        deviation = jnp.sqrt(jnp.diagonal(self.covariance, axis1=-2, axis2=-1))
        raw = deviation + jnp.log(-jnp.expm1(-deviation))  # the head adds a floor of 1e-4
        both = jnp.stack([self.mean, raw], axis=-1)
        return jnp.broadcast_to(both, (len(recent), *both.shape))

    def expected(
        self,
        values: Float[np.ndarray, "total channel"],
        observed: Bool[np.ndarray, "total channel"],
    ) -> Float[np.ndarray, "total state channel"]:
        """Those of the normal distribution given the observed channels."""
        mean, covariance = np.asarray(self.mean), np.asarray(self.covariance)
        none = np.zeros(len(values))
        given = Weighted(values, observed, none, none, 0.0, none, none)
        found = [_completed(given, none, m, c)[0] for m, c in zip(mean, covariance, strict=True)]
        return np.stack(found, axis=1)

    def learned(self, given: Weighted) -> "Joint":
        """Weighted means and covariances of the values, a missing channel standing at what the
        others and the state make of it (Ghahramani & Jordan 1994)."""
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


def _completed(
    given: Weighted, weight: np.ndarray, mean: np.ndarray, covariance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Values with the expected ones where they are missing, and the weighted covariance of what is
    not known of them."""
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


@dataclass(frozen=True)
class Autoregressive:
    """Normal around a regression on the last `lags` values of the same channel, intercept, weights
    and variance of each state its own: Markov switching autoregression (Hamilton 1989)."""

    lags: int = 1

    def __post_init__(self) -> None:
        whole("lags", self.lags)

    @property
    def head(self) -> Emitting:
        """The head of one channel."""
        return Gaussian()


class Switching(Emission):
    """Normal with mean intercept + Σ weight · lag, newest lag last."""

    weight: Float[Array | np.ndarray, "state channel lag"]
    parameters: Float[Array | np.ndarray, "state channel parameter"]

    @property
    def head(self) -> Emitting:
        """Normal."""
        return Gaussian()

    @property
    def channels(self) -> int:
        """As many as there are parameters for."""
        return self.parameters.shape[1]

    @property
    def lags(self) -> int:
        """Past values of the regression."""
        return self.weight.shape[-1]

    @property
    def free(self) -> int:
        """Weights, intercept and variance of every channel in every state."""
        return self.weight.size + self.parameters.size

    def scores(
        self,
        value: Float[Array, "*axes channel"],
        observed: Bool[Array, "*axes channel"],
        recent: Float[Array, "*axes lag channel"],
    ) -> Float[Array, "*axes state"]:
        """Summed over channels."""
        logs = densities(Gaussian(), self._around(recent), value)
        return jnp.where(observed[..., None, :], logs, 0.0).sum(axis=-1)

    def marginals(
        self, recent: Float[Array, "batch lag channel"]
    ) -> Float[Array, "batch state channel parameter"]:
        """Around the regression."""
        return self._around(recent)

    def _around(self, recent: Array) -> Array:
        line = jnp.einsum("...lc,kcl->...kc", recent, self.weight)
        return Gaussian().at(line, jnp.broadcast_to(jnp.asarray(self.parameters), (*line.shape, 2)))

    def learned(self, given: Weighted) -> "Switching":
        """Weighted least squares in each state; the prior draws the line towards the mean."""
        states, channels, lags = self.weight.shape
        weight, parameters = np.zeros((states, channels, lags)), np.zeros((states, channels, 2))
        for c in range(channels):
            seen = given.observed[:, c]
            inputs = np.concatenate([np.ones((seen.sum(), 1)), given.lagged[seen, :, c]], axis=1)
            target, spread = given.values[seen, c], max(given.spread[c], 1e-6)
            ridge = given.prior * np.diag([1.0, *[spread**2] * lags])
            for k in range(states):
                w = given.weights[seen, k]
                pull = np.concatenate([[given.prior * given.mean[c]], np.zeros(lags)])
                gram = (w[:, None] * inputs).T @ inputs + ridge
                line = np.linalg.solve(gram, inputs.T @ (w * target) + pull)
                square = w @ np.square(target - inputs @ line) + given.prior * spread**2
                scale = np.sqrt(square / (w.sum() + given.prior))
                weight[k, c], parameters[k, c] = line[1:], (line[0], raw_scales(scale))
        return Switching(weight, parameters)


def densities(
    head: Emitting,
    parameters: Float[Array, "*either state channel parameter"],
    value: Float[Array, "*axes channel"],
) -> Float[Array, "*axes state channel"]:
    """The log density of each channel in each state, of parameters that are the same at all steps
    or have the axes of the values.

    Mapped over steps, so that what depends on the parameters alone is computed once.
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
    """The observed values of a channel with their weights, and two more that stand for the
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


def blank(emission: Any, states: int, channels: int) -> Emission:
    """An emission of that kind before anything was learned."""
    return _BLANK.get(type(emission), _by_channel)(emission, states, channels)


def _by_channel(kind: Emitting, states: int, channels: int) -> Emission:
    return ByChannel(jnp.zeros((states, channels, kind.parameters), jnp.float32), kind)


def _joint(kind: FullGaussian, states: int, channels: int) -> Emission:
    eye = jnp.broadcast_to(jnp.eye(channels, dtype=jnp.float32), (states, channels, channels))
    return Joint(jnp.zeros((states, channels), jnp.float32), eye, kind.tied)


def _switching(kind: Autoregressive, states: int, channels: int) -> Emission:
    return Switching(
        jnp.zeros((states, channels, kind.lags), jnp.float32),
        jnp.zeros((states, channels, 2), jnp.float32),
    )


_BLANK: dict[type, Any] = {FullGaussian: _joint, Autoregressive: _switching}
"""Functions that make the kinds which are no heads."""
