"""The head for counts whose variance is their mean."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..._types import Key
from ._counts import Counts, log_mean


@dataclass(frozen=True)
class Poisson(Counts):
    """Counts whose variance is their mean, `exp(out[0])`. Targets are whole numbers from 0 on.

    >>> out = jnp.array([jnp.log(4.0)])
    >>> round(Poisson().log_density(out, jnp.array(3.0)).item(), 4)  # 4³·e⁻⁴/3!
    -1.6329
    """

    @property
    def parameters(self) -> int:
        """One: the log mean."""
        return 1

    def log_density(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """y·log m − m − log y!, in nats."""
        log = log_mean(out[..., 0])
        return target * log - jnp.exp(log) - jax.lax.lgamma(target + 1)

    def quantiles(
        self, out: np.ndarray, probabilities: tuple[float, ...]
    ) -> Float[np.ndarray, "*axes quantile"]:
        """The smallest count whose cumulative probability reaches the level."""
        from scipy import stats

        mean = np.exp(log_mean(out[..., 0]))
        return stats.poisson.ppf(np.asarray(probabilities), mean[..., None])

    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """A Poisson draw."""
        return jax.random.poisson(key, self.mean(out)).astype(out.dtype)

    def cdf(self, out: np.ndarray, value: np.ndarray) -> Float[np.ndarray, "*axes"]:
        """The probability of a count at most as large, on the host."""
        from scipy.special import pdtr

        below = pdtr(np.maximum(np.floor(value), 0), np.exp(log_mean(out[..., 0])))
        return np.where(value < 0, 0.0, below)

    def estimate(
        self,
        values: Float[np.ndarray, " row"],
        weights: Float[np.ndarray, "row component"],
        current: Float[np.ndarray, "component parameter"],
    ) -> Float[np.ndarray, "component parameter"]:
        """The log of the weighted mean."""
        return np.log(np.maximum(weights.T @ values / weights.sum(axis=0), 1e-6))[:, None]
