"""The head for errors with heavy tails."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..._types import Key
from ._formulas import (
    NOISE,
    SMALLEST_SCALE,
    Numbers,
    inverse_softplus,
    raw_scale,
    raw_scales,
    scale_of,
    softplus,
)
from ._head import Emitting, Location


@dataclass(frozen=True)
class StudentT(Location, Emitting):
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

    def mean(self, out: Float[Numbers, "*axes parameter"]) -> Float[Numbers, "*axes"]:
        """The location."""
        return out[..., 0]

    def quantiles(
        self, out: Float[np.ndarray, "*axes parameter"], probabilities: tuple[float, ...]
    ) -> Float[np.ndarray, "*axes quantile"]:
        """location + scale · t⁻¹(level)."""
        from scipy.special import stdtrit  # imported here, as in `Gaussian`

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

    def cdf(self, out: np.ndarray, value: np.ndarray) -> Float[np.ndarray, "*axes"]:
        """The distribution function of t, on the host."""
        from scipy.special import stdtr

        scale = scale_of(out[..., 1])
        return stdtr(_freedom(out[..., 2]), (value - out[..., 0]) / scale)

    def around(
        self, current: Float[np.ndarray, "component parameter"], mean: float, spread: float
    ) -> Float[np.ndarray, "component parameter"]:
        """Location and scale."""
        found = current.copy()
        found[:, 0] = mean
        found[:, 1] = raw_scales(np.full(len(found), spread if spread > 0 else 1.0))
        return found

    def estimate(
        self,
        values: Float[np.ndarray, " row"],
        weights: Float[np.ndarray, "row component"],
        current: Float[np.ndarray, "component parameter"],
    ) -> Float[np.ndarray, "component parameter"]:
        """Do one step of ECM (Liu & Rubin 1995): location and scale with less weight for distant
        values, then the most likely degrees of freedom, from 2 to 100."""
        scale, freedom = scale_of(current[:, 1]), _freedom(current[:, 2])
        far = np.square((values[:, None] - current[:, 0]) / scale)
        shares = weights * (freedom + 1) / (freedom + far)
        location = shares.T @ values / shares.sum(axis=0)
        square = np.square(values[:, None] - location)
        scale = np.sqrt((shares * square).sum(axis=0) / weights.sum(axis=0))
        scale = np.maximum(scale, 2 * SMALLEST_SCALE)
        freedom = np.array(
            [
                _likeliest_freedom(w, d)
                for w, d in zip(weights.T, (square / scale**2).T, strict=True)
            ]
        )
        return np.stack([location, raw_scales(scale), inverse_softplus(freedom - 2)], axis=1)


def _freedom(raw: Float[Numbers, "*axes"]) -> Float[Numbers, "*axes"]:
    return 2 + softplus(raw)


def _likeliest_freedom(weights: Float[np.ndarray, " row"], far: Float[np.ndarray, " row"]) -> float:
    """The degrees of freedom with the largest likelihood of the squared standardised errors."""
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    total = weights.sum()

    def minus(log_freedom: float) -> float:
        f = np.exp(log_freedom)
        constant = gammaln((f + 1) / 2) - gammaln(f / 2) - 0.5 * np.log(f)
        return (f + 1) / 2 * float(weights @ np.log1p(far / f)) - total * constant

    found = minimize_scalar(minus, bounds=(np.log(2.01), np.log(100.0)), method="bounded")
    return float(np.exp(found.x))
