"""Naive2 forecasts at the origins of a backtest, computed when they are needed."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float

from ..data import Panel, rolling_origins
from .metrics import naive2


@dataclass(frozen=True, eq=False)
class Naive2AtOrigins:
    """The Naive2 forecasts of a panel at rolling origins, from number `first` on.

    `sizes` are the horizon, the windows, the step and the length of `rolling_origins`. Only the OWA
    needs these forecasts, and for long series they take longer than a naive model, so they are
    computed at the first access to `values`.
    """

    panel: Panel
    sizes: tuple[int, int, int, int | None]
    season: int
    first: int = 0

    @cached_property
    def values(self) -> Float[np.ndarray, "origin series horizon channel"]:
        """The forecasts."""
        horizon = self.sizes[0]
        origins = [
            one for one in rolling_origins(self.panel, *self.sizes) if one.number >= self.first
        ]
        return np.stack([naive2(one.history, horizon, self.season) for one in origins])

    def since(self, number: int) -> "Naive2AtOrigins":
        """Return those without the first `number` origins."""
        return replace(self, first=self.first + number)
