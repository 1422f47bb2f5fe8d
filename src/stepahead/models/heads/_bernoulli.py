"""The head for values that are 0 or 1, such as the keys of a piano."""

from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import Array, Float

from ..._check import Refusal, whole
from ..._types import Key


@dataclass(frozen=True)
class Bernoulli:
    """0 or 1: 1 with probability σ(out[0]). Channels are independent of each other given the past.
    Goes with the identity scaler.

    >>> import jax.numpy as jnp
    >>> out = jnp.log(jnp.array([0.25])) - jnp.log(0.75)  # the odds of 1 are 1 : 3
    >>> [round(float(jnp.exp(Bernoulli().log_density(out, jnp.array(x)))), 4) for x in (0.0, 1.0)]
    [0.75, 0.25]
    """

    horizon: int = 1

    def __post_init__(self) -> None:
        whole("horizon", self.horizon)

    @property
    def parameters(self) -> int:
        """One: the log odds."""
        return 1

    def encode(self, value: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
        """The value itself."""
        return value

    def loss(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """Negative log probability, in nats: log(1 + e^out) − target · out."""
        return jax.nn.softplus(out[..., 0]) - target * out[..., 0]

    def log_density(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """Log probability, in nats."""
        return -self.loss(out, target)

    def mean(self, out: Float[Array, "*axes parameter"]) -> Float[Array, "*axes"]:
        """The probability of 1."""
        return jax.nn.sigmoid(out[..., 0])

    def quantiles(
        self, out: np.ndarray, probabilities: tuple[float, ...]
    ) -> Float[np.ndarray, "*axes quantile"]:
        """1 where 0 is less probable than the level, else 0."""
        off = 1 / (1 + np.exp(np.asarray(out[..., :1], np.float64)))
        return (off < np.asarray(probabilities)).astype(np.float64)

    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """1 with its probability."""
        return jax.random.bernoulli(key, self.mean(out)).astype(out.dtype)

    def shape(self, residuals: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " parameter"]:
        """Refused: a coin has no spread apart from its level."""
        raise _by_gradient()

    def at(
        self, location: Float[Array, "*axes"], shape: Float[Array, "... parameter"]
    ) -> Float[Array, "*axes parameter"]:
        """Refused, as `shape` is."""
        raise _by_gradient()


def _by_gradient() -> Refusal:
    return Refusal(
        "Bernoulli needs a model trained by gradient (MLPAR, RNN, LSTM, GRU). Here, use Gaussian() "
        "or Quantiles()."
    )
