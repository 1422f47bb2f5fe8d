"""The head for quantiles at fixed probabilities."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..._check import Refusal
from ..._types import Key
from ._formulas import NOISE, Numbers, inverse_softplus, namespace, softplus
from ._head import Location, Sampler


@dataclass(frozen=True)
class Quantiles(Location, Sampler):
    """Quantiles at fixed probabilities that cannot cross: the middle one is `out[0]`, the others
    are softplus steps away from it.

    Fitted by the pinball loss, summed over probabilities. Between two probabilities the quantile
    function is linear; beyond the outermost ones it continues with the slope of the last piece.

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
        super().__post_init__()
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
        """One for each probability."""
        return len(self.probabilities)

    def values(self, out: Float[Numbers, "*axes parameter"]) -> Float[Numbers, "*axes quantile"]:
        """Return the quantiles at `probabilities`, in ascending order."""
        xp, middle, steps = namespace(out), len(self.probabilities) // 2, softplus(out[..., 1:])
        below = out[..., :1] - xp.cumsum(steps[..., :middle][..., ::-1], axis=-1)[..., ::-1]
        above = out[..., :1] + xp.cumsum(steps[..., middle:], axis=-1)
        return xp.concat([below, out[..., :1], above], axis=-1)

    def loss(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """Pinball loss max(τ·e, (τ−1)·e) with e = target − quantile, summed over probabilities, in
        the unit of the target."""
        error = target[..., None] - self.values(out)
        probabilities = jnp.asarray(self.probabilities, out.dtype)
        return jnp.maximum(probabilities * error, (probabilities - 1) * error).sum(axis=-1)

    def mean(self, out: Float[Numbers, "*axes parameter"]) -> Float[Numbers, "*axes"]:
        """The mean of the piecewise linear quantile function."""
        knots, xp = self._knots(out), namespace(out)
        grid = xp.asarray((0.0, *self.probabilities, 1.0), dtype=out.dtype)
        return ((knots[..., 1:] + knots[..., :-1]) / 2 * xp.diff(grid)).sum(axis=-1)

    def _knots(self, out: Float[Numbers, "*axes parameter"]) -> Float[Numbers, "*axes knot"]:
        """The quantiles, with end points at probabilities 0 and 1 added."""
        values, low, high = self.values(out), self.probabilities[:2], self.probabilities[-2:]
        first = values[..., :1] - (values[..., 1:2] - values[..., :1]) * low[0] / (low[1] - low[0])
        last = values[..., -1:] + (values[..., -1:] - values[..., -2:-1]) * (1 - high[1]) / (
            high[1] - high[0]
        )
        return namespace(out).concat([first, values, last], axis=-1)

    def _at(
        self, out: Float[Numbers, "*axes parameter"], probability: Float[Numbers, "*#axes quantile"]
    ) -> Float[Numbers, "*axes quantile"]:
        """The quantile function at any probabilities, by linear interpolation."""
        xp, knots = namespace(out), self._knots(out)
        grid = xp.asarray((0.0, *self.probabilities, 1.0), dtype=out.dtype)
        right = xp.clip(xp.searchsorted(grid, probability), 1, len(grid) - 1)
        left_value = xp.take_along_axis(knots, right - 1, axis=-1)
        right_value = xp.take_along_axis(knots, right, axis=-1)
        share = (probability - grid[right - 1]) / (grid[right] - grid[right - 1])
        return left_value + share * (right_value - left_value)

    def quantiles(
        self, out: Float[np.ndarray, "*axes parameter"], probabilities: tuple[float, ...]
    ) -> Float[np.ndarray, "*axes quantile"]:
        """The quantile function at these probabilities."""
        return self._at(
            out, np.asarray(probabilities).reshape((1,) * (out.ndim - 1) + (len(probabilities),))
        )

    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """The quantile function at a uniform probability."""
        uniform = jax.random.uniform(key, out.shape[:-1], NOISE).astype(out.dtype)
        return self._at(out, uniform[..., None])[..., 0]

    def shape(self, residuals: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " parameter"]:
        """The quantiles of the residuals themselves."""
        quantiles, middle = np.quantile(residuals, self.probabilities), self.parameters // 2
        steps = np.maximum(np.diff(quantiles), 1e-6)
        return np.concatenate([quantiles[middle : middle + 1], inverse_softplus(steps)])
