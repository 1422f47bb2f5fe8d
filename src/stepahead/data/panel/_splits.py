"""Splits by time: training and test steps, and rolling origins."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..._check import Refusal, counted, whole
from ..calendar import format_stamp
from ._panel import Panel


class Origin(NamedTuple):
    """One forecast origin: `history` ends there, `actual` holds the next steps of the same series.
    Number 0 is the oldest.

    The history has the known covariates of the steps of `actual` too, and none after them.
    """

    number: int
    history: Panel
    actual: Panel


def split(panel: Panel, test: int) -> tuple[Panel, Panel]:
    """Split off the last `test` steps of every series: return the steps before, and these steps.

    A series that is not longer than that is refused by name.

    >>> train, test = split(Panel.from_arrays([[1.0, 2.0, 3.0], [4.0, 5.0]]), 1)
    >>> train.values[:, 0].tolist(), test.values[:, 0].tolist()
    ([1.0, 2.0, 4.0], [3.0, 5.0])
    """
    test = whole("test", test)
    _refuse_short(panel, test + 1, f"they lose {counted(test, 'step')} and one must remain")
    cut = panel.lengths - test
    return panel.slice(np.zeros_like(cut), cut), panel.slice(cut, panel.lengths)


def split_at(panel: Panel, stamp: object) -> tuple[Panel, Panel]:
    """Split every series at a time: return the steps up to and including it, and the steps after
    it.

    A series that is only on one side is left out of the other. Refused if one side would have no
    series at all.

    >>> before, after = split_at(Panel.from_arrays([[1.0, 2.0, 3.0], [4.0, 5.0]], start=10), 11)
    >>> before.values[:, 0].tolist(), after.ids.tolist(), after.times.tolist()
    ([1.0, 2.0, 4.0, 5.0], ['0'], [12])
    """
    at = panel.frequency.stamp(stamp)
    if at.ndim:
        raise Refusal(f"`stamp` must be one stamp, but it is {stamp!r}.")
    held = np.add.reduceat(panel.times <= at, panel.offsets[:-1], dtype=np.int64)
    if not held.any() or (held == panel.lengths).all():
        side = "before" if held.any() else "after"
        raise Refusal(
            f"All steps lie {side} {format_stamp(at)}. Give a stamp between "
            f"{format_stamp(panel.times.min())} and {format_stamp(panel.times.max())}."
        )
    return panel.slice(np.zeros_like(held), held), panel.slice(held, panel.lengths)


def rolling_origins(
    panel: Panel, horizon: int, windows: int, step: int = 1, length: int | None = None
) -> Iterator[Origin]:
    """Yield `windows` origins, oldest first, `step` steps apart; each is evaluated on its next
    `horizon` steps.

    The `actual` of the last one ends where the series end. A history contains everything before the
    origin (expanding window) or the last `length` steps of it (sliding window). Every history
    contains every series with at least one step; a panel with a shorter series is refused by name
    before the first origin.

    >>> for origin in rolling_origins(
    ...     Panel.from_arrays([[1.0, 2.0, 3.0, 4.0, 5.0]]), horizon=2, windows=2
    ... ):
    ...     print(origin.number, origin.history.values[:, 0], origin.actual.values[:, 0])
    0 [1. 2.] [3. 4.]
    1 [1. 2. 3.] [4. 5.]
    """
    horizon, windows, step = (
        whole("horizon", horizon),
        whole("windows", windows),
        whole("step", step),
    )
    needed = horizon + (windows - 1) * step + 1
    _refuse_short(
        panel,
        needed,
        f"{counted(windows, 'window')} of {counted(horizon, 'step')}, {step} apart, need them",
    )
    return _origins(
        panel, horizon, windows, step, None if length is None else whole("length", length)
    )


def _origins(
    panel: Panel, horizon: int, windows: int, step: int, length: int | None
) -> Iterator[Origin]:
    for number in range(windows):
        stop = panel.lengths - (windows - 1 - number) * step
        first = np.zeros_like(stop) if length is None else np.maximum(stop - horizon - length, 0)
        yield Origin(
            number,
            panel.slice(first, stop - horizon, ahead=horizon),
            panel.slice(stop - horizon, stop),
        )


def _refuse_short(panel: Panel, minimum: int, why: str) -> None:
    short = np.flatnonzero(panel.lengths < minimum)
    if len(short):
        listed = ", ".join(f"'{panel.ids[i]}' ({panel.lengths[i]})" for i in short[:5]) + (
            ", ..." if len(short) > 5 else ""
        )
        raise Refusal(
            f"{len(short)} of {len(panel)} series are shorter than {counted(minimum, 'step')} "
            f"({why}): {listed}. "
            "Leave them out, or ask for fewer steps."
        )
