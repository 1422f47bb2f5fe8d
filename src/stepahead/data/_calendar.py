"""The calendar as covariates that are known beforehand: where in the day, the week and the year a step falls."""

from dataclasses import replace

import numpy as np

from .._check import Refusal, whole
from ._grids import DAY, WEEK, BusinessGrid, EvenGrid, MonthGrid
from ._panel import Panel
from ._with_covariates import with_covariates
from ._zones import to_wall


def with_calendar(panel: Panel, ahead: int, *, harmonics: int = 1) -> Panel:
    """The panel with the calendar of every step, and of `ahead` steps after each end, as known covariates.

    For each cycle longer than a step, `harmonics` pairs sin 2πjφ, cos 2πjφ, j = 1, 2, …, where φ is the share of it that has
    passed: `hour` (of the day, for steps below a day), `weekday` (of the week, below a week), `yearday` (of the year, below a year).
    In a time zone the clock on the wall counts. Whole numbers have no calendar and are refused. Holidays are a column of yours.

    >>> from ._frequency import Frequency
    >>> panel = Panel.from_arrays([[1.0, 2.0]], start=np.datetime64("2024-01-01"), frequency=Frequency.parse("D"))   # a Monday
    >>> covered = with_calendar(panel, 1)
    >>> covered.covariates.known_names
    ('weekday_sin', 'weekday_cos', 'yearday_sin', 'yearday_cos')
    >>> covered.covariates.known[:, 0].round(3).tolist()                     # sin 0, sin 2π/7, sin 4π/7
    [0.0, 0.782, 0.975]
    """
    whole("ahead", ahead, at_least=0), whole("harmonics", harmonics)
    if not panel.frequency.dated:
        raise Refusal("Whole numbers have no calendar. Give dates as stamps, or leave the calendar out.")
    lengths = panel.lengths + ahead
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    steps = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
    times = panel.frequency.advance(np.repeat(panel.times[panel.offsets[:-1]], lengths), steps)
    wall = to_wall(times, panel.frequency.zone) if panel.frequency.zone else times
    columns = {}
    for name, share in _cycles(panel, wall.astype("M8[us]")).items():
        for j in range(1, harmonics + 1):
            tail = "" if j == 1 else str(j)
            columns |= {f"{name}_sin{tail}": np.sin(2 * np.pi * j * share), f"{name}_cos{tail}": np.cos(2 * np.pi * j * share)}
    if not columns:
        raise Refusal(f"A step of '{panel.frequency.name}' is a whole year: the calendar is the same at every one. Leave it out.")
    values = np.stack(list(columns.values()), axis=1)
    calendar = replace(panel, values=values, offsets=offsets, times=times, names=tuple(columns), covariates=None)
    return with_covariates(panel, known=calendar)


def _cycles(panel: Panel, wall: np.ndarray) -> dict[str, np.ndarray]:
    """The share of each cycle that has passed at these times, by its name."""
    grid = panel.frequency.grid
    step = grid.step if isinstance(grid, EvenGrid) else DAY if isinstance(grid, BusinessGrid) else None
    day = wall.astype("M8[D]")
    year = wall.astype("M8[Y]")
    start, end = year.astype("M8[D]"), (year + 1).astype("M8[D]")
    clock = (wall - day).astype(np.int64) / DAY
    found = {}
    if step is not None and step < DAY:
        found["hour"] = clock
    if step is not None and step < WEEK:
        found["weekday"] = ((day.astype(np.int64) + 3) % 7 + clock) / 7  # 1970-01-01 was a Thursday
    if step is not None or (isinstance(grid, MonthGrid) and panel.frequency.season > 1):
        found["yearday"] = ((day - start).astype(np.int64) + clock) / (end - start).astype(np.int64)
    return found
