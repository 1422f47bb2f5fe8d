"""`Frequency`: the time step of a series, in calendar units or integers."""

import re
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from ..._check import Refusal, whole
from ._grids import (
    DAY,
    MONTHS,
    SECOND,
    WEEK,
    WEEKDAYS,
    BusinessGrid,
    EvenGrid,
    Grid,
    IntegerGrid,
    MonthGrid,
)
from ._zones import to_instants, to_wall

_EVEN = {
    "D": DAY,
    "H": 3600 * SECOND,
    "MIN": 60 * SECOND,
    "T": 60 * SECOND,
    "S": SECOND,
    "MS": 1000,
    "US": 1,
}
_WORDS = {
    "yearly": "YE",
    "quarterly": "QE",
    "monthly": "MS",
    "weekly": "W",
    "daily": "D",
    "hourly": "h",
    "minutely": "min",
}
_ALLOWED = (
    "an alias such as 'h', 'D', 'B', 'W-SUN', 'MS', 'ME', 'BME', 'QE-DEC', 'YE', '15min' or '1' for"
    " whole numbers"
)


@dataclass(frozen=True)
class Frequency:
    """The step from one time to the next: a `grid`, and the time `zone` of the calendar.

    Times are NumPy int64 or datetime64[us]. Without a zone a time is local clock time; with a zone
    it is an instant in UTC, and steps of a day or more keep the local time across clock changes.

    >>> month = Frequency.parse("ME")
    >>> month.advance(np.datetime64("2024-01-31"), np.arange(3)).astype("M8[D]")
    array(['2024-01-31', '2024-02-29', '2024-03-31'], dtype='datetime64[D]')
    >>> month.name, month.season
    ('ME', 12)
    """

    grid: Grid
    zone: str | None = None

    @classmethod
    def integer(cls, step: int = 1, season: int = 1) -> "Frequency":
        """Return the frequency of integer times, `step` apart; `season` steps form a season.

        Months without dates are `Frequency.integer(season=12)`, named '1/12'.

        >>> Frequency.integer(2).advance(10, np.arange(3))
        array([10, 12, 14])
        """
        return cls(IntegerGrid(whole("step", step), whole("season", season)))

    @classmethod
    def parse(cls, name: "str | int | Frequency", zone: str | None = None) -> "Frequency":
        """Return the frequency of an alias as in pandas; a whole number means integer times with
        this step. `zone` is the time zone of the calendar.

        Upper and lower case matter only where they do in pandas ('MS' months, 'ms' milliseconds).
        'M-15' is the 15th of every month.

        >>> (
        ...     Frequency.parse("15min").name,
        ...     Frequency.parse("QE-DEC").season,
        ...     Frequency.parse("W-SUN").season,
        ... )
        ('15min', 4, 52)
        >>> Frequency.parse("fortnight")
        Traceback (most recent call last):
        ...
        stepahead._check.Refusal: `frequency` must be an alias such as 'h', 'D', 'B', 'W-SUN', 'MS',
        'ME', 'BME', 'QE-DEC', 'YE', '15min' or '1' for whole numbers, but it is 'fortnight'.
        """
        if isinstance(name, Frequency):
            return name
        text = _WORDS.get(str(name).strip().lower(), str(name).strip())
        integer = re.fullmatch(r"([1-9]\d{0,17})(?:/([1-9]\d{0,8}))?", text)
        if integer:
            return cls(IntegerGrid(int(integer[1]), int(integer[2] or 1)))
        match = re.fullmatch(r"(\d{0,9})([A-Za-z]+)(?:-(\w+))?", text)
        grid = match and _grid(int(match[1] or 1), match[2], match[3])
        if not grid:
            raise Refusal(f"`frequency` must be {_ALLOWED}, but it is {name!r}.")
        return cls(grid, zone)

    @property
    def name(self) -> str:
        """The alias, such as 'MS'; for integers the step, such as '1'."""
        return self.grid.name

    @property
    def season(self) -> int:
        """Steps in the shortest of the `seasons`, 1 if there are none: hourly 24, daily 7, business
        days 5, weekly 52, monthly 12, ..."""
        return self.seasons[0] if self.seasons else 1

    @property
    def seasons(self) -> tuple[int, ...]:
        """Steps in a day, a week and a year, if they are whole numbers above 1. Which of them a
        series has depends on the data: see `data.seasons`.

        A year is 365 days, 261 business days or 52 weeks. Integer times have the season that they
        were given; one of 24, 48, 96, 144 or 288 steps counts as a day, so there is also a week.

        >>> (
        ...     Frequency.parse("15min").seasons,
        ...     Frequency.parse("D").seasons,
        ...     Frequency.parse("B").seasons,
        ...     Frequency.parse("YE").seasons,
        ... )
        ((96, 672, 35040), (7, 365), (5, 261), ())
        """
        return self.grid.seasons

    def exact_season(self, season: int) -> float:
        """Return the mean length of a season in steps: a year is 365.25 / 7 weekly steps, or 365.25
        daily steps. Every other season is a whole number of steps.

        >>> week, day = Frequency.parse("W"), Frequency.parse("D")
        >>> round(week.exact_season(52), 4), day.exact_season(365), day.exact_season(7)
        (52.1786, 365.25, 7)
        """
        return self.grid.exact_season(season)

    @property
    def dated(self) -> bool:
        """True if times are dates, False if they are integers."""
        return not isinstance(self.grid, IntegerGrid)

    def stamp(self, value: object) -> np.ndarray:
        """Return `value` as times of this frequency (int64 or datetime64[us]); refuse the other
        kind."""
        try:
            raw = np.asarray(value)
            if self.dated and raw.dtype.kind in "OUM" and raw.size:
                stamps = raw.astype("M8[us]")
                if not np.isnat(stamps).any():
                    return stamps
            if not self.dated and raw.dtype.kind in "iu":
                return raw.astype(np.int64)
        except (ValueError, TypeError):
            pass
        kind = "a date (numpy datetime64)" if self.dated else "a whole number"
        shown = value if np.asarray(value).ndim == 0 else np.asarray(value).flat[:1]
        raise Refusal(
            f"A stamp of frequency '{self.name}' must be {kind}, but it is {shown!r}. Give {kind}, "
            "or another frequency."
        )

    def advance(
        self, start: object, steps: int | np.integer | Int[np.ndarray, "*shape"]
    ) -> np.ndarray:
        """Return the times `steps` steps after `start`; both broadcast, and steps may be negative.

        >>> friday = np.datetime64("2024-03-01")
        >>> Frequency.parse("B").advance(friday, 1).astype("M8[D]")  # Monday
        array('2024-03-04', dtype='datetime64[D]')
        """
        first, count = self.stamp(start), np.asarray(steps, dtype=np.int64)
        if self.zone is not None and self._by_the_clock:
            wall = np.asarray(self.grid.advance(to_wall(first, self.zone), count))
            return to_instants(wall, self.zone)
        return np.asarray(self.grid.advance(first, count))

    def position(self, start: object, stamps: object) -> Int[np.ndarray, "*shape"]:
        """Return the whole steps from `start` to `stamps`, rounded down: `advance(start, position)`
        is the last time of the grid that is not after the stamp.

        A time is on the grid of `start` if and only if advancing by its position returns it.

        >>> Frequency.parse("MS").position(
        ...     np.datetime64("2024-01-01"), np.array(["2024-03-01", "2024-03-09"], "M8[us]")
        ... )
        array([2, 2])
        """
        first, last = self.stamp(start), self.stamp(stamps)
        if self._by_the_clock:
            first, last = to_wall(first, self.zone), to_wall(last, self.zone)  # type: ignore[arg-type]
        return np.asarray(self.grid.position(first, last)).astype(np.int64)

    def holds(self, stamps: object) -> Bool[np.ndarray, "*shape"]:
        """Return True for times that this frequency allows: month starts for 'MS', Sundays for
        'W-SUN', no weekends for 'B'."""
        at = self.stamp(stamps)
        return np.asarray(self.grid.holds(to_wall(at, self.zone) if self.zone else at))

    @property
    def _by_the_clock(self) -> bool:
        return self.zone is not None and self.grid.within_day is None


def _grid(count: int, unit: str, anchor: str | None) -> Grid | None:
    """The grid that a split alias names, or None."""
    if count < 1:
        return None
    exact, upper, mark = unit, unit.upper(), (anchor or "").upper()
    business = (
        upper[1:] in ("M", "MS", "ME", "Q", "QS", "QE", "Y", "YS", "YE", "A", "AS")
        and upper[0] == "B"
    )
    upper = upper[1:] if business else upper
    if exact not in ("ms", "us") and upper in (
        "M",
        "MS",
        "ME",
        "Q",
        "QS",
        "QE",
        "Y",
        "YS",
        "YE",
        "A",
        "AS",
    ):
        size = {"M": 1, "Q": 3, "Y": 12, "A": 12}[upper[0]]
        if mark.isdigit() and len(upper) == 1 and not business and 1 <= int(mark) <= 31:
            return MonthGrid(count * size, int(mark), None)
        if mark and (mark not in MONTHS or size == 1):
            return None
        day = 1 if upper.endswith("S") else 31
        return MonthGrid(
            count * size, day, MONTHS.index(mark) % (count * size) if mark else None, business
        )
    if upper == "W" and (not mark or mark in WEEKDAYS):
        return EvenGrid(count * WEEK, WEEKDAYS.index(mark) if mark else None)
    if upper == "B" and not mark:
        return BusinessGrid(count)
    if upper in _EVEN and not mark:
        return EvenGrid(count * _EVEN[upper])
    return None


def format_stamp(stamp: np.datetime64 | np.int64 | np.ndarray) -> str:
    """Return a time (or an array of one) as text, with as few digits as it needs.

    >>> (
    ...     format_stamp(np.datetime64("2024-01-05T00:00:00", "us")),
    ...     format_stamp(np.datetime64("2024-01-05T12:30:00", "us")),
    ... )
    ('2024-01-05', '2024-01-05 12:30')
    """
    one = np.asarray(stamp)[()]
    if not isinstance(one, np.datetime64):
        return str(int(one))
    text = str(one.astype("M8[us]")).replace("T", " ")
    for tail in (".000000", ":00", " 00:00"):
        text = text.removesuffix(tail)
    return text
