"""The protocols of an imputation method, before and after fitting."""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from .._types import Key
from ..data import Panel


@runtime_checkable
class FittedImputer(Protocol):
    """A fitted imputation method."""

    def fill(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """Return a finite number for every step of the panel. At observed values the result is
        ignored."""
        ...


@runtime_checkable
class Imputer(Protocol):
    """The specification of an imputation method: `Linear`, `Seasonal`, `Kalman`, or one that you
    define."""

    def fitted(self, panel: Panel, *, key: Key) -> FittedImputer:
        """Fit the method to this panel only."""
        ...
