"""Covariates of a series in a request: columns known in advance, columns observed with the values,
and single numbers."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..._check import Refusal
from ...data import Frequency, Panel, with_covariates
from ._body import Fields

FIELDS = ("known", "past", "static")
"""The fields of an input that contain covariates."""


class Columns(NamedTuple):
    """Columns by name. `known` continues after the end of the series; for a series of the model
    itself, it contains only the future steps."""

    known: Mapping[str, np.ndarray]
    past: Mapping[str, np.ndarray]
    static: Mapping[str, float]

    def beside(self, panel: Panel) -> Panel:
        """The series of one panel with these columns as covariates."""
        start, frequency = panel.times[0], panel.frequency
        return with_covariates(
            panel,
            static={name: [value] for name, value in self.static.items()},
            past=_block(self.past, start, frequency),
            known=_block(self.known, start, frequency),
        )

    def checked(self, steps: int, horizon: int, own: bool) -> None:
        """Raise an error for columns that do not fit a series of `steps` steps and a forecast of
        `horizon` steps.

        For one of the model's `own` series, only future values can be given.
        """
        if own and (self.past or self.static):
            raise Refusal(
                "Of a series of the model's own only `known` can be given, for the steps ahead: "
                "these values take the place of those that the model holds."
            )
        wanted = horizon if own else steps + horizon
        for name, column in self.known.items():
            if len(column) != wanted:
                raise Refusal(
                    f"The column '{name}' in `known` holds {len(column)} values, and {wanted} are "
                    f"needed: "
                    + ("one for each of the " if own else f"{steps} beside the series and the ")
                    + f"{horizon} steps ahead. Give so many."
                )
        for name, column in self.past.items():
            if len(column) != steps:
                raise Refusal(
                    f"The column '{name}' in `past` holds {len(column)} values, and the series "
                    f"{steps}. Give as many; null is a missing value."
                )


def read_columns(each: Fields) -> Columns | None:
    """The covariates of an input; None if it has none.

    >>> read_columns(Fields({"known": {"price": [9, 8, None]}})).known["price"].tolist()
    [9.0, 8.0, nan]
    >>> read_columns(Fields({"known": {"price": 9}}))
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: The column 'price' in `known` must be a list of numbers; null is a
    missing value. Correct it.
    """
    if not any(each.has(name) for name in FIELDS):
        return None
    static = each.fields("static").held
    return Columns(
        _read(each, "known"),
        _read(each, "past"),
        {name: _numbers("static", name, [value])[0] for name, value in static.items()},
    )


def size(each: Fields) -> int:
    """The number of values in the columns of an input."""
    blocks = [each.held.get(name) for name in FIELDS]
    columns = [column for one in blocks if isinstance(one, dict) for column in one.values()]
    return sum(len(one) if isinstance(one, list) else 1 for one in columns)


def _read(each: Fields, kind: str) -> dict[str, np.ndarray]:
    return {name: _numbers(kind, name, column) for name, column in each.fields(kind).held.items()}


def _numbers(kind: str, name: str, column: Any) -> np.ndarray:
    right = isinstance(column, list) and set(map(type, column)) <= {int, float, type(None)}
    if not right or not column:
        what = "a number" if kind == "static" else "a list of numbers"
        raise Refusal(
            f"The column '{name}' in `{kind}` must be {what}; null is a missing value. Correct it."
        )
    try:
        return np.array(column, np.float64)
    except OverflowError:
        raise Refusal(f"'{name}' holds a whole number above 1e308. Correct it.") from None


def _block(columns: Mapping[str, np.ndarray], start: Any, frequency: Frequency) -> Panel | None:
    """Columns as a panel of one series; None if there are none."""
    if not columns:
        return None
    values: Sequence[Any] = [np.column_stack(list(columns.values()))]
    return Panel.from_arrays(values, None, start, frequency, list(columns))
