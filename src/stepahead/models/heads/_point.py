"""The head for point forecasts."""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ._formulas import Numbers
from ._head import Location


@dataclass(frozen=True)
class Point(Location):
    """A point forecast, trained by squared error. It has no spread, so no density and no intervals.

    >>> Point().loss(jnp.array([3.0]), jnp.array(5.0)).item()
    4.0
    """

    @property
    def parameters(self) -> int:
        """One: the number."""
        return 1

    def loss(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """Squared error, without the factor ½, in the squared unit of the target."""
        return jnp.square(out[..., 0] - target)

    def mean(self, out: Float[Numbers, "*axes parameter"]) -> Float[Numbers, "*axes"]:
        """The number itself."""
        return out[..., 0]

    def shape(self, residuals: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " parameter"]:
        """Zero: the location alone."""
        return np.zeros(1)
