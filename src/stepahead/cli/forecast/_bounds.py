"""Bounds of forecasts, such as 0 for sales."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import Refusal
from ..shared import Table, rows_in

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
    """The lowest and the highest possible value; None is no bound.

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
        """The columns with forecasts and interval ends clipped to the bounds, and a sentence on how
        many were (empty: none).

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
        import numpy as np

        names = [name for name in table if name == "forecast" or name.startswith(("lo-", "hi-"))]
        floors = self.lower if self.lower is not None else _floors(rows_in(table), history)
        before = {name: np.asarray(table[name], float) for name in names}
        inside = {name: np.clip(each, floors, self.upper) for name, each in before.items()}
        moved = sum(int((inside[name] != before[name]).sum()) for name in names)
        note = self._note(moved, rows_in(table) * len(names)) if moved else ""
        return {name: inside.get(name, table[name]) for name in table}, note

    def _note(self, moved: int, total: int) -> str:
        """A sentence on the numbers that were clipped."""
        counted = f"{moved:,} of {total:,} forecast numbers were"
        if self.lower is None and self.upper is None:
            return (
                f"{counted} negative, though these series never were, and were clipped to 0. To"
                " allow negative forecasts, add --lower=-inf."
            )
        return f"{counted} outside the bounds and were clipped to them."


def _floors(rows: int, history: "Panel") -> Any:
    """For every row of a forecast of this history, 0 where its series was never negative, else
    −inf."""
    import numpy as np

    from ...forecasting import never_negative

    floor = np.where(never_negative(history), 0.0, -np.inf)
    return np.repeat(floor[:, None], rows // floor.size, axis=1).ravel()
