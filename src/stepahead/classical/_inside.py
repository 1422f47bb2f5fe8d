"""`FitInside`: the fit of a local method to series that were changed before."""

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from jaxtyping import Float, Int

from ._fit import Ahead, Later, LocalFit
from ._rows import Rows

Leaf = TypeVar("Leaf", bound="FitInside")


@dataclass(frozen=True, eq=False)
class FitInside(LocalFit):
    """The fit `inside`, which forecasts and goes on as it is: a leaf says what was changed of the
    series that it was fitted to, and so what `one_step` is of these."""

    inside: LocalFit

    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """As `LocalFit.ahead`."""
        return self.inside.ahead(skip, horizon, probabilities)

    def advanced(self: Leaf, rows: Rows) -> Leaf:
        """As `LocalFit.advanced`."""
        return replace(self, inside=self.inside.advanced(rows))

    def with_later(self: Leaf, later: Later) -> Leaf:
        """As `LocalFit.with_later`."""
        return replace(self, inside=self.inside.with_later(later))

    def effect(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.effect`."""
        return self.inside.effect(rows)

    def forms(self) -> list[str]:
        """The forms of the fit inside."""
        return self.inside.forms()
