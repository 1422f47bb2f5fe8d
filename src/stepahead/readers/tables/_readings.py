"""The choice between several interpretations of the same timestamps; an error that asks the user if
they are ambiguous."""

from dataclasses import replace

import numpy as np

from ..._check import Refusal
from ...data import Frequency, MonthGrid, infer_frequency, order_of_rows
from ..dates import Stamps
from ..files import DAY_FIRST, SHORT_YEAR_FIRST, Table


def choose_reading(
    readings: list[Stamps], series: np.ndarray, stamp: np.ndarray, table: Table, where: str
) -> Stamps:
    """The only interpretation; or, of several (day first, month first), the one with regular
    times."""
    if len(readings) == 1 or all((r.wall == readings[0].wall).all() for r in readings):
        return readings[0] if len(readings) == 1 else replace(readings[0], notes=())
    readings = _with_year_first_or_last(readings, series, stamp)
    if len(readings) == 1:
        return readings[0]
    full = [_share_of_grid(series, r.wall[stamp]) for r in readings]
    best = int(np.argmax(full))
    if full[best] > 2 * max(share for place, share in enumerate(full) if place != best):
        return readings[best]
    ascending = [r for r in readings if order_of_rows(series, r.wall[stamp]) is None]
    if len(ascending) == 1:
        return ascending[0]
    if table.european and DAY_FIRST.name in readings[0].notes:
        return readings[0]
    example = table.rows("SELECT t FROM stamps ORDER BY code LIMIT 2")[-1][0]
    raise Refusal(
        f"Dates such as {example!r}{where} of {table.label} make sense day first and month first. "
        "Say which: `day_first=True` or `day_first=False`."
    )


def _with_year_first_or_last(
    readings: list[Stamps], series: np.ndarray, stamp: np.ndarray
) -> list[Stamps]:
    """The interpretation of `24-01-31` with the year first, or those with the year last.

    The year is first if only that gives regular times, or if both do and only that one has usual
    days: every day, or the first or last of each month, but not, say, the 24th of each.
    """
    first = [r for r in readings if SHORT_YEAR_FIRST.name in r.notes]
    last = [r for r in readings if SHORT_YEAR_FIRST.name not in r.notes]
    if not first or not last:
        return readings
    (share, usual), *others = (_regularity(series, r.wall[stamp]) for r in (*first, *last))
    most = max(other for other, _ in others)
    better = share > 2 * most
    as_good = 2 * share >= most and usual
    odd = not any(usual for other, usual in others if 2 * other >= most)
    return first if better or (as_good and odd) else last


def _regularity(series: np.ndarray, times: np.ndarray) -> tuple[float, bool]:
    """The share of the grid that these times cover, and True if their days are usual ones."""
    found = _frequency_of(series, times)
    if found is None:
        return 0.0, False
    frequency, share = found
    grid = frequency.grid
    return share, not isinstance(grid, MonthGrid) or grid.day in (1, 31)


def _share_of_grid(series: np.ndarray, times: np.ndarray) -> float:
    """The share of the grid that these times cover; 0 if they fit no single frequency."""
    found = _frequency_of(series, times)
    return 0.0 if found is None else found[1]


def _frequency_of(series: np.ndarray, times: np.ndarray) -> tuple[Frequency, float] | None:
    """The frequency of these times, and the share of its grid that they cover."""
    order = np.lexsort((times, series))
    codes, stamps = series[order], times[order]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(codes)) + 1, [len(codes)]])
    try:
        frequency = infer_frequency(stamps, starts)
    except Refusal:
        return None
    steps = frequency.position(stamps[starts[:-1]], stamps[starts[1:] - 1]) + 1
    return frequency, float(len(times) / steps.sum())
