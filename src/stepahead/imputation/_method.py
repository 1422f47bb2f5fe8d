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
        """A finite number at every place of the panel. Values at observed places are ignored."""
        ...


@runtime_checkable
class Imputer(Protocol):
    """The specification of an imputation method: `Linear`, `Seasonal`, `Kalman`, or your own."""

    def fitted(self, panel: Panel, *, key: Key) -> FittedImputer:
        """Fit to this panel and to nothing else."""
        ...
