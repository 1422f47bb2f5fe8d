"""The head for counts."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..._check import Refusal, whole
from ..._types import Key
from ._heads import SMALLEST_SCALE, softplus


@dataclass(frozen=True)
class NegativeBinomial:
    """Counts: mean `m = exp(out[0])`, variance `m + a·m²` with dispersion `a = softplus(out[1]) +
    1e-4`.

    Targets are whole numbers from 0 on, in their own unit: this head goes with the identity scaler.
    The body is fed log(1 + y).

    >>> from scipy import stats
    >>> out = jnp.array(
    ...     [jnp.log(4.0), jnp.log(jnp.expm1(0.5 - SMALLEST_SCALE))]
    ... )  # mean 4, dispersion ½: n = 2, p = 1/3
    >>> (
    ...     round(NegativeBinomial().log_density(out, jnp.array(3.0)).item(), 4),
    ...     round(float(stats.nbinom(2, 1 / 3).logpmf(3)), 4),
    ... )
    (-2.0273, -2.0273)
    """

    horizon: int = 1

    def __post_init__(self) -> None:
        whole("horizon", self.horizon)

    @property
    def parameters(self) -> int:
        """Two: log mean and raw dispersion."""
        return 2

    def encode(self, value: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
        """log(1 + y), so that large counts do not saturate a network."""
        return jnp.log1p(jnp.maximum(value, 0))

    def loss(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """Negative log probability, in nats."""
        return -self.log_density(out, target)

    def log_density(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """Log probability of the count, in nats: log Γ(y+1/a) − log Γ(1/a) − log y! +
        (1/a)·log(1/(1+am)) + y·log(am/(1+am))."""
        log_mean = jnp.clip(out[..., 0], -15.0, 25.0)
        dispersion = jax.nn.softplus(out[..., 1]) + SMALLEST_SCALE
        count, odds = 1 / dispersion, jnp.log(dispersion) + log_mean
        choose = jax.lax.lgamma(target + count) - jax.lax.lgamma(count) - jax.lax.lgamma(target + 1)
        return choose - count * jax.nn.softplus(odds) - target * jax.nn.softplus(-odds)

    def mean(self, out: Float[Array, "*axes parameter"]) -> Float[Array, "*axes"]:
        """The mean count."""
        return jnp.exp(jnp.clip(out[..., 0], -15.0, 25.0))

    def quantiles(
        self, out: np.ndarray, probabilities: tuple[float, ...]
    ) -> Float[np.ndarray, "*axes quantile"]:
        """The smallest count whose cumulative probability reaches the level."""
        from scipy import stats  # takes a second to load, and counts alone need it

        mean, dispersion = (
            np.exp(np.clip(out[..., 0], -15.0, 25.0)),
            softplus(out[..., 1]) + SMALLEST_SCALE,
        )
        count = 1 / dispersion[..., None]
        return stats.nbinom.ppf(
            np.asarray(probabilities), count, 1 / (1 + dispersion * mean)[..., None]
        )

    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """A Poisson draw whose rate is Gamma with mean m and shape 1/a."""
        of_rate, of_count = jax.random.split(key)
        dispersion = jax.nn.softplus(out[..., 1]) + SMALLEST_SCALE
        rate = (
            jax.random.gamma(of_rate, 1 / dispersion, out.shape[:-1], out.dtype)
            * dispersion
            * self.mean(out)
        )
        return jax.random.poisson(of_count, rate).astype(out.dtype)

    def shape(self, residuals: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " parameter"]:
        """Refused: the spread of counts depends on their level, so residuals around a line do not
        give it."""
        raise _by_gradient()

    def at(
        self, location: Float[Array, "*axes"], shape: Float[Array, "... parameter"]
    ) -> Float[Array, "*axes parameter"]:
        """Refused, as `shape` is."""
        raise _by_gradient()


def _by_gradient() -> Refusal:
    return Refusal(
        "NegativeBinomial needs a model trained by gradient (MLPAR, RNN, LSTM, GRU). Here, use "
        "Gaussian() or Quantiles()."
    )
