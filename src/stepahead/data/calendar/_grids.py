"""The four kinds of grid of times: integers, even steps, business days, calendar months.

Each has three vectorised methods: the time k steps after a start (`advance`), the whole steps
between a start and a time (`position`, rounded down), and a check that a time can be on this grid
(`holds`).
"""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
SECOND = 1_000_000
"""A second in microseconds."""
DAY = 86_400 * SECOND
"""A day in microseconds."""
WEEK = 7 * DAY
"""A week in microseconds."""
YEAR = 365 * DAY
EXACT_YEAR = YEAR + DAY // 4
"""A year with a quarter of a leap day."""
_CLOCK = (
    (DAY, "D"),
    (3600 * SECOND, "h"),
    (60 * SECOND, "min"),
    (SECOND, "s"),
    (1000, "ms"),
    (1, "us"),
)


Numbers = Any
"""An array of any shape, or one of NumPy's scalars."""


@runtime_checkable
class Grid(Protocol):
    """The grid of a frequency: name, seasons, and arithmetic on times."""

    @property
    def name(self) -> str:
        """The alias, as pandas writes it."""
        ...

    @property
    def seasons(self) -> tuple[int, ...]:
        """Steps in a day, a week and a year, if they are whole numbers, shortest first."""
        ...

    def exact_season(self, season: int) -> float:
        """Return the mean length in steps of one of `seasons`; a longer season unchanged."""
        return season

    @property
    def within_day(self) -> int | None:
        """Microseconds of a step that divides the day (hours, minutes); None for steps of whole
        days and more, and for integers."""
        return None

    def advance(self, start: Numbers, steps: Numbers) -> Numbers:
        """Return the times `steps` steps after `start`."""
        ...

    def position(self, start: Numbers, stamps: Numbers) -> Numbers:
        """Return the whole steps from `start` to `stamps`, rounded down."""
        ...

    def holds(self, stamps: Numbers) -> Numbers:
        """Return True for times that can be on such a grid."""
        ...


def microseconds(stamps: Numbers) -> Numbers:
    """Return the microseconds since 1970 of times, or of the distance between two."""
    return stamps.view(np.int64)


def weekday(stamps: Numbers) -> Numbers:
    """Return the day of the week, 0 for Monday to 6 for Sunday."""
    return (microseconds(stamps) // DAY + 3) % 7


def month_number(stamps: Numbers) -> Numbers:
    """Return the months since January 1970."""
    return stamps.astype("M8[M]").astype(np.int64)


def day_of_month(stamps: Numbers) -> Numbers:
    """Return the day of the month, 1 to 31."""
    return (stamps.astype("M8[D]") - stamps.astype("M8[M]").astype("M8[D]")).astype(np.int64) + 1


def month_length(months: Numbers) -> Numbers:
    """Return the number of days in these months, counted since January 1970."""
    first = months.astype("M8[M]").astype("M8[D]")
    return ((months + 1).astype("M8[M]").astype("M8[D]") - first).astype(np.int64)


def time_of_day(stamps: Numbers) -> Numbers:
    """Return the time since midnight, as timedelta64[us]."""
    return (microseconds(stamps) % DAY).astype("m8[us]")


def _times(count: int, name: str) -> str:
    return name if count == 1 else f"{count}{name}"


def _cycles(*lengths: int, of: int) -> tuple[int, ...]:
    """The number of steps of size `of` in each of these lengths, if it is a whole number above one.

    >>> _cycles(24, 168, of=2), _cycles(24, 168, of=7), _cycles(12, of=12)
    ((12, 84), (24,), ())
    """
    return tuple(length // of for length in lengths if length % of == 0 and length > of)


STEPS_OF_A_DAY = (24, 48, 96, 144, 288)
"""Season lengths of integer times that count as a day, of hours or of 30, 15, 10 or 5 minutes."""


@dataclass(frozen=True)
class IntegerGrid(Grid):
    """Integer times, `step` apart, with `season_length` steps in a season."""

    step: int = 1
    season_length: int = 1

    @property
    def name(self) -> str:
        return str(self.step) if self.season_length == 1 else f"{self.step}/{self.season_length}"

    @property
    def seasons(self) -> tuple[int, ...]:
        first = self.season_length
        # Whether there is a week is tested on the data.
        return (first, 7 * first) if first in STEPS_OF_A_DAY else (first,) if first > 1 else ()

    def advance(self, start: Numbers, steps: Numbers) -> Numbers:
        return start + steps * self.step

    def position(self, start: Numbers, stamps: Numbers) -> Numbers:
        return (stamps - start) // self.step

    def holds(self, stamps: Numbers) -> Numbers:
        return np.ones(np.shape(stamps), dtype=bool)


@dataclass(frozen=True)
class EvenGrid(Grid):
    """Steps of `step` microseconds; a weekly grid may be anchored to a weekday (0 is Monday)."""

    step: int
    weekday: int | None = None

    @property
    def name(self) -> str:
        if self.step % WEEK == 0:
            return _times(
                self.step // WEEK, "W" if self.weekday is None else f"W-{WEEKDAYS[self.weekday]}"
            )
        size, unit = next((size, unit) for size, unit in _CLOCK if self.step % size == 0)
        return _times(self.step // size, unit)

    @property
    def seasons(self) -> tuple[int, ...]:
        if self.step % WEEK == 0:
            return _cycles(52 * WEEK, of=self.step)
        return _cycles(DAY, WEEK, YEAR, of=self.step) if self.step <= DAY else ()

    def exact_season(self, season: int) -> float:
        """A year has 365.25 days."""
        a_year = season * self.step in (52 * WEEK, YEAR)
        return EXACT_YEAR / self.step if a_year else season

    @property
    def within_day(self) -> int | None:
        """The step, unless it is of whole days."""
        return self.step if self.step % DAY else None

    def advance(self, start: Numbers, steps: Numbers) -> Numbers:
        return start + steps * np.timedelta64(self.step, "us")

    def position(self, start: Numbers, stamps: Numbers) -> Numbers:
        return microseconds(stamps - start) // self.step

    def holds(self, stamps: Numbers) -> Numbers:
        return (
            np.ones(np.shape(stamps), dtype=bool)
            if self.weekday is None
            else weekday(stamps) == self.weekday
        )


@dataclass(frozen=True)
class BusinessGrid(Grid):
    """Monday to Friday, `step` days apart; holidays are missing steps."""

    step: int = 1

    @property
    def name(self) -> str:
        return _times(self.step, "B")

    @property
    def seasons(self) -> tuple[int, ...]:
        return (5, 261) if self.step == 1 else ()

    def exact_season(self, season: int) -> float:
        """A year has five sevenths of 365.25 days."""
        return 5 * EXACT_YEAR / WEEK if (self.step, season) == (1, 261) else season

    def advance(self, start: Numbers, steps: Numbers) -> Numbers:
        days = np.busday_offset(start.astype("M8[D]"), steps * self.step, roll="backward")
        return days.astype("M8[us]") + time_of_day(start)

    def position(self, start: Numbers, stamps: Numbers) -> Numbers:
        friday = np.busday_offset(stamps.astype("M8[D]"), 0, roll="backward")
        early = (friday == stamps.astype("M8[D]")) & (time_of_day(stamps) < time_of_day(start))
        return (np.busday_count(start.astype("M8[D]"), friday) - early) // self.step

    def holds(self, stamps: Numbers) -> Numbers:
        return weekday(stamps) < 5


@dataclass(frozen=True)
class MonthGrid(Grid):
    """Steps of `step` calendar months on day `day`; 31 means the last day of every month.

    `phase` (a month, 0 is January, modulo `step`) anchors quarters and years; with None, the start
    of a series determines it. With `business`, the first and the last day of a month are its first
    and last day from Monday to Friday.
    """

    step: int = 1
    day: int = 31
    phase: int | None = None
    business: bool = False

    @property
    def name(self) -> str:
        count, letter = next(
            (self.step // size, letter)
            for size, letter in ((12, "Y"), (3, "Q"), (1, "M"))
            if self.step % size == 0
        )
        edge, letter = {1: "S", 31: "E"}.get(self.day, f"-{self.day}"), "B" * self.business + letter
        if letter[-1] == "M" or self.phase is None or self.day not in (1, 31):
            return _times(count, letter + edge)
        size = 12 if letter[-1] == "Y" else 3
        month = self.phase % size if self.day == 1 else (self.phase % size) + 12 - size
        return _times(count, f"{letter}{edge}-{MONTHS[month]}")

    @property
    def seasons(self) -> tuple[int, ...]:
        return _cycles(12, of=self.step)

    def advance(self, start: Numbers, steps: Numbers) -> Numbers:
        return self._days(month_number(start) + steps * self.step).astype("M8[us]") + time_of_day(
            start
        )

    def position(self, start: Numbers, stamps: Numbers) -> Numbers:
        count = (month_number(stamps) - month_number(start)) // self.step
        return count - (self.advance(start, count) > stamps)

    def holds(self, stamps: Numbers) -> Numbers:
        months = month_number(stamps)
        right = stamps.astype("M8[D]") == self._days(months)
        return (
            right if self.phase is None else right & (months % self.step == self.phase % self.step)
        )

    def _days(self, months: Numbers) -> Numbers:
        """The day of a time in these months, counted since January 1970."""
        days = months.astype("M8[M]").astype("M8[D]") + (
            np.minimum(self.day, month_length(months)) - 1
        )
        return (
            np.busday_offset(days, 0, roll="forward" if self.day == 1 else "backward")
            if self.business
            else days
        )
