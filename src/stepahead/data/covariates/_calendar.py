"""Calendar covariates: the position of a step in the day, the week and the year."""

from dataclasses import replace

import numpy as np

from ..._check import Refusal, between, whole
from ..calendar import DAY, WEEK, BusinessGrid, EvenGrid, MonthGrid, to_wall
from ..panel import Panel
from ._with_covariates import with_covariates

CALENDAR = frozenset(
    f"{cycle}_{wave}{j}"
    for cycle in ("hour", "weekday", "yearday")
    for wave in ("sin", "cos")
    for j in ("", *range(2, 13))
)
"""The names of calendar columns: sine and cosine of each cycle, up to the twelfth harmonic."""


def with_calendar(panel: Panel, ahead: int, *, harmonics: int = 3) -> Panel:
    """Return the panel with calendar columns as known covariates, for every step and for `ahead`
    steps after the end of each series.

    For each cycle longer than a step there are pairs sin 2πjφ, cos 2πjφ for j = 1 to `harmonics`
    (as far as the steps of a cycle distinguish them), where φ is the fraction of the cycle that has
    passed: `hour` (of the day, for steps below a day), `weekday` (of the week, for steps below a
    week), `yearday` (of the year, for steps below a year), in local time if there is a time zone.
    Existing calendar columns are replaced. Integer times have no calendar and are refused. For
    holidays see `with_holidays`.

    >>> from stepahead.data import Frequency
    >>> monday = np.datetime64("2024-01-01")
    >>> panel = Panel.from_arrays([[1.0, 2.0]], start=monday, frequency=Frequency.parse("D"))
    >>> covered = with_calendar(panel, 1, harmonics=1)
    >>> covered.covariates.known_names
    ('weekday_sin', 'weekday_cos', 'yearday_sin', 'yearday_cos')
    >>> covered.covariates.known[:, 0].round(3).tolist()  # sin 0, sin 2π/7, sin 4π/7
    [0.0, 0.782, 0.975]
    """
    whole("ahead", ahead, at_least=0), between("harmonics", whole("harmonics", harmonics), 1, 13)
    if not panel.frequency.dated:
        raise Refusal(
            "Whole numbers have no calendar. Give dates as stamps, or leave the calendar out."
        )
    lengths = panel.lengths + ahead
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    steps = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
    times = panel.frequency.advance(np.repeat(panel.times[panel.offsets[:-1]], lengths), steps)
    wall = to_wall(times, panel.frequency.zone) if panel.frequency.zone else times
    columns = {}
    for name, (share, steps) in _cycles(panel, wall.astype("M8[us]")).items():
        for j in range(1, min(harmonics, int(steps / 2)) + 1):
            tail = "" if j == 1 else str(j)
            if 2 * j < steps:  # with two steps per cycle the sine is 0
                columns[f"{name}_sin{tail}"] = np.sin(2 * np.pi * j * share)
            columns[f"{name}_cos{tail}"] = np.cos(2 * np.pi * j * share)
    if not columns:
        raise Refusal(
            f"A step of '{panel.frequency.name}' is a whole year: the calendar is the same at "
            "every one. Leave it out."
        )
    values = np.stack(list(columns.values()), axis=1)
    calendar = replace(
        panel, values=values, offsets=offsets, times=times, names=tuple(columns), covariates=None
    )
    return with_covariates(_without(panel), known=calendar)


def _without(panel: Panel) -> Panel:
    """The panel without calendar columns."""
    held = panel.covariates
    if held is None or not CALENDAR.intersection(held.known_names):
        return panel
    kept = [place for place, name in enumerate(held.known_names) if name not in CALENDAR]
    names = tuple(held.known_names[place] for place in kept)
    return replace(panel, covariates=replace(held, known=held.known[:, kept], known_names=names))


def _cycles(panel: Panel, wall: np.ndarray) -> dict[str, tuple[np.ndarray, float]]:
    """The fraction of each cycle that has passed at these times, and its number of steps, by the
    cycle's name."""
    grid = panel.frequency.grid
    step = (
        grid.step if isinstance(grid, EvenGrid) else DAY if isinstance(grid, BusinessGrid) else None
    )
    day = wall.astype("M8[D]")
    year = wall.astype("M8[Y]")
    start, end = year.astype("M8[D]"), (year + 1).astype("M8[D]")
    clock = (wall - day).astype(np.int64) / DAY
    cycles = {}
    if step is not None and step < DAY:
        cycles["hour"] = (clock, DAY / step)
    if step is not None and step < WEEK:
        weekday = (day.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
        cycles["weekday"] = ((weekday + clock) / 7, WEEK / step)
    if step is not None or (isinstance(grid, MonthGrid) and panel.frequency.season > 1):
        share = ((day - start).astype(np.int64) + clock) / (end - start).astype(np.int64)
        cycles["yearday"] = (share, panel.frequency.season if step is None else 365 * DAY / step)
    return cycles
