"""`Several`: the base class of forecasters that combine forecasters of the same series."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from .._types import Levels
from ..data import Panel
from ._predictor import Predictor

Leaf = TypeVar("Leaf", bound="Several")


class Several(Predictor):
    """Several forecasters of the same series. A subclass has the field `members`."""

    members: tuple[Predictor, ...]

    @property
    def history(self) -> Panel | None:  # type: ignore[override]
        """The history of the members."""
        return self.members[0].history

    @property
    def horizon(self) -> int:  # type: ignore[override]
        """The horizon that the members were fitted for."""
        return self.members[0].horizon

    @property
    def levels(self) -> Levels:
        """The default levels of the members."""
        return self.members[0].levels

    def each(self: Leaf, change: Callable[[Any], Any]) -> Leaf:
        """Return it with `change` applied to every member."""
        members = tuple(member.each(change) for member in self.members)
        return replace(self, members=members)  # type: ignore[type-var]  # leaves are data classes

    @property
    def alone_from(self) -> float:
        """As `Predictor.alone_from`: the largest of the members."""
        return max(member.alone_from for member in self.members)

    def with_usual(self: Leaf, usual: tuple[float | None, ...]) -> Leaf:
        """As `Predictor.with_usual`, for every member."""
        members = tuple(member.with_usual(usual) for member in self.members)
        return replace(self, members=members)  # type: ignore[type-var]  # leaves are data classes
