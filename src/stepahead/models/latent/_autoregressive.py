"""Markov switching autoregression: a regression on past values for each hidden state."""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, PyTree

from ..._check import whole
from ..._settings import Settings
from ..heads import Emitting, Gaussian, raw_scales
from ._by_channel import densities
from ._emission import Emission, Weighted


@dataclass(frozen=True)
class Autoregressive(Settings):
    """The emission of a Markov switching autoregression (Hamilton 1989): normal around a regression
    on the last `lags` values of the same channel, with intercept, weights and variance for each
    state."""

    lags: int = 1

    def __post_init__(self) -> None:
        whole("lags", self.lags)

    @property
    def head(self) -> Emitting:
        """The head of one channel."""
        return Gaussian()


class Switching(Emission):
    """Normal with mean intercept + Σ weight · lag, newest lag last, for each state."""

    weight: Float[Array | np.ndarray, "state channel lag"]
    parameters: Float[Array | np.ndarray, "state channel parameter"]

    @property
    def head(self) -> Emitting:
        """The head of a channel: normal."""
        return Gaussian()

    @property
    def channels(self) -> int:
        """The number of channels."""
        return self.parameters.shape[1]

    @property
    def lags(self) -> int:
        """The number of past values in the regression."""
        return self.weight.shape[-1]

    @property
    def free(self) -> int:
        """The number of weights, intercepts and variances over all channels and states."""
        return self.weight.size + self.parameters.size

    def scores(
        self,
        value: Float[Array, "*axes channel"],
        observed: Bool[Array, "*axes channel"],
        recent: Float[Array, "*axes lag channel"],
    ) -> Float[Array, "*axes state"]:
        """Return log p(observation | state), summed over channels."""
        logs = densities(Gaussian(), self._around(recent), value)
        return jnp.where(observed[..., None, :], logs, 0.0).sum(axis=-1)

    def marginals(
        self, recent: Float[Array, "batch lag channel"]
    ) -> Float[Array, "batch state channel parameter"]:
        """Return mean and raw standard deviation, with the mean by the regression."""
        return self._around(recent)

    def _around(self, recent: Array) -> Array:
        line = jnp.einsum("...lc,kcl->...kc", recent, self.weight)
        return Gaussian().at(line, jnp.broadcast_to(jnp.asarray(self.parameters), (*line.shape, 2)))

    def learned(self, given: Weighted) -> "Switching":
        """Return the emission fitted by weighted least squares in each state, of values and lags as
        deviations from the mean of the channel; the prior shrinks the regression towards that
        mean."""
        states, channels, lags = self.weight.shape
        weight, parameters = np.zeros((states, channels, lags)), np.zeros((states, channels, 2))
        for c in range(channels):
            seen, mean = given.observed[:, c], given.mean[c]
            past = given.lagged[seen, :, c] - mean
            inputs = np.concatenate([np.ones((len(past), 1)), past], axis=1)
            target, spread = given.values[seen, c] - mean, max(given.spread[c], 1e-6)
            ridge = given.prior * np.diag([1.0, *[spread**2] * lags])
            for k in range(states):
                w = given.weights[seen, k]
                gram = (w[:, None] * inputs).T @ inputs + ridge
                line = np.linalg.solve(gram, inputs.T @ (w * target))
                square = w @ np.square(target - inputs @ line) + given.prior * spread**2
                scale = np.sqrt(square / (w.sum() + given.prior))
                intercept = line[0] + mean * (1 - line[1:].sum())
                weight[k, c], parameters[k, c] = line[1:], (intercept, scale)
        parameters[..., 1] = raw_scales(parameters[..., 1])
        return Switching(weight, parameters)

    def unconstrained(self) -> PyTree:
        """The weights, and the other parameters."""
        return self.weight, self.parameters

    def constrained(self, numbers: PyTree) -> "Switching":
        """Return the emission with these parameters."""
        return Switching(*numbers)
