"""The head of a mixture: several distributions of one kind, each with a weight."""

from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ..._check import whole
from ..._types import Key
from ._formulas import NOISE
from ._gaussian import Gaussian
from ._head import Emitting

HALVINGS = 60
"""The number of times that the bracket around a quantile is halved."""


@dataclass(frozen=True)
class MixtureOf(Emitting):
    """p(y) = Σ_k w_k p_k(y): `components` distributions of the kind `head`. The first numbers of
    `out` are log weights, up to a constant; the parameters of each component follow.

    >>> from stepahead.models import Poisson
    >>> two = MixtureOf(head=Poisson(), components=2)
    >>> out = jnp.log(jnp.array([0.25, 0.75, 1.0, 5.0]))  # one in four has the mean 1
    >>> round(two.mean(out).item(), 4), two.quantiles(np.asarray(out), (0.5,)).tolist()
    (4.0, [4.0])
    """

    head: Emitting = field(default_factory=Gaussian)
    components: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        whole("components", self.components)

    @property
    def parameters(self) -> int:
        """A weight and the parameters of each component."""
        return self.components * (1 + self.head.parameters)

    @property
    def free(self) -> int:
        """One less than `parameters`: log weights are determined up to a constant."""
        return self.components * (1 + self.head.free) - 1

    def readable(self, value: Float[np.ndarray, "*axes"]) -> Bool[np.ndarray, "*axes"]:
        """True where its components can read a value."""
        return self.head.readable(value)

    def log_density(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """log Σ w_k p_k(y), in nats."""
        logs, parts = self._parts(out)
        each = jnp.broadcast_to(target[..., None], logs.shape)
        return jax.nn.logsumexp(logs + self.head.log_density(parts, each), axis=-1)

    def mean(self, out: Float[Array, "*axes parameter"]) -> Float[Array, "*axes"]:
        """Σ w_k · the mean of component k."""
        logs, parts = self._parts(out)
        return (jnp.exp(logs) * self.head.mean(parts)).sum(axis=-1)

    def quantiles(
        self, out: np.ndarray, probabilities: tuple[float, ...]
    ) -> Float[np.ndarray, "*axes quantile"]:
        """Return the values at which Σ w_k F_k reaches each probability, by bisection between the
        smallest and the largest quantile of a component."""
        weights, parts = self._host_parts(out)
        ends = self.head.quantiles(parts, probabilities)
        low, high = ends.min(axis=-2), ends.max(axis=-2)
        whole_numbers = self.head.counts(parts).all(axis=-1, keepdims=True)
        low = np.where(whole_numbers, low - 1.0, low)
        parts = np.moveaxis(parts, -2, 0)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            below = sum(
                weights[..., k, None] * self._below(part[..., None, :], middle)
                for k, part in enumerate(parts)
            )
            reached = below >= np.asarray(probabilities)
            low, high = np.where(reached, low, middle), np.where(reached, middle, high)
        return np.where(whole_numbers, np.round(high), high)

    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """A component by its weight, then a draw from it."""
        of_component, of_value = jax.random.split(key)
        logs, parts = self._parts(out)
        chosen = jnp.argmax(logs + jax.random.gumbel(of_component, logs.shape, NOISE), axis=-1)
        part = jnp.take_along_axis(parts, chosen[..., None, None], axis=-2)[..., 0, :]
        return self.head.draw(part, of_value)

    def cdf(self, out: np.ndarray, value: np.ndarray) -> Float[np.ndarray, "*axes"]:
        """Σ w_k F_k, on the host."""
        weights, parts = self._host_parts(out)
        return (weights * self._below(parts, np.asarray(value)[..., None])).sum(axis=-1)

    def _below(self, parts: np.ndarray, value: np.ndarray) -> np.ndarray:
        """The distribution function of components, with broadcast axes."""
        shape = np.broadcast_shapes(parts.shape[:-1], value.shape)
        each = np.broadcast_to(parts, (*shape, parts.shape[-1]))
        return self.head.cdf(each, np.broadcast_to(value, shape))

    def around(
        self, current: Float[np.ndarray, "component parameter"], mean: float, spread: float
    ) -> Float[np.ndarray, "component parameter"]:
        """Return equal components."""
        found = current.copy()
        for row in found:
            _, parts = self._host_parts(row)
            row[self.components :] = self.head.around(parts, mean, spread).ravel()
        return found

    def estimate(
        self,
        values: Float[np.ndarray, " row"],
        weights: Float[np.ndarray, "row component"],
        current: Float[np.ndarray, "component parameter"],
    ) -> Float[np.ndarray, "component parameter"]:
        """Do one step of expectation maximisation; components that are all equal are first spread
        from the lowest values to the highest."""
        found = np.zeros((weights.shape[1], self.parameters))
        for k, weight in enumerate(weights.T):
            shares = self._shares(values, weight, current[k]) * weight[:, None] + 1e-12
            _, parts = self._host_parts(current[k])
            learned = self.head.estimate(values, shares, parts)
            logs = np.log(shares.sum(axis=0) / shares.sum())
            found[k] = np.concatenate([logs, learned.ravel()])
        return found

    def _shares(
        self, values: np.ndarray, weight: np.ndarray, out: np.ndarray
    ) -> Float[np.ndarray, "row part"]:
        """The probability of each component given each value."""
        weights, parts = self._host_parts(out)
        if (parts == parts[0]).all():
            order = np.argsort(values, kind="stable")
            rank = np.empty(len(values))
            rank[order] = np.cumsum(weight[order]) / weight.sum()
            part = np.minimum((rank * self.components).astype(int), self.components - 1)
            return np.eye(self.components)[part]
        each = np.broadcast_to(parts, (len(values), *parts.shape))
        with np.errstate(divide="ignore"), jax.enable_x64(True):
            target = jnp.repeat(jnp.asarray(values)[:, None], self.components, axis=1)
            logs = np.log(weights) + np.asarray(self.head.log_density(jnp.asarray(each), target))
        return np.exp(logs - np.logaddexp.reduce(logs, axis=1, keepdims=True))

    def _parts(self, out: Array) -> tuple[Array, Array]:
        """Normalised log weights, and the parameters of each component."""
        logs = jax.nn.log_softmax(out[..., : self.components], axis=-1)
        rest = out[..., self.components :]
        return logs, rest.reshape(*rest.shape[:-1], self.components, self.head.parameters)

    def _host_parts(self, out: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        logs, rest = out[..., : self.components], out[..., self.components :]
        weights = np.exp(logs - np.logaddexp.reduce(logs, axis=-1, keepdims=True))
        return weights, rest.reshape(*rest.shape[:-1], self.components, self.head.parameters)


def mixed(
    log_weights: Float[Array, "*axes component"], parts: Float[Array, "*axes component parameter"]
) -> Float[Array, "*axes number"]:
    """Return the output that `MixtureOf` reads."""
    return jnp.concatenate([log_weights, parts.reshape(*parts.shape[:-2], -1)], axis=-1)
