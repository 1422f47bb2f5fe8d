"""Rows at the end of a table that are not observations: a total, or rows of the future that have
values in other columns only."""

import re

import numpy as np

from ..._check import Refusal, counted
from ...data import Panel
from ..dates import is_time_name
from ..files import Column, Layout, Table, cell, looks_like_stamp, run
from ._notes import listed, local_stamp
from ._roles import COUNTER

_LOOKED = 50
"""The largest number of columns without a role that are examined."""
_NEAR = 1e-3
"""The largest distance of a total from the sum of rounded numbers, relative to the sum of the
absolute values above it."""


def refuse_total(table: Table, layout: Layout, values: np.ndarray) -> None:
    """Raise an error for a last row whose values are the sums of those above it.

    It is called for a table with a row that has no valid time; the last row is a candidate if its
    time does not look like one.
    """
    held = np.flatnonzero(~np.isnan(values).all(axis=1))
    text = "" if layout.time is None or not len(held) else _text(table, layout.time, int(held[-1]))
    if len(held) < 3 or looks_like_stamp(text) or re.fullmatch(r"[+-]?\d+([.,]\d+)?", text):
        return
    last, above = held[-1], values[held[:-1]]
    present = np.flatnonzero(~np.isnan(values[last]))
    own, parts = values[last, present], np.nansum(above[:, present], axis=0)
    if (
        not own.any()
        or (np.abs(own - parts) > _NEAR * np.nansum(np.abs(above[:, present]), axis=0)).any()
    ):
        return
    columns = (*layout.values, *layout.covariates)
    name, sum_ = columns[int(present[0])].name, own[0]
    stamp = (
        f"{text!r} in column '{layout.time.name}' and " if layout.time is not None and text else ""
    )
    raise Refusal(
        f"Row {int(last) + table.first_row} of {table.label} holds {stamp}{sum_:.15g} in column "
        f"'{name}', the sum of the rows above: "
        "it is a total, not an observation. Remove that row."
    )


def _text(table: Table, column: Column, row: int) -> str:
    """The text of a cell."""
    held = table.rows(f"SELECT CAST({column.key} AS VARCHAR) FROM used WHERE rowid = {row}")[0][0]
    return "" if held is None else str(held).strip()


def future_rows(
    table: Table, layout: Layout, series: np.ndarray, number: np.ndarray, seen: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    """True for the rows after the last value of each series, if most of those have a value in a
    column without a role; and the names of these columns.

    Rows are sorted by series and time; `number` is their row in the table, `seen` is True for rows
    with a value. In a table with one column per series, a row belongs to all series, so that only
    rows after the last value of all count.
    """
    place = np.arange(len(seen))
    starts = np.concatenate([[0], np.flatnonzero(series[1:] != series[:-1]) + 1])
    last = np.maximum.reduceat(np.where(seen, place, -1), starts)
    counts = np.diff(np.append(starts, len(series)))
    later = (place > np.repeat(last, counts)) & np.repeat(last >= starts, counts)
    if layout.shape == "wide" and later.any():
        later &= ~np.isin(number, number[seen])
    spare = spare_columns(table, layout)
    if not later.any() or not spare:
        return np.zeros_like(later), []
    conditions = [f"{holds(c)} AS {c.key}" for c in spare]
    run(table.connection, f"CREATE TEMP TABLE spare AS SELECT {', '.join(conditions)} FROM raw")
    got = table.arrays(f"SELECT rowid AS r, {', '.join(c.key for c in spare)} FROM spare")
    order = np.argsort(np.ma.getdata(got["r"]))
    not_blank = np.column_stack([np.ma.getdata(got[c.key])[order] for c in spare])[number]
    held, ended = later & not_blank.any(axis=1), np.add.reduceat(later, starts, dtype=np.int64)
    most = 2 * np.add.reduceat(held, starts, dtype=np.int64) > ended
    later &= np.repeat(most, counts)
    names = [c.name for c, cells in zip(spare, not_blank.T, strict=True) if (cells & later).any()]
    return later, names


def spare_columns(table: Table, layout: Layout) -> list[Column]:
    """The columns without a role that can identify rows of the future: no counter, and no other
    notation of the time, which every row has."""
    unused = layout.unused(table.columns)
    return [c for c in unused if not (c.name.lower() in COUNTER or is_time_name(c))][:_LOOKED]


def holds(column: Column) -> str:
    """SQL that is true for a cell that is not missing."""
    return f"({cell(f'CAST({column.key} AS VARCHAR)')} IS NOT NULL AND {column.key} IS NOT NULL)"


def future_note(panel: Panel, rows: int, names: list[str]) -> str:
    """A note on rows that were read as the future of this panel."""
    start = np.unique(panel.future(1))
    begin = (
        f"begins at {local_stamp(panel, start[0])}"
        if len(start) == 1
        else "of each series begins after its last value"
    )
    return (
        f"{counted(rows, 'row')} at the end hold no value but {listed(names)}: they are the "
        f"future, so that the forecast {begin}; "
        f"`known={names[0]!r}` uses what they know"
    )
