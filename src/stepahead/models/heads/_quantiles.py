"""The head for quantiles at fixed probabilities."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..._check import Refusal, whole
from ..._types import Key
from ._heads import NOISE, LocationHead, inverse_softplus, softplus


@dataclass(frozen=True)
class Quantiles(LocationHead):
    """Quantiles at fixed probabilities that cannot cross: the middle one is `out[0]`, the others
    add softplus steps outward.

    Fitted by the pinball loss, summed over probabilities. Between two probabilities the quantile
    function is linear; beyond the outermost ones it goes on with the slope of the last piece.

    >>> head = Quantiles(probabilities=(0.1, 0.5, 0.9))
    >>> out = jnp.array([5.0, 0.0, 1.0])
    >>> head.quantiles(np.asarray(out, np.float64), (0.1, 0.5, 0.9)).round(3).tolist()
    [4.307, 5.0, 6.313]
    >>> round(
    ...     head.loss(jnp.array([5.0, 0.0, 0.0]), jnp.array(9.0)).item(), 3
    ... )  # 0.1·4.693 + 0.5·4 + 0.9·3.307
    5.445
    """

    probabilities: tuple[float, ...] = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)

    def __post_init__(self) -> None:
        whole("horizon", self.horizon)
        inside = all(0 < probability < 1 for probability in self.probabilities)
        if (
            len(self.probabilities) < 2
            or not inside
            or list(self.probabilities) != sorted(set(self.probabilities))
        ):
            raise Refusal(
                "`probabilities` must be at least two rising numbers between 0 and 1, but they "
                f"are {self.probabilities!r}."
            )

    @property
    def parameters(self) -> int:
        """One a probability."""
        return len(self.probabilities)

    def values(self, out: Float[Array, "*axes parameter"]) -> Float[Array, "*axes quantile"]:
        """The quantiles at `probabilities`, rising."""
        middle = len(self.probabilities) // 2
        steps = jax.nn.softplus(out[..., 1:])
        below = out[..., :1] - jnp.cumsum(steps[..., :middle][..., ::-1], axis=-1)[..., ::-1]
        above = out[..., :1] + jnp.cumsum(steps[..., middle:], axis=-1)
        return jnp.concatenate([below, out[..., :1], above], axis=-1)

    def loss(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """Pinball loss max(τ·e, (τ−1)·e) with e = target − quantile, summed over probabilities, in
        the unit of the target."""
        error = target[..., None] - self.values(out)
        probabilities = jnp.asarray(self.probabilities, out.dtype)
        return jnp.maximum(probabilities * error, (probabilities - 1) * error).sum(axis=-1)

    def log_density(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """Refused: a few quantiles are not a density."""
        raise Refusal(
            "A Quantiles head has no density. Fit with head=Gaussian() (or StudentT, "
            "NegativeBinomial) to score."
        )

    def mean(self, out: Float[Array, "*axes parameter"]) -> Float[Array, "*axes"]:
        """The mean of the piecewise linear quantile function."""
        knots = self._knots(self.values(out))
        grid = jnp.asarray((0.0, *self.probabilities, 1.0), out.dtype)
        return ((knots[..., 1:] + knots[..., :-1]) / 2 * jnp.diff(grid)).sum(axis=-1)

    def _knots(self, values: Float[Array, "*axes quantile"]) -> Float[Array, "*axes quantile+2"]:
        """The quantiles with the two ends at probabilities 0 and 1 added."""
        low, high = self.probabilities[:2], self.probabilities[-2:]
        first = values[..., :1] - (values[..., 1:2] - values[..., :1]) * low[0] / (low[1] - low[0])
        last = values[..., -1:] + (values[..., -1:] - values[..., -2:-1]) * (1 - high[1]) / (
            high[1] - high[0]
        )
        return jnp.concatenate([first, values, last], axis=-1)

    def _interpolate(
        self, out: Float[Array, "*axes parameter"], probability: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """The quantile function at `probability`, one probability for every element."""
        knots = self._knots(self.values(out))
        grid = jnp.asarray((0.0, *self.probabilities, 1.0), out.dtype)
        right = jnp.clip(jnp.searchsorted(grid, probability), 1, len(grid) - 1)
        left_value = jnp.take_along_axis(knots, (right - 1)[..., None], axis=-1)[..., 0]
        right_value = jnp.take_along_axis(knots, right[..., None], axis=-1)[..., 0]
        share = (probability - grid[right - 1]) / (grid[right] - grid[right - 1])
        return left_value + share * (right_value - left_value)

    def quantiles(
        self, out: np.ndarray, probabilities: tuple[float, ...]
    ) -> Float[np.ndarray, "*axes quantile"]:
        """The quantile function at any probabilities, by linear interpolation."""
        middle, steps = len(self.probabilities) // 2, softplus(out[..., 1:])
        below = -np.cumsum(steps[..., :middle][..., ::-1], axis=-1)[..., ::-1]
        away = np.concatenate(
            [below, np.zeros_like(out[..., :1]), np.cumsum(steps[..., middle:], axis=-1)], axis=-1
        )
        right = np.clip(
            np.searchsorted(self.probabilities, probabilities), 1, len(self.probabilities) - 1
        )
        grid = np.asarray(self.probabilities)
        share = (np.asarray(probabilities) - grid[right - 1]) / (grid[right] - grid[right - 1])
        return (
            out[..., :1] + away[..., right - 1] + share * (away[..., right] - away[..., right - 1])
        )

    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """The quantile function at a uniform probability."""
        return self._interpolate(
            out, jax.random.uniform(key, out.shape[:-1], NOISE).astype(out.dtype)
        )

    def shape(self, residuals: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " parameter"]:
        """The quantiles of the residuals themselves."""
        quantiles = np.quantile(residuals, self.probabilities)
        steps = np.maximum(np.diff(quantiles), 1e-6)
        return np.concatenate(
            [
                quantiles[len(self.probabilities) // 2 : len(self.probabilities) // 2 + 1],
                inverse_softplus(steps),
            ]
        )
