"""Roles of the columns of a table."""

from dataclasses import dataclass
from typing import Literal

from ._engine import Column


@dataclass(frozen=True)
class Layout:
    """Roles of the columns of a table.

    `shape` is 'long' (one row per observation), 'wide' (one column per series), 'rows' (one row per
    series) or 'years' (one row per year, one column per month or quarter, in the order of the
    year).
    """

    shape: Literal["long", "wide", "rows", "years"]
    ids: tuple[Column, ...]
    time: Column | None
    values: tuple[Column, ...]
    notes: tuple[str, ...] = ()
    covariates: tuple[Column, ...] = ()

    @property
    def used(self) -> tuple[Column, ...]:
        """Every column that has a role."""
        return (*self.ids, *([self.time] if self.time else []), *self.values, *self.covariates)

    def unused(self, columns: tuple[Column, ...]) -> list[Column]:
        """The columns without a role."""
        used = {column.key for column in self.used}
        return [column for column in columns if column.key not in used]
