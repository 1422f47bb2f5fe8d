"""The head for normal errors."""

import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..._types import Key
from ._formulas import NOISE, Numbers, raw_scale, raw_scales, scale_of
from ._head import Emitting, Location


@dataclass(frozen=True)
class Gaussian(Location, Emitting):
    """Normal with mean `out[0]` and standard deviation `softplus(out[1]) + 1e-4`.

    >>> out = jnp.array([1.0, raw_scale(2.0)])
    >>> round(Gaussian().log_density(out, jnp.array(1.0)).item(), 4)  # −log(2·√(2π))
    -1.6121
    >>> Gaussian().quantiles(np.asarray(out), (0.5, 0.975)).round(2).tolist()
    [1.0, 4.92]
    """

    @property
    def parameters(self) -> int:
        """Two: mean and raw scale."""
        return 2

    def log_density(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """−½((y−μ)/σ)² − log σ − ½ log 2π, in nats."""
        scale = scale_of(out[..., 1])
        return (
            -0.5 * jnp.square((target - out[..., 0]) / scale)
            - jnp.log(scale)
            - 0.5 * math.log(2 * math.pi)
        )

    def mean(self, out: Float[Numbers, "*axes parameter"]) -> Float[Numbers, "*axes"]:
        """The mean μ."""
        return out[..., 0]

    def normal(
        self, out: Float[np.ndarray, "*axes parameter"]
    ) -> tuple[Float[np.ndarray, "*axes"], Float[np.ndarray, "*axes"]] | None:
        """μ and σ."""
        return out[..., 0], scale_of(out[..., 1])

    def quantiles(
        self, out: Float[np.ndarray, "*axes parameter"], probabilities: tuple[float, ...]
    ) -> Float[np.ndarray, "*axes quantile"]:
        """μ + σ·Φ⁻¹(level)."""
        from scipy.special import ndtri  # imported here: it would delay every import of models

        return out[..., :1] + scale_of(out[..., 1:2]) * ndtri(np.asarray(probabilities))

    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """μ + σ·N(0, 1)."""
        noise = jax.random.normal(key, out.shape[:-1], NOISE).astype(out.dtype)
        return out[..., 0] + scale_of(out[..., 1]) * noise

    def shape(self, residuals: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " parameter"]:
        """Mean 0 and the root mean square of the residuals (the maximum-likelihood scale)."""
        return np.array([0.0, raw_scale(np.sqrt(np.mean(np.square(residuals, dtype=np.float64))))])

    def cdf(
        self, out: Float[np.ndarray, "*axes parameter"], value: Float[np.ndarray, "*axes"]
    ) -> Float[np.ndarray, "*axes"]:
        """Φ((y − μ)/σ)."""
        from scipy.special import ndtr

        return ndtr((value - out[..., 0]) / scale_of(out[..., 1]))

    def estimate(
        self,
        values: Float[np.ndarray, " row"],
        weights: Float[np.ndarray, "row component"],
        current: Float[np.ndarray, "component parameter"],
    ) -> Float[np.ndarray, "component parameter"]:
        """Weighted mean and standard deviation, in two passes: a mean of squares less the square of
        the mean would lose the digits of values far from 0."""
        total = weights.sum(axis=0)
        mean = weights.T @ values / total
        off = values[:, None] - mean
        rest, square = (np.einsum("rk,rk->k", weights, part) / total for part in (off, off * off))
        deviation = np.sqrt(np.maximum(square - np.square(rest), 0))
        return np.stack([mean + rest, raw_scales(deviation)], axis=1)
