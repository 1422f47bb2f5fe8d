"""Bounds of forecasts, such as 0 for sales."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from ..._check import Refusal
from ...outputs import Table, clipped

if TYPE_CHECKING:
    from ...data import Panel


Lower = Annotated[
    float | None,
    typer.Option(
        help=(
            "Lower bound of forecasts and intervals; by default 0 for series that were never"
            " negative."
        )
    ),
]
Upper = Annotated[float | None, typer.Option(help="Upper bound of forecasts and intervals.")]


@dataclass(frozen=True)
class Bounds:
    """The lowest and the highest possible value; None for no bound.

    >>> Bounds(3, 3)
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `--lower` must be below `--upper`, but it is 3 and `--upper` is 3.
    """

    lower: float | None = None
    upper: float | None = None

    def __post_init__(self) -> None:
        for name, bound in (("--lower", self.lower), ("--upper", self.upper)):
            if bound is not None and bound != bound:
                raise Refusal(f"`{name}` must be a number, but it is nan.")
        if self.lower is not None and self.upper is not None and self.lower >= self.upper:
            raise Refusal(
                f"`--lower` must be below `--upper`, but it is {self.lower:g} and `--upper` is "
                f"{self.upper:g}."
            )

    def apply(self, table: Table, history: "Panel") -> tuple[Table, str]:
        """The columns with forecasts and interval ends clipped to the bounds, and a sentence on the
        number of clipped values (empty if none).

        Without a lower bound, a series that was never negative is clipped at 0.

        >>> import numpy as np, stepahead as sa
        >>> table = {
        ...     "forecast": np.array([1.0, -2.0]),
        ...     "lo-80": np.array([-1.0, -3.0]),
        ...     "hi-80": np.array([2.0, -1.0]),
        ... }
        >>> history = sa.Panel.from_arrays([[-1.0]])
        >>> table, note = Bounds(lower=0).apply(table, history)
        >>> [column.tolist() for column in table.values()], note
        ([[1.0, 0.0], [0.0, 0.0], [2.0, 0.0]], '4 of 6 forecast numbers were outside the bounds and
        were clipped to them.')
        """
        inside, moved, total = clipped(table, history, self.lower, self.upper)
        return inside, self._note(moved, total) if moved else ""

    def _note(self, moved: int, total: int) -> str:
        """A sentence on the numbers that were clipped."""
        counted = f"{moved:,} of {total:,} forecast numbers were"
        if self.lower is None and self.upper is None:
            return (
                f"{counted} negative, though these series never were, and were clipped to 0. To"
                " allow negative forecasts, add --lower=-inf."
            )
        return f"{counted} outside the bounds and were clipped to them."
