"""Bounds that a forecast must keep: what cannot be below zero is not forecast there."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..._check import Refusal

if TYPE_CHECKING:
    from ...data import Panel


@dataclass(frozen=True)
class Bounds:
    """The lowest and the highest value that can be; None is no bound.

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

    def put_on(self, table: Any, history: "Panel") -> tuple[Any, str]:
        """The table with forecasts and interval ends moved onto the bounds, and a sentence about
        how many were (empty: none).

        Where no lower bound was told, a series that never was below 0 is not forecast there.

        >>> import pandas as pd, stepahead as sa
        >>> table = pd.DataFrame(
        ...     {"forecast": [1.0, -2.0], "lo-80": [-1.0, -3.0], "hi-80": [2.0, -1.0]}
        ... )
        >>> history = sa.Panel.from_arrays([[-1.0]])
        >>> table, said = Bounds(lower=0).put_on(table, history)
        >>> table.to_numpy().tolist(), said
        ([[1.0, 0.0, 2.0], [0.0, 0.0, 0.0]], '4 of 6 forecast numbers were outside the bounds and
        were put on them.')
        """
        floors = self.lower if self.lower is not None else _floors(len(table), history)
        names = [
            name for name in table.columns if name == "forecast" or name.startswith(("lo-", "hi-"))
        ]
        before = table[names]
        inside = before.clip(lower=floors, upper=self.upper, axis=0)
        moved = int((inside != before).to_numpy().sum())
        if moved and self.lower is None and self.upper is None:
            said = (
                f"{moved:,} of {before.size:,} forecast numbers were below 0, where these series"
                " never were, and were put on it. "
            )
            said += "--lower=-inf leaves them."
        else:
            said = (
                f"{moved:,} of {before.size:,} forecast numbers were outside the bounds and were "
                "put on them."
                if moved
                else ""
            )
        return table.assign(**{name: inside[name] for name in names}), said


def _floors(rows: int, history: "Panel") -> Any:
    """For every row of a forecast of this history, 0 where its series never was below it, else
    −inf."""
    import numpy as np

    from ...forecasting import never_negative

    floor = np.where(never_negative(history), 0.0, -np.inf)
    return np.repeat(floor[:, None], rows // floor.size, axis=1).ravel()
