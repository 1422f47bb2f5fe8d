"""Outliers read as missing values, where the user asks for it."""

from dataclasses import replace

import numpy as np

from .._check import counted
from ..data import Panel, format_stamp, outliers, to_wall

NAMED = 3
"""Number of outliers that the note names."""


def without_outliers(panel: Panel) -> tuple[Panel, str]:
    """The panel with every value that `data.outliers` finds missing (NaN), and a note on them.

    >>> panel = Panel.from_arrays([[1.0, 2.0, 1.5, 2.5, 90.0, 2.0, 1.0, 2.0, 1.0]], ids=["a"])
    >>> cleaned, note = without_outliers(panel)
    >>> cleaned.missing, note
    (1, "1 outlier read as missing: 90 of 'a' at 4")
    """
    far = np.zeros(panel.values.shape, dtype=bool)
    season = panel.frequency.season
    for begin, end in zip(panel.offsets[:-1], panel.offsets[1:], strict=True):
        for channel in range(panel.channels):
            far[begin:end, channel] = outliers(panel.values[begin:end, channel], season)
    rows, channels = np.nonzero(far)
    if not len(rows):
        return panel, "no outliers to leave out"
    named = ", ".join(
        _named(panel, int(row), int(channel))
        for row, channel in zip(rows[:NAMED], channels[:NAMED], strict=True)
    )
    more = ", …" if len(rows) > NAMED else ""
    values = np.where(far, np.nan, panel.values)
    note = f"{counted(len(rows), 'outlier')} read as missing: {named}{more}"
    return replace(panel, values=values), note


def _named(panel: Panel, row: int, channel: int) -> str:
    """The outlier as text: its value, its series and its time."""
    number = int(np.searchsorted(panel.offsets, row, side="right")) - 1
    time, zone = panel.times[row : row + 1], panel.frequency.zone
    stamp = format_stamp((to_wall(time, zone) if zone else time)[0])
    of = f"{panel.names[channel]} of " if panel.channels > 1 else "of "
    return f"{panel.values[row, channel]:g} {of}'{panel.ids[number]}' at {stamp}"
