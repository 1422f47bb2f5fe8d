"""Heads: the output of a body interpreted as the distribution of the next values.

A head is an object without arrays. It works on the last axis, `parameter`, whatever the axes before
it are; a model shapes its output to `[..., horizon, channel, parameter]`. Every head has a loss and
a mean. Further abilities are base classes: a `Location` moves the whole distribution, a `Density`
has a log density, a `Sampler` has quantiles and random draws. A head derives from those that it
supports, and callers request one by `location_of`, `density_of` or `sampler_of`.

Losses, means, log densities and draws are JAX functions that can be traced and differentiated; the
means of most heads accept NumPy arrays too, and quantiles are computed on the host.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ..._check import Refusal, whole
from ..._settings import Settings
from ..._types import Key
from ._formulas import Numbers

Part = TypeVar("Part", bound="Head")


class Outputs(Protocol):
    """The protocol by which a body learns the number of outputs."""

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
    """`parameters` outputs without a meaning: for a body that is a part of a larger model."""

    parameters: int
    horizon: int = 1


@dataclass(frozen=True)
class Head(Settings, ABC):
    """The base of all heads. A subclass defines `parameters`, `loss` and `mean`."""

    horizon: int = 1

    domain: ClassVar[str] = "numbers"
    """A description of the values that it can model."""

    def __post_init__(self) -> None:
        whole("horizon", self.horizon)

    @property
    @abstractmethod
    def parameters(self) -> int:
        """Numbers per step ahead and channel."""

    @abstractmethod
    def loss(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """The training loss, elementwise."""

    @abstractmethod
    def mean(self, out: Float[Array, "*axes parameter"]) -> Float[Array, "*axes"]:
        """The expected value, in the unit of the target."""

    def encode(self, value: Float[Numbers, "*axes"]) -> Float[Numbers, "*axes"]:
        """The input of the body for this value: the value itself."""
        return value

    def readable(self, value: Float[np.ndarray, "*axes"]) -> Bool[np.ndarray, "*axes"]:
        """A mask of the values that the head can model: all, unless a subclass overrides it."""
        return np.ones(value.shape, bool)

    def initial(self, values: Float[np.ndarray, "row channel"]) -> Float[np.ndarray, "channel _"]:
        """The output bias at which training on these values starts: zeros."""
        return np.zeros((values.shape[1], self.parameters))


class Location(Head):
    """A head whose first parameter is a location, in the unit of the values. The error distribution
    around it can be estimated from residuals."""

    @abstractmethod
    def shape(self, residuals: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " parameter"]:
        """Parameters of the distribution of errors around a location of 0, estimated from residuals
        (target − location)."""

    def at(
        self, location: Float[Array, "*axes"], shape: Float[Array, "... parameter"]
    ) -> Float[Array, "*axes parameter"]:
        """The distribution `shape` moved to `location`."""
        shape = jnp.broadcast_to(shape, (*location.shape, shape.shape[-1]))
        return shape.at[..., 0].add(location)


class Density(Head):
    """A head with a density; the loss is the negative log density."""

    @abstractmethod
    def log_density(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """Log density (or probability) of the target, in nats."""

    def loss(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """Negative log density, in nats."""
        return -self.log_density(out, target)


class Sampler(Head):
    """A head with quantiles and random draws."""

    @abstractmethod
    def quantiles(
        self, out: Float[np.ndarray, "*axes parameter"], probabilities: tuple[float, ...]
    ) -> Float[np.ndarray, "*axes quantile"]:
        """The quantiles of the next value at these `probabilities`, each between 0 and 1."""

    @abstractmethod
    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """One draw from the distribution."""


class Emitting(Density, Sampler):
    """A head that can be the emission of a hidden state: it can be fitted to weighted values, and
    has a distribution function."""

    discrete: ClassVar[bool] = False
    """True for a distribution of counts."""

    @property
    def free(self) -> int:
        """The number of free parameters: all of them, unless some are redundant."""
        return self.parameters

    def counts(self, out: Float[np.ndarray, "*axes parameter"]) -> Bool[np.ndarray, "*axes"]:
        """A mask of the distributions of counts: all or none, unless a subclass overrides it."""
        return np.full(out.shape[:-1], self.discrete)

    def normal(
        self, out: Float[np.ndarray, "*axes parameter"]
    ) -> tuple[Float[np.ndarray, "*axes"], Float[np.ndarray, "*axes"]] | None:
        """Mean and standard deviation of a normal distribution; None for any other."""
        return None

    @abstractmethod
    def cdf(
        self, out: Float[np.ndarray, "*axes parameter"], value: Float[np.ndarray, "*axes"]
    ) -> Float[np.ndarray, "*axes"]:
        """The probability of a value at most as large, on the host."""

    def around(
        self, current: Float[np.ndarray, "component parameter"], mean: float, spread: float
    ) -> Float[np.ndarray, "component parameter"]:
        """Return initial parameters for values with this mean and standard deviation; needed if
        `estimate` weights values by their distance from the `current` location."""
        return current

    @abstractmethod
    def estimate(
        self,
        values: Float[np.ndarray, " row"],
        weights: Float[np.ndarray, "row component"],
        current: Float[np.ndarray, "component parameter"],
    ) -> Float[np.ndarray, "component parameter"]:
        """Return the parameters of each component that maximise the weighted likelihood of the
        values or, without a closed form, increase it from that of the `current` ones."""


def location_of(head: Head) -> Location:
    """The head as a `Location`; refuse others."""
    return _part(
        Location,
        head,
        "needs a model trained by gradient (MLPAR, RNN, LSTM, GRU). Here, use Gaussian() or "
        "Quantiles()",
    )


def density_of(head: Head) -> Density:
    """The head as a `Density`; refuse others."""
    return _part(
        Density,
        head,
        "has no density. Fit with head=Gaussian() (or StudentT, NegativeBinomial) to score",
    )


def sampler_of(head: Head) -> Sampler:
    """The head as a `Sampler`; refuse others."""
    return _part(
        Sampler,
        head,
        "has no intervals and no spread to draw from. Ask for `levels=()`, or fit with "
        "head=Gaussian(), StudentT(), NegativeBinomial() or Quantiles()",
    )


def _part(kind: type[Part], head: Head, lack: str) -> Part:
    """The head if it is of this kind; others are refused with a sentence on what they lack."""
    if not isinstance(head, kind):
        raise Refusal(f"A {type(head).__name__} head {lack}.")
    return head
