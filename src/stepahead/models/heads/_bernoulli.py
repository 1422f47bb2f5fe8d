"""The head for 0/1 values, such as the keys of a piano."""

from dataclasses import dataclass
from typing import ClassVar

import jax
import numpy as np
from jaxtyping import Array, Bool, Float

from ..._types import Key
from ._formulas import softplus
from ._head import Density, Sampler


@dataclass(frozen=True)
class Bernoulli(Density, Sampler):
    """0 or 1: 1 with probability σ(out[0]). Channels are independent of each other given the past.
    Goes with the identity scaler.

    >>> import jax.numpy as jnp
    >>> out = jnp.log(jnp.array([0.25])) - jnp.log(0.75)  # the odds of 1 are 1 : 3
    >>> [round(float(jnp.exp(Bernoulli().log_density(out, jnp.array(x)))), 4) for x in (0.0, 1.0)]
    [0.75, 0.25]
    """

    domain: ClassVar[str] = "values that are 0 or 1"

    @property
    def parameters(self) -> int:
        """One: the log odds."""
        return 1

    def readable(self, value: Float[np.ndarray, "*axes"]) -> Bool[np.ndarray, "*axes"]:
        """True for 0 and 1."""
        return (value == 0) | (value == 1)

    def initial(self, values: Float[np.ndarray, "row channel"]) -> Float[np.ndarray, "channel _"]:
        """The log odds of 1 in each channel, with one count added to each side."""
        ones = values.sum(axis=0)
        return np.log((1 + ones) / (1 + len(values) - ones))[:, None]

    def log_density(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """Log probability, in nats: target · out − log(1 + e^out)."""
        return target * out[..., 0] - softplus(out[..., 0])

    def mean(self, out: Float[Array, "*axes parameter"]) -> Float[Array, "*axes"]:
        """The probability of 1."""
        return jax.nn.sigmoid(out[..., 0])

    def quantiles(
        self, out: Float[np.ndarray, "*axes parameter"], probabilities: tuple[float, ...]
    ) -> Float[np.ndarray, "*axes quantile"]:
        """1 where 0 is less probable than the level, else 0."""
        zero = np.exp(-softplus(out[..., :1]))
        return (zero < np.asarray(probabilities)).astype(np.float64)

    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """1 with its probability."""
        return jax.random.bernoulli(key, self.mean(out)).astype(out.dtype)
