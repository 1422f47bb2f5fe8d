"""`Counts`: the shared part of the heads for counts."""

from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Float

from ._formulas import Numbers, namespace
from ._head import Emitting


class Counts(Emitting):
    """A head for counts whose mean is `exp(out[0])`. Targets are whole numbers from 0 on, in their
    own unit: it goes with the identity scaler. The body is fed log(1 + y)."""

    domain: ClassVar[str] = "counts (0, 1, 2, …)"
    discrete: ClassVar[bool] = True

    def encode(self, value: Float[Numbers, "*axes"]) -> Float[Numbers, "*axes"]:
        """log(1 + y), so that large counts do not saturate a network."""
        xp = namespace(value)
        return xp.log1p(xp.maximum(value, 0))

    def readable(self, value: Float[np.ndarray, "*axes"]) -> Bool[np.ndarray, "*axes"]:
        """True for whole numbers from 0 on."""
        return (value >= 0) & (value == np.round(value))

    def mean(self, out: Float[Numbers, "*axes parameter"]) -> Float[Numbers, "*axes"]:
        """The mean count."""
        return namespace(out).exp(log_mean(out[..., 0]))


def log_mean(raw: Float[Numbers, "*axes"]) -> Float[Numbers, "*axes"]:
    """The log mean, clipped so that its exponential stays within float32."""
    return namespace(raw).clip(raw, -15.0, 25.0)
