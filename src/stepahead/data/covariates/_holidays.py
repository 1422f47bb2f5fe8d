"""Holidays, or other given days, as a known covariate."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from ..._check import Refusal, whole
from ..calendar import DAY, BusinessGrid, EvenGrid, to_wall
from ..panel import Panel
from ._with_covariates import with_covariates

HOLIDAY = "holiday"
"""The default name of the column."""


def with_holidays(panel: Panel, days: ArrayLike, ahead: int, *, name: str = HOLIDAY) -> Panel:
    """Return the panel with these days as a known covariate, for every step and for `ahead` steps
    after the end of each series.

    The column is 1 at steps of these `days` and 0 elsewhere; for steps longer than a day it is the
    number of these days from a step's time to the next, in local time if there is a time zone. For
    several kinds of days with different effects, call it once for each, with another `name`.
    Integer times, and days that are not dates, are refused.

    >>> from stepahead.data import Frequency
    >>> eve = np.datetime64("2024-12-24")
    >>> panel = Panel.from_arrays([[1.0, 2.0]], start=eve, frequency=Frequency.parse("D"))
    >>> covered = with_holidays(panel, ["2024-12-25", "2024-12-26"], 2)
    >>> covered.covariates.known[:, 0].tolist()
    [0.0, 1.0, 1.0, 0.0]
    """
    return with_covariates(panel, known=holiday_column(panel, days, ahead, name=name))


def holiday_column(panel: Panel, days: ArrayLike, ahead: int, *, name: str = HOLIDAY) -> Panel:
    """Return the column of `with_holidays` as a separate panel whose series extend `ahead` steps.
    Pass it to `with_future` to extend a holiday column that a panel has already.

    >>> from stepahead.data import Frequency, with_future
    >>> eve = np.datetime64("2024-12-24")
    >>> panel = Panel.from_arrays([[1.0, 2.0]], start=eve, frequency=Frequency.parse("D"))
    >>> covered = with_holidays(panel, ["2024-12-25"], 0)
    >>> later = holiday_column(panel, ["2024-12-26"], 2)
    >>> with_future(covered, later).covariates.known[:, 0].tolist()
    [0.0, 1.0, 1.0, 0.0]
    """
    whole("ahead", ahead, at_least=0)
    if not panel.frequency.dated:
        raise Refusal("Whole numbers have no holidays. Give dates as stamps, or leave them out.")
    try:
        named = np.unique(np.asarray(days, dtype="M8[D]").ravel())
    except ValueError as wrong:
        raise Refusal(
            f"`days` must be dates such as '2024-12-25', but they hold none ({wrong}). Correct it."
        ) from wrong
    if np.isnat(named).any():
        raise Refusal("A date in `days` is missing. Leave it out.")
    lengths = panel.lengths + ahead
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    steps = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
    first = np.repeat(panel.times[panel.offsets[:-1]], lengths)
    times = panel.frequency.advance(first, steps)
    begin, grid = _day(panel, times), panel.frequency.grid
    within = isinstance(grid, BusinessGrid) or (isinstance(grid, EvenGrid) and grid.step <= DAY)
    end = begin + 1 if within else _day(panel, panel.frequency.advance(first, steps + 1))
    count = np.searchsorted(named, end) - np.searchsorted(named, begin)
    return replace(
        panel,
        values=count[:, None].astype(np.float64),
        offsets=offsets,
        times=times,
        names=(name,),
        covariates=None,
    )


def _day(panel: Panel, times: np.ndarray) -> np.ndarray:
    """The day of each time, in local time."""
    zone = panel.frequency.zone
    return (to_wall(times, zone) if zone else times).astype("M8[D]")
