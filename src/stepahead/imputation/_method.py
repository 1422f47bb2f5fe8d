"""What is asked of a way to fill gaps, whatever is inside."""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from .._types import Key
from ..data import Panel


@runtime_checkable
class FittedImputer(Protocol):
    """Knows all that it needs to fill the gaps of a panel."""

    def fill(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """A finite number for every place; what it says where a value was seen does not matter."""
        ...


@runtime_checkable
class Imputer(Protocol):
    """A specification: `Linear`, `Seasonal`, `Kalman`, or your own."""

    def fitted(self, panel: Panel, *, key: Key) -> FittedImputer:
        """Learn from what this panel holds, and from nothing else."""
        ...
