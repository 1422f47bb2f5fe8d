"""Heads: how the numbers that a body puts out are read as the distribution of what comes next.

A head is a value without arrays. It works on the last axis, `parameter`, whatever the axes before it are; a model shapes its
output to `[..., horizon, channel, parameter]`. Losses, means, log densities and draws are JAX functions that can be traced and
differentiated; quantiles are computed on the host by scipy.
"""

from dataclasses import dataclass
from typing import Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy import special, stats

from .._check import Refusal, whole
from .._types import Key

SMALLEST_SCALE = 1e-4
"""No density is narrower than this, in the model's (scaled) unit: a constant series must not give an infinite likelihood."""


class Head(Protocol):
    """What every head can do. `horizon` is how many steps ahead one output describes."""

    horizon: int

    @property
    def parameters(self) -> int:
        """Numbers per step ahead and channel."""
        ...

    def encode(self, value: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
        """What the body is fed in place of the value."""
        ...

    def loss(self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
        """What training makes small, elementwise."""
        ...

    def log_density(self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
        """Log density (or probability) of the target, in nats."""
        ...

    def mean(self, out: Float[Array, "*axes parameter"]) -> Float[Array, "*axes"]:
        """The expected value, in the unit of the target."""
        ...

    def quantiles(self, out: np.ndarray, levels: tuple[float, ...]) -> Float[np.ndarray, "*axes level"]:
        """The values below which the next one falls with probability `levels`, each between 0 and 1."""
        ...

    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """One draw from the distribution."""
        ...

    def shape(self, residuals: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " parameter"]:
        """Parameters of the distribution of errors around a location of 0, estimated from residuals (target − location)."""
        ...

    def at(self, location: Float[Array, "*axes"], shape: Float[Array, "*axes parameter"]) -> Float[Array, "*axes parameter"]:
        """The distribution `shape` moved to `location`."""
        ...


@dataclass(frozen=True)
class _Located:
    """A head whose first parameter moves the whole distribution along, and that feeds values as they are."""

    horizon: int = 1

    def __post_init__(self) -> None:
        whole("horizon", self.horizon)

    def encode(self, value: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
        """The value itself."""
        return value

    def at(self, location: Float[Array, "*axes"], shape: Float[Array, "*axes parameter"]) -> Float[Array, "*axes parameter"]:
        """The distribution `shape` moved to `location`."""
        shape = jnp.broadcast_to(shape, (*location.shape, shape.shape[-1]))
        return shape.at[..., 0].add(location)


@dataclass(frozen=True)
class Point(_Located):
    """A single number, fitted by squared error. It has no spread, so no density and no interval of its own.

    >>> Point().loss(jnp.array([3.0]), jnp.array(5.0)).item()
    4.0
    """

    @property
    def parameters(self) -> int:
        """One: the number itself."""
        return 1

    def loss(self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
        """Squared error, without the factor ½, in the squared unit of the target."""
        return jnp.square(out[..., 0] - target)

    def log_density(self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
        """Refused: a single number is not a distribution."""
        raise Refusal("A Point head has no density. Fit with head=Gaussian() (or StudentT, NegativeBinomial) to score.")

    def mean(self, out: Float[Array, "*axes parameter"]) -> Float[Array, "*axes"]:
        """The number itself."""
        return out[..., 0]

    def quantiles(self, out: np.ndarray, levels: tuple[float, ...]) -> Float[np.ndarray, "*axes level"]:
        """Refused: a single number has no quantiles."""
        raise Refusal("A Point head has no quantiles. Fit with head=Gaussian() or Quantiles(), or ask for no levels.")

    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """The number itself, whatever the key: a distribution without spread."""
        return out[..., 0]

    def shape(self, residuals: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " parameter"]:
        """Zero: the location alone."""
        return np.zeros(1)


@dataclass(frozen=True)
class Gaussian(_Located):
    """Normal with mean `out[0]` and standard deviation `softplus(out[1]) + 1e-4`.

    >>> out = jnp.array([1.0, jnp.log(jnp.expm1(2.0 - SMALLEST_SCALE))])
    >>> round(Gaussian().log_density(out, jnp.array(1.0)).item(), 4)      # −log(2·√(2π))
    -1.6121
    >>> Gaussian().quantiles(np.asarray(out), (0.5, 0.975)).round(2).tolist()
    [1.0, 4.92]
    """

    @property
    def parameters(self) -> int:
        """Two: mean and raw scale."""
        return 2

    def _scale(self, out: Float[Array, "*axes parameter"]) -> Float[Array, "*axes"]:
        return jax.nn.softplus(out[..., 1]) + SMALLEST_SCALE

    def loss(self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
        """Negative log density, in nats."""
        return -self.log_density(out, target)

    def log_density(self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
        """−½((y−μ)/σ)² − log σ − ½ log 2π, in nats."""
        scale = self._scale(out)
        return -0.5 * jnp.square((target - out[..., 0]) / scale) - jnp.log(scale) - 0.5 * np.log(2 * np.pi)

    def mean(self, out: Float[Array, "*axes parameter"]) -> Float[Array, "*axes"]:
        """The mean μ."""
        return out[..., 0]

    def quantiles(self, out: np.ndarray, levels: tuple[float, ...]) -> Float[np.ndarray, "*axes level"]:
        """μ + σ·Φ⁻¹(level)."""
        scale = _softplus(out[..., 1]) + SMALLEST_SCALE
        return out[..., :1] + scale[..., None] * special.ndtri(np.asarray(levels))

    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """μ + σ·N(0, 1)."""
        return out[..., 0] + self._scale(out) * jax.random.normal(key, out.shape[:-1], out.dtype)

    def shape(self, residuals: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " parameter"]:
        """Mean 0 and the root mean square of the residuals (the maximum-likelihood scale)."""
        return np.array([0.0, _raw_scale(np.sqrt(np.mean(np.square(residuals))))])


@dataclass(frozen=True)
class StudentT(_Located):
    """Student's t: location `out[0]`, scale `softplus(out[1]) + 1e-4`, degrees of freedom `2 + softplus(out[2])`.

    For errors with heavy tails. The degrees of freedom stay above 2, so that the variance is finite.

    >>> out = jnp.array([0.0, jnp.log(jnp.expm1(1.0 - SMALLEST_SCALE)), jnp.log(jnp.expm1(3.0))])     # scale 1, 5 degrees
    >>> round(StudentT().log_density(out, jnp.array(0.0)).item(), 4), round(stats.t(5).logpdf(0.0), 4)
    (-0.9686, -0.9686)
    """

    @property
    def parameters(self) -> int:
        """Three: location, raw scale, raw degrees of freedom."""
        return 3

    def loss(self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
        """Negative log density, in nats."""
        return -self.log_density(out, target)

    def log_density(self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
        """Log density of the t distribution, in nats."""
        scale, freedom = jax.nn.softplus(out[..., 1]) + SMALLEST_SCALE, 2 + jax.nn.softplus(out[..., 2])
        squared = jnp.square((target - out[..., 0]) / scale)
        constant = jax.lax.lgamma((freedom + 1) / 2) - jax.lax.lgamma(freedom / 2) - 0.5 * jnp.log(np.pi * freedom)
        return constant - jnp.log(scale) - (freedom + 1) / 2 * jnp.log1p(squared / freedom)

    def mean(self, out: Float[Array, "*axes parameter"]) -> Float[Array, "*axes"]:
        """The location."""
        return out[..., 0]

    def quantiles(self, out: np.ndarray, levels: tuple[float, ...]) -> Float[np.ndarray, "*axes level"]:
        """location + scale · t⁻¹(level)."""
        scale, freedom = _softplus(out[..., 1]) + SMALLEST_SCALE, 2 + _softplus(out[..., 2])
        return out[..., :1] + scale[..., None] * special.stdtrit(freedom[..., None], np.asarray(levels))

    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """location + scale · t."""
        scale, freedom = jax.nn.softplus(out[..., 1]) + SMALLEST_SCALE, 2 + jax.nn.softplus(out[..., 2])
        return out[..., 0] + scale * jax.random.t(key, freedom, out.shape[:-1], out.dtype)

    def shape(self, residuals: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " parameter"]:
        """Location 0; degrees of freedom from the kurtosis κ of the residuals (4 + 6/κ, at most 100), scale from their variance."""
        second = np.mean(np.square(residuals))
        excess = np.mean(residuals**4) / max(second**2, 1e-300) - 3
        freedom = float(np.clip(4 + 6 / excess, 4.1, 100)) if excess > 0 else 100.0
        return np.array([0.0, _raw_scale(np.sqrt(second * (freedom - 2) / freedom)), _inverse_softplus(freedom - 2)])


@dataclass(frozen=True)
class NegativeBinomial:
    """Counts: mean `m = exp(out[0])`, variance `m + a·m²` with dispersion `a = softplus(out[1]) + 1e-4`.

    Targets are whole numbers from 0 on, in their own unit: this head goes with the identity scaler. The body is fed log(1 + y).

    >>> out = jnp.array([jnp.log(4.0), jnp.log(jnp.expm1(0.5 - SMALLEST_SCALE))])      # mean 4, dispersion ½: n = 2, p = 1/3
    >>> round(NegativeBinomial().log_density(out, jnp.array(3.0)).item(), 4), round(stats.nbinom(2, 1 / 3).logpmf(3), 4)
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

    def loss(self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
        """Negative log probability, in nats."""
        return -self.log_density(out, target)

    def log_density(self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
        """Log probability of the count, in nats: log Γ(y+1/a) − log Γ(1/a) − log y! + (1/a)·log(1/(1+am)) + y·log(am/(1+am))."""
        log_mean = jnp.clip(out[..., 0], -15.0, 25.0)
        dispersion = jax.nn.softplus(out[..., 1]) + SMALLEST_SCALE
        count, odds = 1 / dispersion, jnp.log(dispersion) + log_mean
        choose = jax.lax.lgamma(target + count) - jax.lax.lgamma(count) - jax.lax.lgamma(target + 1)
        return choose - count * jax.nn.softplus(odds) - target * jax.nn.softplus(-odds)

    def mean(self, out: Float[Array, "*axes parameter"]) -> Float[Array, "*axes"]:
        """The mean count."""
        return jnp.exp(jnp.clip(out[..., 0], -15.0, 25.0))

    def quantiles(self, out: np.ndarray, levels: tuple[float, ...]) -> Float[np.ndarray, "*axes level"]:
        """The smallest count whose cumulative probability reaches the level."""
        mean, dispersion = np.exp(np.clip(out[..., 0], -15.0, 25.0)), _softplus(out[..., 1]) + SMALLEST_SCALE
        count = 1 / dispersion[..., None]
        return stats.nbinom.ppf(np.asarray(levels), count, 1 / (1 + dispersion * mean)[..., None])

    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """A Poisson draw whose rate is Gamma with mean m and shape 1/a."""
        of_rate, of_count = jax.random.split(key)
        dispersion = jax.nn.softplus(out[..., 1]) + SMALLEST_SCALE
        rate = jax.random.gamma(of_rate, 1 / dispersion, out.shape[:-1], out.dtype) * dispersion * self.mean(out)
        return jax.random.poisson(of_count, rate).astype(out.dtype)

    def shape(self, residuals: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " parameter"]:
        """Refused: the spread of counts depends on their level, so residuals around a line do not give it."""
        raise Refusal("NegativeBinomial needs a model trained by gradient (MLPAR, RNN, LSTM, GRU); this one takes Gaussian() or Quantiles().")

    def at(self, location: Float[Array, "*axes"], shape: Float[Array, "*axes parameter"]) -> Float[Array, "*axes parameter"]:
        """Refused, as `shape` is."""
        raise Refusal("NegativeBinomial needs a model trained by gradient (MLPAR, RNN, LSTM, GRU); this one takes Gaussian() or Quantiles().")


@dataclass(frozen=True)
class Quantiles(_Located):
    """Quantiles at fixed levels that cannot cross: the middle one is `out[0]`, the others add softplus steps outward.

    Fitted by the pinball loss, summed over levels. Between two levels the quantile function is linear; beyond the outermost
    ones it goes on with the slope of the last piece.

    >>> head = Quantiles(levels=(0.1, 0.5, 0.9))
    >>> out = jnp.array([5.0, 0.0, 1.0])
    >>> head.quantiles(np.asarray(out), (0.1, 0.5, 0.9)).round(3).tolist()
    [4.307, 5.0, 6.313]
    >>> round(head.loss(jnp.array([5.0, 0.0, 0.0]), jnp.array(9.0)).item(), 3)      # 0.1·4.693 + 0.5·4 + 0.9·3.307
    5.445
    """

    levels: tuple[float, ...] = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)

    def __post_init__(self) -> None:
        whole("horizon", self.horizon)
        inside = all(0 < level < 1 for level in self.levels)
        if len(self.levels) < 2 or not inside or list(self.levels) != sorted(set(self.levels)):
            raise Refusal(f"`levels` must be at least two rising numbers between 0 and 1, but they are {self.levels!r}.")

    @property
    def parameters(self) -> int:
        """One a level."""
        return len(self.levels)

    def values(self, out: Float[Array, "*axes parameter"]) -> Float[Array, "*axes level"]:
        """The quantiles at `levels`, rising."""
        middle = len(self.levels) // 2
        steps = jax.nn.softplus(out[..., 1:])
        below = out[..., :1] - jnp.cumsum(steps[..., :middle][..., ::-1], axis=-1)[..., ::-1]
        above = out[..., :1] + jnp.cumsum(steps[..., middle:], axis=-1)
        return jnp.concatenate([below, out[..., :1], above], axis=-1)

    def loss(self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
        """Pinball loss max(τ·e, (τ−1)·e) with e = target − quantile, summed over levels, in the unit of the target."""
        error = target[..., None] - self.values(out)
        levels = jnp.asarray(self.levels, out.dtype)
        return jnp.maximum(levels * error, (levels - 1) * error).sum(axis=-1)

    def log_density(self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
        """Refused: a few quantiles are not a density."""
        raise Refusal("A Quantiles head has no density. Fit with head=Gaussian() (or StudentT, NegativeBinomial) to score.")

    def mean(self, out: Float[Array, "*axes parameter"]) -> Float[Array, "*axes"]:
        """The mean of the piecewise linear quantile function."""
        knots = self._knots(self.values(out))
        grid = jnp.asarray((0.0, *self.levels, 1.0), out.dtype)
        return ((knots[..., 1:] + knots[..., :-1]) / 2 * jnp.diff(grid)).sum(axis=-1)

    def _knots(self, values: Float[Array, "*axes level"]) -> Float[Array, "*axes level+2"]:
        """The quantiles with the two ends at levels 0 and 1 added."""
        low, high = self.levels[:2], self.levels[-2:]
        first = values[..., :1] - (values[..., 1:2] - values[..., :1]) * low[0] / (low[1] - low[0])
        last = values[..., -1:] + (values[..., -1:] - values[..., -2:-1]) * (1 - high[1]) / (high[1] - high[0])
        return jnp.concatenate([first, values, last], axis=-1)

    def _interpolate(self, out: Float[Array, "*axes parameter"], level: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
        """The quantile function at `level`, one level for every element."""
        knots = self._knots(self.values(out))
        grid = jnp.asarray((0.0, *self.levels, 1.0), out.dtype)
        right = jnp.clip(jnp.searchsorted(grid, level), 1, len(grid) - 1)
        left_value = jnp.take_along_axis(knots, (right - 1)[..., None], axis=-1)[..., 0]
        right_value = jnp.take_along_axis(knots, right[..., None], axis=-1)[..., 0]
        share = (level - grid[right - 1]) / (grid[right] - grid[right - 1])
        return left_value + share * (right_value - left_value)

    def quantiles(self, out: np.ndarray, levels: tuple[float, ...]) -> Float[np.ndarray, "*axes level"]:
        """The quantile function at any levels, by linear interpolation."""
        array = jnp.asarray(out)
        columns = [self._interpolate(array, jnp.full(array.shape[:-1], level, array.dtype)) for level in levels]
        return np.stack([np.asarray(c) for c in columns], axis=-1)

    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """The quantile function at a uniform level."""
        return self._interpolate(out, jax.random.uniform(key, out.shape[:-1], out.dtype))

    def shape(self, residuals: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " parameter"]:
        """The quantiles of the residuals themselves."""
        quantiles = np.quantile(residuals, self.levels)
        steps = np.maximum(np.diff(quantiles), 1e-6)
        return np.concatenate([quantiles[len(self.levels) // 2 : len(self.levels) // 2 + 1], _inverse_softplus(steps)])


def _softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(0.0, x)


def _inverse_softplus(y: float | np.ndarray) -> np.ndarray:
    y = np.asarray(y, dtype=np.float64)
    return y + np.log(-np.expm1(-y))


def _raw_scale(scale: float) -> float:
    """The raw parameter whose softplus, plus the floor, is `scale`."""
    return float(_inverse_softplus(max(scale - SMALLEST_SCALE, 1e-6)))
