"""The choice between several readings of the same stamps, or a question to the user."""

from dataclasses import replace

import numpy as np

from ..._check import Refusal
from ...data import infer_frequency, order_of_rows
from ..dates import Stamps
from ..files import DAY_FIRST, Table


def choose_reading(
    readings: list[Stamps], series: np.ndarray, stamp: np.ndarray, table: Table, where: str
) -> Stamps:
    """The one reading, or of several (day first, month first) the one that makes a regular
    index."""
    if len(readings) == 1 or all((r.wall == readings[0].wall).all() for r in readings):
        return readings[0] if len(readings) == 1 else replace(readings[0], notes=())
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


def _share_of_grid(series: np.ndarray, times: np.ndarray) -> float:
    """The share of the grid that these stamps cover; 0 if they follow no single frequency."""
    order = np.lexsort((times, series))
    codes, stamps = series[order], times[order]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(codes)) + 1, [len(codes)]])
    try:
        frequency = infer_frequency(stamps, starts)
    except Refusal:
        return 0.0
    steps = frequency.position(stamps[starts[:-1]], stamps[starts[1:] - 1]) + 1
    return float(len(times) / steps.sum())
