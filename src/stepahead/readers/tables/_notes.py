"""Notes on a table: columns without a role, series that end early, sums of other columns, absent
rows."""

import re
from collections.abc import Sequence

import numpy as np

from ..._check import counted
from ...data import Panel, format_stamp, missing_at_end, to_wall
from ..files import Layout, Table

_MANY = 20
"""Number of names that are listed; the rest is counted."""
_CLOSE = 1e-6
"""The largest distance of a sum from the sum of its parts, relative to its largest value."""
_ABSENT, _FEW = 0.1, 5
"""The share and the number of steps without a row from which on a note asks whether no row means
zero."""


def listed(names: Sequence[object], most: int = _MANY) -> str:
    """The names, with those beyond `most` counted.

    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    more = len(names) - most
    return ", ".join(map(str, names[:most])) + (f" and {more:,} more" if more > 0 else "")


def unused_columns_note(table: Table, layout: Layout) -> tuple[str, ...]:
    """A note on the columns without a role."""
    names = [column.name for column in layout.unused(table.columns) if not _nameless(column.name)]
    return (f"columns not used: {listed(names)}",) if names else ()


def _nameless(name: str) -> bool:
    """True for a column without a real name, which contains row numbers or nothing."""
    return re.fullmatch(r"\s*(\(\d+\))?", name) is not None


def absent_rows_note(panel: Panel, targets: int, rows: int, fill: float | None) -> tuple[str, ...]:
    """A note on steps without a row: if they were filled, or if they are many and all values (of
    the first `targets` channels) are above 0."""
    absent = len(panel.values) - rows
    if not absent:
        return ()
    if fill is not None:
        return (f"{counted(absent, 'step')} without a row read as {fill:g}",)
    if absent < max(_FEW, _ABSENT * len(panel.values)) or (panel.values[:, :targets] <= 0).any():
        return ()
    return (
        f"{absent:,} of {counted(len(panel.values), 'step')} have no row and count as missing; if "
        "no row means zero, say `fill=0`",
    )


def early_ends_note(panel: Panel) -> tuple[str, ...]:
    """A note on the series whose last value is earlier than that of others."""
    seen = np.asarray(panel.observed.any(axis=1))
    place = np.where(seen, np.arange(len(seen)), -1)
    ends = np.maximum.reduceat(place, panel.offsets[:-1])
    held = ends >= panel.offsets[:-1]
    stamps = panel.times[np.where(held, ends, panel.offsets[:-1])]
    last = stamps.max()
    early = np.flatnonzero(stamps < last)
    if not len(early):
        return ()
    steps = np.asarray(panel.frequency.position(stamps[early], last))
    early, steps = early[steps > 0], steps[steps > 0]  # the days of two weeks are one step
    if not len(early):
        return ()
    named = [
        f"'{panel.ids[i]}' at {local_stamp(panel, stamps[i])} ({n:,} {_steps(n)} before)"
        for i, n in zip(early, steps.tolist(), strict=True)
    ]
    end = "ends" if len(early) == 1 else "end"
    return (
        f"{len(early):,} of {len(panel):,} series {end} before {local_stamp(panel, last)}: "
        f"{listed(named, 5)}",
    )


def blank_end_note(panel: Panel) -> tuple[str, ...]:
    """A note if all series end with steps without a value; the forecast begins after these."""
    ends = missing_at_end(panel).min(axis=1)
    if not ends.all():
        return ()
    starts = np.unique(panel.future(1))
    where = f", at {local_stamp(panel, starts[0])}" if len(starts) == 1 else ""
    fewest = int(ends.min())
    if fewest == 1:
        said, it, row = "last step holds", "it", "this row"
    else:
        said, it, row = f"last {fewest:,} steps hold", "them", "these rows"
    return (
        f"the {said} no value, and the forecast begins after {it}{where}; leave {row} out to "
        f"forecast {it}",
    )


def _steps(count: int) -> str:
    return "step" if count == 1 else "steps"


def local_stamp(panel: Panel, stamp: np.datetime64 | np.int64) -> str:
    """A time in the panel's local time, as text."""
    zone = panel.frequency.zone
    return format_stamp(to_wall(np.array([stamp]), zone)[0] if zone else stamp)


def sum_notes(panel: Panel) -> tuple[str, ...]:
    """Notes on the series or channels that are the sum of all others at every step: with at least
    two others, at least three steps, and not all zero."""
    values = np.nan_to_num(panel.values)
    found = [f"'{panel.ids[i]}'" for i in _sum_of_others(panel, values)]
    whole = values.sum(axis=1)
    for channel, name in enumerate(panel.names if panel.channels > 2 and len(values) > 2 else ()):
        if _close(values[:, channel], whole - values[:, channel]):
            found.append(f"'{name}'")
    return tuple(
        f"{name} is the sum of the others at every step; leave it out where it is only their total"
        for name in found
    )


def _sum_of_others(panel: Panel, values: np.ndarray) -> list[int]:
    if len(panel) < 3:
        return []
    alone = np.add.reduceat(values, panel.offsets[:-1], axis=0)
    scale = np.abs(values).sum()
    likely = np.flatnonzero(
        (np.abs(2 * alone - alone.sum(axis=0)) <= _CLOSE * scale).all(axis=1) & (panel.lengths > 2)
    )
    if not len(likely):
        return []
    stamps, place = np.unique(panel.times, return_inverse=True)
    whole = np.column_stack(
        [np.bincount(place, weights=column, minlength=len(stamps)) for column in values.T]
    )
    found = []
    for series in likely.tolist():
        rows = slice(panel.offsets[series], panel.offsets[series + 1])
        own = values[rows]
        if _close(own, whole[place[rows]] - own):
            found.append(series)
    return found


def _close(own: np.ndarray, others: np.ndarray) -> bool:
    largest = np.abs(own).max()
    return bool(largest > 0 and (np.abs(own - others) <= _CLOSE * largest).all())
