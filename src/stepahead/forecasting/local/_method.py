"""`LocalMethod`: what learns of each series from that series alone."""

from abc import ABC, abstractmethod
from dataclasses import fields
from typing import ClassVar

from ..._check import whole
from ..._types import Key
from ...classical import Heard, LocalFit, Rows
from ...data import Panel
from ._forecaster import LocalForecaster, parts_of

FEWEST = 10
"""Values below which nothing is fitted: the series is taken for a random walk."""


class LocalMethod(ABC):
    """A method that is fitted to many series at once and learns of each from itself alone.

    A leaf is a frozen data class of its settings.
    """

    needs: ClassVar[float] = FEWEST
    """Values that a series must hold, or it is taken for a random walk."""

    @abstractmethod
    def fit_rows(self, rows: Rows, season: int, on_event: Heard | None) -> LocalFit:
        """Fit every series; each begins and ends with a value that was seen, holds as many as are
        needed, and changes."""

    def __repr__(self) -> str:
        """The settings that are not the usual ones."""
        held = [(field, vars(self).get(field.name)) for field in fields(self)]  # type: ignore[arg-type]  # leaves are data classes
        told = [f"{field.name}={value!r}" for field, value in held if value != field.default]
        return f"{type(self).__name__}({', '.join(told)})"

    def fitted(
        self, panel: Panel, horizon: int, *, key: Key, season: int, on_event: Heard | None = None
    ) -> LocalForecaster:
        """As a `Method`: fit every series of this panel; nothing is drawn, so `key` does not
        matter."""
        parts = parts_of(self, panel, season, on_event)
        return LocalForecaster(self, panel, whole("horizon", horizon), season, parts)
