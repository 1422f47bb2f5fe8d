"""The head for errors with heavy tails."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..._types import Key
from ._formulas import NOISE, Numbers, inverse_softplus, raw_scale, scale_of, softplus
from ._head import Density, Location, Sampler


@dataclass(frozen=True)
class StudentT(Location, Density, Sampler):
    """Student's t: location `out[0]`, scale `softplus(out[1]) + 1e-4`, degrees of freedom `2 +
    softplus(out[2])`.

    For errors with heavy tails. The degrees of freedom stay above 2, so that the variance is
    finite.

    >>> from scipy import stats
    >>> out = jnp.array([0.0, raw_scale(1.0), inverse_softplus(3.0)])  # scale 1, 5 degrees
    >>> (
    ...     round(StudentT().log_density(out, jnp.array(0.0)).item(), 4),
    ...     round(float(stats.t(5).logpdf(0.0)), 4),
    ... )
    (-0.9686, -0.9686)
    """

    @property
    def parameters(self) -> int:
        """Three: location, raw scale, raw degrees of freedom."""
        return 3

    def log_density(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """Log density of the t distribution, in nats."""
        scale, freedom = scale_of(out[..., 1]), _freedom(out[..., 2])
        squared = jnp.square((target - out[..., 0]) / scale)
        constant = (
            jax.lax.lgamma((freedom + 1) / 2)
            - jax.lax.lgamma(freedom / 2)
            - 0.5 * jnp.log(np.pi * freedom)
        )
        return constant - jnp.log(scale) - (freedom + 1) / 2 * jnp.log1p(squared / freedom)

    def mean(self, out: Float[Array, "*axes parameter"]) -> Float[Array, "*axes"]:
        """The location."""
        return out[..., 0]

    def quantiles(
        self, out: Float[np.ndarray, "*axes parameter"], probabilities: tuple[float, ...]
    ) -> Float[np.ndarray, "*axes quantile"]:
        """location + scale · t⁻¹(level)."""
        from scipy.special import stdtrit  # loaded here, as for `Gaussian`

        away = stdtrit(_freedom(out[..., 2:]), np.asarray(probabilities))
        return out[..., :1] + scale_of(out[..., 1:2]) * away

    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """location + scale · t."""
        noise = jax.random.t(key, _freedom(out[..., 2]).astype(NOISE), out.shape[:-1], NOISE)
        return out[..., 0] + scale_of(out[..., 1]) * noise.astype(out.dtype)

    def shape(self, residuals: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " parameter"]:
        """Location 0; degrees of freedom from the kurtosis κ of the residuals (4 + 6/κ, at most
        100), scale from their variance."""
        second = np.mean(np.square(residuals))
        excess = np.mean(residuals**4) / max(second**2, 1e-300) - 3
        freedom = float(np.clip(4 + 6 / excess, 4.1, 100)) if excess > 0 else 100.0
        scale = np.sqrt(second * (freedom - 2) / freedom)
        return np.array([0.0, raw_scale(scale), inverse_softplus(freedom - 2)])


def _freedom(raw: Float[Numbers, "*axes"]) -> Float[Numbers, "*axes"]:
    return 2 + softplus(raw)
