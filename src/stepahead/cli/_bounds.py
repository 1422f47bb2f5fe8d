"""Bounds that a forecast must keep: what cannot be below zero is not forecast there."""

from dataclasses import dataclass
from typing import Any

from .._check import Refusal


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
            raise Refusal(f"`--lower` must be below `--upper`, but it is {self.lower:g} and `--upper` is {self.upper:g}.")

    def put_on(self, table: Any) -> tuple[Any, str]:
        """The table with forecasts and interval ends moved onto the bounds, and a sentence about how many were (empty: none).

        >>> import pandas as pd
        >>> table, said = Bounds(lower=0).put_on(pd.DataFrame({"forecast": [1.0, -2.0], "lo-80": [-1.0, -3.0], "hi-80": [2.0, -1.0]}))
        >>> table.to_numpy().tolist(), said
        ([[1.0, 0.0, 2.0], [0.0, 0.0, 0.0]], '4 of 6 forecast numbers were outside the bounds and were put on them.')
        """
        if self.lower is None and self.upper is None:
            return table, ""
        names = [name for name in table.columns if name == "forecast" or name.startswith(("lo-", "hi-"))]
        before = table[names]
        inside = before.clip(lower=self.lower, upper=self.upper)
        moved = int((inside != before).to_numpy().sum())
        said = f"{moved:,} of {before.size:,} forecast numbers were outside the bounds and were put on them." if moved else ""
        return table.assign(**{name: inside[name] for name in names}), said
