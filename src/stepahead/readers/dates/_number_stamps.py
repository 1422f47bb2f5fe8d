"""Numbers as time: dates such as 20240131, months and weeks such as 202401, seconds since 1970,
days of a spreadsheet, or whole steps."""

import re
from typing import NamedTuple

import numpy as np

from ..._check import Refusal
from ...data import WEEK, EvenGrid, Frequency
from ._short_years import share_covered

_DAY_WORDS = {"date", "datum", "day", "tag", "dteday", "fecha", "data", "dato", "jour", "ds"}
_DATE_WORDS = {
    *(
        "date",
        "datum",
        "day",
        "days",
        "tag",
        "dteday",
        "datetime",
        "fecha",
        "data",
        "dato",
        "jour",
        "week",
        "woche",
        "semaine",
        "semana",
    ),
    *("month", "monat", "mois", "mes", "quarter", "quartal", "kw"),
}
_WEEK_WORDS = {
    *(
        "week",
        "weeks",
        "woche",
        "kw",
        "kalenderwoche",
        "kalenderwochen",
        "cw",
        "wk",
        "isoweek",
        "yearweek",
        "calendarweek",
    ),
    *("semaine", "semana"),
}
_INSTANT_WORDS = {
    *(
        "ts",
        "time",
        "timestamp",
        "epoch",
        "unix",
        "unixtime",
        "utc",
        "date",
        "datetime",
        "zeit",
        "zeitstempel",
        "zeitpunkt",
    ),
}
_UNITS = ((1, "seconds"), (10**3, "milliseconds"), (10**6, "microseconds"), (10**9, "nanoseconds"))
_SHEET_FIRST, _SHEET_LAST = 20_000, 60_000
"""The spreadsheet days that can be dates: 1954 to 2064."""
_SHEET_START = np.datetime64("1899-12-30", "us")
_DAY_SECONDS = 86_400


class NumberStamps(NamedTuple):
    """Timestamps parsed from numbers, and notes."""

    wall: np.ndarray
    notes: tuple[str, ...] = ()


def _words(name: str) -> set[str]:
    return set(re.split(r"[^a-zäöü]+", re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()))


def means_weeks(name: str, requested: Frequency | None) -> bool:
    """True for a column whose name says that it contains weeks, or if the requested frequency is
    weekly.

    >>> (
    ...     means_weeks("Calendar week", None),
    ...     means_weeks("KW", None),
    ...     means_weeks("weekday", None),
    ...     means_weeks("t", Frequency.parse("W")),
    ... )
    (True, True, False, True)
    """
    if requested is not None and requested.dated:
        return isinstance(requested.grid, EvenGrid) and requested.grid.step % WEEK == 0
    return bool(_words(name) & _WEEK_WORDS)


def number_stamps(
    values: np.ndarray, name: str, requested: Frequency | None
) -> NumberStamps | None:
    """Timestamps parsed from the numbers of the column `name`; None if they cannot be timestamps.

    If a frequency of whole numbers is requested, numbers are left as they are; if one of dates is
    requested, numbers that could be days of a spreadsheet are read as such.
    """
    if not np.isfinite(values).all():
        return None
    whole = bool((values == np.round(values)).all())
    if whole and requested is not None and not requested.dated:
        return (
            NumberStamps(values.astype(np.int64))
            if np.abs(values).max(initial=0) <= 2**53
            else None
        )
    asked = requested is not None
    weeks = means_weeks(name, requested)
    short = bool(_words(name) & _DAY_WORDS) and not weeks
    found = calendar_numbers(values.astype(np.int64), weeks, short) if whole else None
    found = (
        found
        or instants(values, asked or bool(_words(name) & _INSTANT_WORDS))
        or _sheet_days(values, name, asked)
    )
    if found is not None or np.abs(values).max(initial=0) > 2**53:
        return found
    return _steps(values.astype(np.int64), name) if whole else _fractions(values, name)


def calendar_numbers(
    values: np.ndarray, weeks_meant: bool, days_meant: bool = False
) -> NumberStamps | None:
    """Dates as 20240131, months as 202401, ISO weeks as 202453, quarters as 20244, if all numbers
    are valid as such. With `days_meant`, also 240131 and 31012024."""
    if values.min() >= 18000101 and values.max() <= 21991231:
        days = _dates(values // 10000, values // 100 % 100, values % 100)
        if days is not None:
            return NumberStamps(days, ("numbers such as 20240131 read as days",))
    if values.min() >= 180001 and values.max() <= 219953:
        months = None if weeks_meant else _dates(values // 100, values % 100, np.ones_like(values))
        if months is not None:
            return NumberStamps(months, ("numbers such as 202401 read as months",))
    short = _short_days(values) if days_meant else None
    if short is not None:
        return short
    if values.min() >= 180001 and values.max() <= 219953:
        weeks = _weeks(values // 100, values % 100)
        if weeks is not None:
            return NumberStamps(
                weeks,
                (f"numbers such as {values[0]} read as ISO weeks, which stand for their Monday",),
            )
    if (
        values.min() >= 18001
        and values.max() <= 21994
        and np.isin(values % 10, (1, 2, 3, 4)).all()
        and np.ptp(values // 10) > 0
    ):
        quarters = _dates(values // 10, values % 10 * 3 - 2, np.ones_like(values))
        if quarters is not None and len(np.unique(values)) > 4:
            return NumberStamps(quarters, (f"numbers such as {values[0]} read as quarters",))
    return None


def _short_days(values: np.ndarray) -> NumberStamps | None:
    """Dates as 240131, from 2010 on, and as 31012024 or 1312024 (month first). It is an error if
    the day and the month of the latter cannot be distinguished."""
    if values.min() >= 100101 and values.max() <= 491231:
        days = _dates(values // 10000 + 2000, values // 100 % 100, values % 100)
        if days is not None:
            return NumberStamps(days, (f"numbers such as {values[0]} read as days, year first",))
    year, one, two = values % 10000, values // 1000000, values // 10000 % 100
    if values.min() < 1011800 or values.max() > 31122199 or year.min() < 1800 or year.max() > 2199:
        return None
    found = {
        order: days
        for order, days in (("day", _dates(year, two, one)), ("month", _dates(year, one, two)))
        if days is not None
    }
    shares = {
        order: share_covered(days.astype("M8[D]").astype(int)) for order, days in found.items()
    }
    if len(found) == 2 and max(shares.values()) <= 2 * min(shares.values()):
        raise Refusal(
            f"Numbers such as {values[-1]} make sense as days with the day first and with the "
            "month first. Write dates as 2024-01-31."
        )
    if not found:
        return None
    order = max(shares, key=shares.__getitem__)
    return NumberStamps(found[order], (f"numbers such as {values[0]} read as days, {order} first",))


def instants(values: np.ndarray, meant: bool) -> NumberStamps | None:
    """Seconds (or milli-, micro- or nanoseconds) since 1970, in the years 1990 to 2100.

    Differences must be full minutes; or whole units, if the column name or a requested frequency of
    dates says that the numbers are times.
    """
    if (
        (len(values) < 2 and not meant)
        or (values != np.round(values)).any()
        or np.abs(values).max() > 2**62
    ):
        return None
    held = values.astype(np.int64)
    for unit, what in _UNITS:
        if held.min() < 631_152_000 * unit or held.max() > 4_102_444_800 * unit:
            continue
        if np.gcd.reduce(np.diff(held)) % (60 * unit) == 0 or meant:
            stamps = (
                held * (10**6 // unit)
                if unit <= 10**6
                else np.round(values / 1000).astype(np.int64)
            )
            return NumberStamps(
                stamps.astype("M8[us]"), (f"numbers such as {held[0]} read as {what} since 1970",)
            )
    return None


def _sheet_days(values: np.ndarray, name: str, asked: bool) -> NumberStamps | None:
    """Days of a spreadsheet, which count from the end of 1899, if the column name says date or the
    user asks for dates."""
    named = bool(_words(name) & _DATE_WORDS)
    if values.min() < _SHEET_FIRST or values.max() > _SHEET_LAST or not (named or asked):
        return None
    seconds = values * _DAY_SECONDS
    minutes = np.round(seconds / 60) * 60
    # Spreadsheets write five decimals of a day, 0.4 s each, so minutes have rounding errors.
    near = minutes if np.abs(seconds - minutes).max() < 1.5 else np.round(seconds)
    stamps = _SHEET_START + near.astype("m8[s]")
    return NumberStamps(
        stamps,
        (
            f"numbers such as {values[0]:.10g} in '{name}' read as days of a spreadsheet "
            f"({str(stamps[0])[:10]})",
        ),
    )


def _steps(values: np.ndarray, name: str) -> NumberStamps:
    """Whole numbers unchanged, with a note if they could be days of a spreadsheet."""
    if len(values) < 2 or values.min() < _SHEET_FIRST or values.max() > _SHEET_LAST:
        return NumberStamps(values)
    first = str(_SHEET_START + np.timedelta64(int(values[0]), "D"))[:10]
    return NumberStamps(
        values,
        (
            f"'{name}' read as whole numbers; as days of a spreadsheet they begin on {first}: "
            "`frequency='D'`",
        ),
    )


def _fractions(values: np.ndarray, name: str) -> NumberStamps | None:
    """Fractions of years as months; evenly spaced numbers as steps."""
    month = np.round(values * 12)
    if (
        values.min() > 1000
        and values.max() < 3000
        and np.abs(values * 12 - month).max() < 0.05
        and len(np.unique(month)) == len(values)
    ):
        return NumberStamps(
            (month.astype(np.int64) - 1970 * 12).astype("M8[M]").astype("M8[us]"),
            ("fractions of years read as months",),
        )
    ordered = np.unique(values)
    step = float(np.median(np.diff(ordered))) if len(ordered) > 1 else 1.0
    place = (values - ordered[0]) / step
    if np.abs(place - np.round(place)).max() < 0.25 and len(np.unique(np.round(place))) == len(
        values
    ):
        return NumberStamps(
            np.round(place).astype(np.int64),
            (f"evenly spaced numbers in '{name}' read as steps 0, 1, 2, ...",),
        )
    return None


def _dates(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray | None:
    """The dates, or None if one of them is not in the calendar."""
    if month.min() < 1 or month.max() > 12 or day.min() < 1:
        return None
    months = ((year - 1970) * 12 + month - 1).astype("M8[M]")
    days = months.astype("M8[D]") + (day - 1)
    return None if (days.astype("M8[M]") != months).any() else days.astype("M8[us]")


def _weeks(year: np.ndarray, week: np.ndarray) -> np.ndarray | None:
    """The Mondays of ISO weeks, or None if a year does not have such a week. Week 1 contains the
    4th of January."""
    if week.min() < 1 or week.max() > 53:
        return None
    first, following = (_first_monday(each) for each in (year, year + 1))
    mondays = first + 7 * (week - 1)
    return None if (mondays >= following).any() else mondays.astype("M8[us]")


def _first_monday(year: np.ndarray) -> np.ndarray:
    """The Monday of the first ISO week of a year."""
    fourth = (year - 1970).astype("M8[Y]").astype("M8[D]") + 3
    return fourth - (fourth.astype(np.int64) + 3) % 7
