"""The head for counts."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..._types import Key
from ._counts import Counts, log_mean
from ._formulas import SMALLEST_SCALE, inverse_softplus, scale_of, softplus


@dataclass(frozen=True)
class NegativeBinomial(Counts):
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

    @property
    def parameters(self) -> int:
        """Two: log mean and raw dispersion."""
        return 2

    def log_density(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """Log probability of the count, in nats: log Γ(y+1/a) − log Γ(1/a) − log y! +
        (1/a)·log(1/(1+am)) + y·log(am/(1+am))."""
        dispersion = scale_of(out[..., 1])
        count, odds = 1 / dispersion, jnp.log(dispersion) + log_mean(out[..., 0])
        choose = jax.lax.lgamma(target + count) - jax.lax.lgamma(count) - jax.lax.lgamma(target + 1)
        return choose - count * softplus(odds) - target * softplus(-odds)

    def quantiles(
        self, out: Float[np.ndarray, "*axes parameter"], probabilities: tuple[float, ...]
    ) -> Float[np.ndarray, "*axes quantile"]:
        """The smallest count whose cumulative probability reaches the level."""
        from scipy import stats  # takes a second to import, needed for counts only

        mean, dispersion = np.exp(log_mean(out[..., :1])), scale_of(out[..., 1:2])
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

    def cdf(self, out: np.ndarray, value: np.ndarray) -> Float[np.ndarray, "*axes"]:
        """The probability of a count at most as large, on the host."""
        from scipy.special import betainc

        dispersion, whole_part = scale_of(out[..., 1]), np.floor(value)
        share = 1 / (1 + dispersion * np.exp(log_mean(out[..., 0])))
        below = betainc(1 / dispersion, np.maximum(whole_part, 0) + 1, share)
        return np.where(whole_part < 0, 0.0, below)

    def estimate(
        self,
        values: Float[np.ndarray, " row"],
        weights: Float[np.ndarray, "row component"],
        current: Float[np.ndarray, "component parameter"],
    ) -> Float[np.ndarray, "component parameter"]:
        """Return the weighted mean, and the dispersion with the largest likelihood given that
        mean."""
        counts, kind = np.unique(values, return_inverse=True)
        shares = np.stack([np.bincount(kind, w, minlength=len(counts)) for w in weights.T])
        means = np.maximum(shares @ counts / shares.sum(axis=1), 1e-6)
        pairs = zip(shares, means, strict=True)
        spread = np.array([_dispersion(counts, share, mean) for share, mean in pairs])
        return np.stack([np.log(means), inverse_softplus(spread - SMALLEST_SCALE)], axis=1)


def _dispersion(counts: np.ndarray, share: np.ndarray, mean: float) -> float:
    """The dispersion with the largest weighted likelihood of the counts."""
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    def minus(log_spread: float) -> float:
        a = np.exp(log_spread)
        size, odds = 1 / a, a * mean
        logs = gammaln(counts + size) - gammaln(size) - (counts + size) * np.log1p(odds)
        return -float(share @ (logs + counts * np.log(odds)))

    found = minimize_scalar(minus, bounds=(np.log(2e-4), np.log(100.0)), method="bounded")
    return float(np.exp(found.x))
