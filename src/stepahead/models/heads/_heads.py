"""Heads: how the numbers that a body puts out are read as the distribution of what comes next.

A head is a value without arrays. It works on the last axis, `parameter`, whatever the axes before
it are; a model shapes its output to `[..., horizon, channel, parameter]`. Losses, means, log
densities and draws are JAX functions that can be traced and differentiated; quantiles are computed
on the host by scipy.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..._check import Refusal, whole
from ..._types import Key

SMALLEST_SCALE = 1e-4
"""No density is narrower than this, in the model's (scaled) unit: a constant series must not give
an infinite likelihood."""


NOISE = jnp.float32
"""The type of what is drawn, whatever that of the model is: the same key draws the same."""


class Outputs(Protocol):
    """What a body has to know of what reads it: how many numbers that wants."""

    @property
    def horizon(self) -> int:
        """Steps ahead that one output describes."""
        ...

    @property
    def parameters(self) -> int:
        """Numbers per step ahead and channel."""
        ...


@dataclass(frozen=True)
class Vector:
    """A reader that wants `parameters` numbers and leaves their meaning to others: for a body that
    is a part of something larger."""

    parameters: int
    horizon: int = 1


class Head(Outputs, Protocol):
    """What every head can do."""

    def encode(self, value: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
        """What the body is fed in place of the value."""
        ...

    def loss(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """What training makes small, elementwise."""
        ...

    def log_density(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """Log density (or probability) of the target, in nats."""
        ...

    def mean(self, out: Float[Array, "*axes parameter"]) -> Float[Array, "*axes"]:
        """The expected value, in the unit of the target."""
        ...

    def quantiles(
        self, out: np.ndarray, probabilities: tuple[float, ...]
    ) -> Float[np.ndarray, "*axes quantile"]:
        """The values below which the next one falls with these `probabilities`, each between 0 and
        1."""
        ...

    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """One draw from the distribution."""
        ...

    def shape(self, residuals: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " parameter"]:
        """Parameters of the distribution of errors around a location of 0, estimated from residuals
        (target − location)."""
        ...

    def at(
        self, location: Float[Array, "*axes"], shape: Float[Array, "... parameter"]
    ) -> Float[Array, "*axes parameter"]:
        """The distribution `shape` moved to `location`."""
        ...


@dataclass(frozen=True)
class LocationHead:
    """A head whose first parameter moves the whole distribution along, and that feeds values as
    they are."""

    horizon: int = 1

    def __post_init__(self) -> None:
        whole("horizon", self.horizon)

    @property
    def parameters(self) -> int:
        """Numbers per step ahead and channel: the location alone, unless a head says more."""
        return 1

    def encode(self, value: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
        """The value itself."""
        return value

    def at(
        self, location: Float[Array, "*axes"], shape: Float[Array, "... parameter"]
    ) -> Float[Array, "*axes parameter"]:
        """The distribution `shape` moved to `location`."""
        shape = jnp.broadcast_to(shape, (*location.shape, shape.shape[-1]))
        return shape.at[..., 0].add(location)


@dataclass(frozen=True)
class Point(LocationHead):
    """A single number, fitted by squared error. It has no spread, so no density and no interval of
    its own.

    >>> Point().loss(jnp.array([3.0]), jnp.array(5.0)).item()
    4.0
    """

    def loss(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """Squared error, without the factor ½, in the squared unit of the target."""
        return jnp.square(out[..., 0] - target)

    def log_density(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """Refused: a single number is not a distribution."""
        raise Refusal(
            "A Point head has no density. Fit with head=Gaussian() (or StudentT, NegativeBinomial) "
            "to score."
        )

    def mean(self, out: Float[Array, "*axes parameter"]) -> Float[Array, "*axes"]:
        """The number itself."""
        return out[..., 0]

    def quantiles(
        self, out: np.ndarray, probabilities: tuple[float, ...]
    ) -> Float[np.ndarray, "*axes quantile"]:
        """Refused: a single number has no quantiles."""
        raise Refusal(
            "A Point head has no quantiles. Fit with head=Gaussian() or Quantiles(), or ask for no "
            "quantiles."
        )

    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """The number itself, whatever the key: a distribution without spread."""
        return out[..., 0]

    def shape(self, residuals: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " parameter"]:
        """Zero: the location alone."""
        return np.zeros(1)


@dataclass(frozen=True)
class Gaussian(LocationHead):
    """Normal with mean `out[0]` and standard deviation `softplus(out[1]) + 1e-4`.

    >>> out = jnp.array([1.0, jnp.log(jnp.expm1(2.0 - SMALLEST_SCALE))])
    >>> round(Gaussian().log_density(out, jnp.array(1.0)).item(), 4)  # −log(2·√(2π))
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

    def loss(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """Negative log density, in nats."""
        return -self.log_density(out, target)

    def log_density(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """−½((y−μ)/σ)² − log σ − ½ log 2π, in nats."""
        scale = self._scale(out)
        return (
            -0.5 * jnp.square((target - out[..., 0]) / scale)
            - jnp.log(scale)
            - 0.5 * math.log(2 * math.pi)
        )

    def mean(self, out: Float[Array, "*axes parameter"]) -> Float[Array, "*axes"]:
        """The mean μ."""
        return out[..., 0]

    def quantiles(
        self, out: np.ndarray, probabilities: tuple[float, ...]
    ) -> Float[np.ndarray, "*axes quantile"]:
        """μ + σ·Φ⁻¹(level)."""
        scale = softplus(out[..., 1]) + SMALLEST_SCALE
        from scipy.special import (
            ndtri,
        )  # loaded where it is wanted: every import of models would wait for it

        return out[..., :1] + scale[..., None] * ndtri(np.asarray(probabilities))

    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """μ + σ·N(0, 1)."""
        return out[..., 0] + self._scale(out) * jax.random.normal(
            key, out.shape[:-1], NOISE
        ).astype(out.dtype)

    def shape(self, residuals: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " parameter"]:
        """Mean 0 and the root mean square of the residuals (the maximum-likelihood scale)."""
        return np.array([0.0, raw_scale(np.sqrt(np.mean(np.square(residuals, dtype=np.float64))))])


@dataclass(frozen=True)
class StudentT(LocationHead):
    """Student's t: location `out[0]`, scale `softplus(out[1]) + 1e-4`, degrees of freedom `2 +
    softplus(out[2])`.

    For errors with heavy tails. The degrees of freedom stay above 2, so that the variance is
    finite.

    >>> from scipy import stats
    >>> out = jnp.array(
    ...     [0.0, jnp.log(jnp.expm1(1.0 - SMALLEST_SCALE)), jnp.log(jnp.expm1(3.0))]
    ... )  # scale 1, 5 degrees
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

    def loss(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """Negative log density, in nats."""
        return -self.log_density(out, target)

    def log_density(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """Log density of the t distribution, in nats."""
        scale, freedom = (
            jax.nn.softplus(out[..., 1]) + SMALLEST_SCALE,
            2 + jax.nn.softplus(out[..., 2]),
        )
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
        self, out: np.ndarray, probabilities: tuple[float, ...]
    ) -> Float[np.ndarray, "*axes quantile"]:
        """location + scale · t⁻¹(level)."""
        scale, freedom = softplus(out[..., 1]) + SMALLEST_SCALE, 2 + softplus(out[..., 2])
        from scipy.special import stdtrit

        return out[..., :1] + scale[..., None] * stdtrit(
            freedom[..., None], np.asarray(probabilities)
        )

    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """location + scale · t."""
        scale, freedom = (
            jax.nn.softplus(out[..., 1]) + SMALLEST_SCALE,
            2 + jax.nn.softplus(out[..., 2]),
        )
        return out[..., 0] + scale * jax.random.t(
            key, freedom.astype(NOISE), out.shape[:-1], NOISE
        ).astype(out.dtype)

    def shape(self, residuals: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " parameter"]:
        """Location 0; degrees of freedom from the kurtosis κ of the residuals (4 + 6/κ, at most
        100), scale from their variance."""
        second = np.mean(np.square(residuals))
        excess = np.mean(residuals**4) / max(second**2, 1e-300) - 3
        freedom = float(np.clip(4 + 6 / excess, 4.1, 100)) if excess > 0 else 100.0
        return np.array(
            [
                0.0,
                raw_scale(np.sqrt(second * (freedom - 2) / freedom)),
                inverse_softplus(freedom - 2),
            ]
        )


def softplus(x: np.ndarray) -> np.ndarray:
    """log(1 + eˣ), on the host."""
    return np.logaddexp(0.0, x)


def inverse_softplus(y: float | np.ndarray) -> np.ndarray:
    """log(eʸ − 1), on the host: the raw parameter whose softplus is `y`."""
    y = np.asarray(y, dtype=np.float64)
    return y + np.log(-np.expm1(-y))


def raw_scale(scale: float) -> float:
    """The raw parameter whose softplus, plus the floor, is `scale`."""
    return float(inverse_softplus(max(scale - SMALLEST_SCALE, 1e-6)))
