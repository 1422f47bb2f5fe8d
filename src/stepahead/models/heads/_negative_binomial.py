"""The head for counts."""

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ..._types import Key
from ._formulas import Numbers, namespace, scale_of, softplus
from ._head import Density, Sampler


@dataclass(frozen=True)
class NegativeBinomial(Density, Sampler):
    """Counts: mean `m = exp(out[0])`, variance `m + a·m²` with dispersion `a = softplus(out[1]) +
    1e-4`.

    Targets are whole numbers from 0 on, in their own unit: this head goes with the identity scaler.
    The body is fed log(1 + y).

    >>> from scipy import stats
    >>> mean, dispersion = 4.0, 0.5  # n = 1/a = 2, p = 1/(1 + a·m) = 1/3
    >>> out = jnp.array([jnp.log(mean), jnp.log(jnp.expm1(dispersion - 1e-4))])
    >>> (
    ...     round(NegativeBinomial().log_density(out, jnp.array(3.0)).item(), 4),
    ...     round(float(stats.nbinom(2, 1 / 3).logpmf(3)), 4),
    ... )
    (-2.0273, -2.0273)
    """

    domain: ClassVar[str] = "counts (0, 1, 2, …)"

    @property
    def parameters(self) -> int:
        """Two: log mean and raw dispersion."""
        return 2

    def encode(self, value: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
        """log(1 + y), so that large counts do not saturate a network."""
        return jnp.log1p(jnp.maximum(value, 0))

    def readable(self, value: Float[np.ndarray, "*axes"]) -> Bool[np.ndarray, "*axes"]:
        """True for whole numbers from 0 on."""
        return (value >= 0) & (value == np.round(value))

    def log_density(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """Log probability of the count, in nats: log Γ(y+1/a) − log Γ(1/a) − log y! +
        (1/a)·log(1/(1+am)) + y·log(am/(1+am))."""
        dispersion = scale_of(out[..., 1])
        count, odds = 1 / dispersion, jnp.log(dispersion) + _log_mean(out[..., 0])
        choose = jax.lax.lgamma(target + count) - jax.lax.lgamma(count) - jax.lax.lgamma(target + 1)
        return choose - count * softplus(odds) - target * softplus(-odds)

    def mean(self, out: Float[Array, "*axes parameter"]) -> Float[Array, "*axes"]:
        """The mean count."""
        return jnp.exp(_log_mean(out[..., 0]))

    def quantiles(
        self, out: Float[np.ndarray, "*axes parameter"], probabilities: tuple[float, ...]
    ) -> Float[np.ndarray, "*axes quantile"]:
        """The smallest count whose cumulative probability reaches the level."""
        from scipy import stats  # takes a second to load, and counts alone need it

        mean, dispersion = np.exp(_log_mean(out[..., :1])), scale_of(out[..., 1:2])
        return stats.nbinom.ppf(
            np.asarray(probabilities), 1 / dispersion, 1 / (1 + dispersion * mean)
        )

    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """A Poisson draw whose rate is Gamma with mean m and shape 1/a."""
        of_rate, of_count = jax.random.split(key)
        dispersion = scale_of(out[..., 1])
        drawn = jax.random.gamma(of_rate, 1 / dispersion, out.shape[:-1], out.dtype)
        rate = drawn * dispersion * self.mean(out)
        return jax.random.poisson(of_count, rate).astype(out.dtype)


def _log_mean(raw: Float[Numbers, "*axes"]) -> Float[Numbers, "*axes"]:
    """The log mean, clipped so that its exponential stays within float32."""
    return namespace(raw).clip(raw, -15.0, 25.0)
