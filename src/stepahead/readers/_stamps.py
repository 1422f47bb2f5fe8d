"""Stamps as people write them: a column of text or numbers becomes integers or datetime64[us], in one way that fits every row."""

import re
from dataclasses import dataclass

import numpy as np

from .._check import Refusal
from ..data._frequency import say
from ._engine import Column, Table

_CLOCK = r"(?:[T ,]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?)?"
_OFFSET = r"(?:\s*(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|m[aä]r|mai|okt|dez)[a-zä]*\.?"
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%g", " %I:%M %p", " %I:%M:%S %p")


@dataclass(frozen=True)
class Way:
    """A way to write a stamp: what to call it (empty: nothing worth saying), how it looks, and its SQL for a trimmed cell `t`."""

    name: str
    look: str
    sql: str

    def fits(self, cell: str) -> bool:
        """True where a cell looks so."""
        return re.fullmatch(self.look, cell.strip(), flags=re.IGNORECASE) is not None


def _formats(*days: str) -> str:
    return "[" + ", ".join(f"'{day}{clock}'" for day in days for clock in _TIMES) + "]"


def _replaced(cell: str, *pairs: tuple[str, str]) -> str:
    """SQL that replaces one pattern after another."""
    for pattern, by in pairs:
        cell = f"regexp_replace({cell}, '{pattern}', '{by}', 'g')"
    return cell


_SLASHED = _replaced("replace(t, ',', '')", (r"^(\d{1,2})[./-](\d{1,2})[./-]", r"\1/\2/"))
_ENGLISH = (("[,./-]+", " "), ("(?i)m[aä]r[a-zä]*|mrz", "Mar"), (r"(?i)\bmai\b", "May"), ("(?i)okt[a-z]*", "Oct"), ("(?i)dez[a-z]*", "Dec"))
_SPELLED = f"trim({_replaced('t', *_ENGLISH, (chr(92) + 's+', ' '))})"
_SPELLED_LOOKS = (
    rf"\d{{1,2}}[ .-]{{0,2}}{_MONTH}[ ,.-]*\d{{2,4}}",
    rf"{_MONTH}[ -]\d{{1,2}}, ?\d{{4}}",
    rf"{_MONTH}[ -']*\d{{2,4}}",
    rf"\d{{4}}[ -]{_MONTH}",
)
_SPELLED_DAYS = ("%d %b %y", "%d %b %Y", "%d %B %Y", "%b %Y", "%B %Y", "%b %y", "%b %d %Y", "%B %d %Y", "%Y %b", "%Y %B", "%a %d %b %Y")
_YEAR_QUARTER = (
    r"TRY_CAST(regexp_extract(t, '\d{4}') AS BIGINT)",
    r"TRY_CAST(regexp_extract(upper(t), 'Q([1-4])', 1) AS BIGINT) * 3 - 2",
)
_YEAR_WEEK = r"regexp_extract(t, '^\d{4}') || '-W' || lpad(regexp_extract(upper(t), 'W(\d{1,2})', 1), 2, '0')"

ISO = Way("", r"\d{4}-\d{1,2}-\d{1,2}" + _CLOCK + _OFFSET, f"TRY_CAST({_replaced('t', ('GMT$', 'UTC'))} AS TIMESTAMP)")
YEAR_FIRST = Way(
    "",
    r"\d{4}[./]\d{1,2}[./]\d{1,2}" + _CLOCK,
    "TRY_CAST(" + _replaced("t", (r"^(\d{4})[./](\d{1,2})[./]", r"\1-\2-")) + " AS TIMESTAMP)",
)
DAY_FIRST = Way(
    "dates read day first",
    r"\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})" + _CLOCK,
    f"try_strptime({_SLASHED}, {_formats('%d/%m/%y', '%d/%m/%Y')})",
)
MONTH_FIRST = Way(
    "dates read month first",
    DAY_FIRST.look.replace("[./-]", "[/-]"),
    f"try_strptime({_SLASHED}, {_formats('%m/%d/%y', '%m/%d/%Y')})",
)
SPELLED = Way("", rf"(?:[a-z]{{2,9}},? )?(?:{'|'.join(_SPELLED_LOOKS)})" + _CLOCK, f"try_strptime({_SPELLED}, {_formats(*_SPELLED_DAYS)})")
MONTH = Way(
    "",
    r"\d{4}[-/]\d{1,2}|\d{1,2}[-/]\d{4}|\d{4} ?M ?\d{1,2}",
    "TRY_CAST("
    + _replaced("upper(t)", (r"^(\d{4}) ?[-/M] ?(\d{1,2})$", r"\1-\2-01"), (r"^(\d{1,2})[-/](\d{4})$", r"\2-\1-01"))
    + " AS TIMESTAMP)",
)
QUARTER = Way("", r"\d{4}[-/ .:]?Q[1-4]|Q[1-4][-/ .]?'?\d{4}", f"make_timestamp({', '.join(_YEAR_QUARTER)}, 1, 0, 0, 0)")
WEEK = Way("weeks stand for their Monday", r"\d{4}[- ]?W\d{1,2}", f"try_strptime({_YEAR_WEEK} || '-1', '%G-W%V-%u')")
WAYS = (ISO, YEAR_FIRST, DAY_FIRST, MONTH_FIRST, SPELLED, MONTH, QUARTER, WEEK)
_PLAIN_NUMBER = re.compile(r"[+-]?\d*[.,]?\d+")


def looks_like_stamp(cell: str) -> bool:
    """True for text that is a date by its look and cannot be a plain number.

    >>> looks_like_stamp("31.12.2024"), looks_like_stamp("2024Q1"), looks_like_stamp("2024"), looks_like_stamp("12.5")
    (True, True, False, False)
    """
    return not _PLAIN_NUMBER.fullmatch(cell.strip()) and any(way.fits(cell) for way in WAYS)


@dataclass(frozen=True)
class Stamps:
    """The stamps of every row of `used`, by its distinct cells: `known[code]`, and what is worth saying.

    `wall` holds what the clock showed; `instants` the same in UTC where the cells carry an offset.
    """

    wall: np.ndarray
    instants: np.ndarray | None = None
    offsets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def understand_text(table: Table, column: Column, day_first: bool | None) -> list[Stamps]:
    """The readings that fit every distinct cell of a text column, in the table `stamps(code, t)`; refuse when there is none."""
    cells = [t for (t,) in table.rows("SELECT t FROM stamps ORDER BY code LIMIT 500")]
    numbers = [c for c in cells if re.fullmatch(r"[+-]?\d+([.,]\d+)?", c)]
    if len(numbers) > 0.5 * len(cells):
        return [numeric_stamps(table, column, _parsed_numbers(table, column))]
    ways = [way for way in WAYS if any(way.fits(c) for c in cells)]
    if day_first is not None:
        ways = [way for way in ways if way is not (MONTH_FIRST if day_first else DAY_FIRST)]
    best, most = None, -1
    readings = []
    for way in ways:
        values = table.arrays(f"SELECT {way.sql} AS s FROM stamps ORDER BY code")["s"]
        mask = np.ma.getmaskarray(values)
        if not mask.any():
            offset = _offsets(table, way)
            wall = np.ma.getdata(values).astype("M8[us]")
            readings.append(Stamps(wall, *_instants(wall, offset), (way.name,) if way.name else ()))
        elif (~mask).sum() > most:
            best, most = (way, mask), int((~mask).sum())
    if not readings:
        bad = (
            cells[0]
            if best is None
            else table.rows(f"SELECT t FROM (SELECT t, {best[0].sql} AS s, code FROM stamps) WHERE s IS NULL ORDER BY code LIMIT 1")[0][0]
        )
        row = table.rows(f"SELECT rowid FROM used WHERE trim({column.key}) = {_literal(bad)} ORDER BY rowid LIMIT 1")
        where = f"Row {row[0][0] + table.first_row} of {table.label}" if row else table.label
        raise Refusal(
            f"{where} holds {bad!r} in the time column '{column.name}', which is no date that fits the others. "
            "Write dates as 2024-01-31, or choose another column as `time`."
        )
    return readings


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _parsed_numbers(table: Table, column: Column) -> np.ndarray:
    values = table.arrays("SELECT TRY_CAST(replace(t, ',', '.') AS DOUBLE) AS s FROM stamps ORDER BY code")["s"]
    mask = np.ma.getmaskarray(values)
    if mask.any():
        bad = table.rows(f"SELECT t FROM stamps WHERE code = {int(mask.argmax())}")[0][0]
        row = table.rows(f"SELECT rowid FROM used WHERE trim({column.key}) = {_literal(bad)} ORDER BY rowid LIMIT 1")[0][0]
        raise Refusal(
            f"Row {row + table.first_row} of {table.label} holds {bad!r} in the time column '{column.name}', "
            "which fits none of the others. Correct it, or choose another column as `time`."
        )
    return np.ma.getdata(values)


def numeric_stamps(table: Table, column: Column, values: np.ndarray) -> Stamps:
    """Numbers as time: days such as 20240131, months such as 202401, Unix seconds, fractions of years, or whole steps."""
    if not np.isfinite(values).all() or np.abs(values).max(initial=0) > 2**53:
        raise Refusal(
            f"The time column '{column.name}' of {table.label} holds numbers that are no stamps. Choose another column as `time`."
        )
    if (values == np.round(values)).all():
        return _whole_numbers(values.astype(np.int64))
    month = np.round(values * 12)
    if values.min() > 1000 and values.max() < 3000 and np.abs(values * 12 - month).max() < 0.05 and len(np.unique(month)) == len(values):
        return Stamps((month.astype(np.int64) - 1970 * 12).astype("M8[M]").astype("M8[us]"), notes=("fractions of years read as months",))
    ordered = np.unique(values)
    step = float(np.median(np.diff(ordered))) if len(ordered) > 1 else 1.0
    place = (values - ordered[0]) / step
    if np.abs(place - np.round(place)).max() < 0.25 and len(np.unique(np.round(place))) == len(values):
        return Stamps(np.round(place).astype(np.int64), notes=(f"evenly spaced numbers in '{column.name}' read as steps 0, 1, 2, ...",))
    raise Refusal(
        f"The time column '{column.name}' of {table.label} holds fractions that are not evenly spaced, "
        f"such as {ordered[0]:g} and {ordered[1]:g}. Write dates as 2024-01-31, or whole numbers."
    )


def _whole_numbers(values: np.ndarray) -> Stamps:
    if values.min() >= 18000101 and values.max() <= 21991231:
        days = _dates(values // 10000, values // 100 % 100, values % 100)
        if days is not None:
            return Stamps(days, notes=("numbers such as 20240131 read as days",))
    if values.min() >= 180001 and values.max() <= 219912:
        months = _dates(values // 100, values % 100, np.ones_like(values))
        if months is not None:
            return Stamps(months, notes=("numbers such as 202401 read as months",))
    for unit, name in ((1, "seconds"), (1000, "milliseconds")):
        low, high = 631_152_000 * unit, 4_102_444_800 * unit
        if len(values) > 1 and low <= values.min() and values.max() <= high and np.gcd.reduce(np.diff(values)) % (60 * unit) == 0:
            stamps = (values * (1_000_000 // unit)).astype("M8[us]")
            return Stamps(stamps, notes=(f"numbers such as {values[0]} read as {name} since 1970",))
    return Stamps(values)


def _dates(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray | None:
    """Days of the calendar, or None when one of them is not on it."""
    if month.min() < 1 or month.max() > 12 or day.min() < 1:
        return None
    months = ((year - 1970) * 12 + month - 1).astype("M8[M]")
    days = months.astype("M8[D]") + (day - 1)
    return None if (days.astype("M8[M]") != months).any() else days.astype("M8[us]")


def _offsets(table: Table, way: Way) -> list[str]:
    """The distinct offsets from UTC that the cells carry, by code; empty when none does."""
    if way is not ISO:
        return []
    pattern = r":.*?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$"
    return (
        [o for (o,) in table.rows(f"SELECT regexp_extract(t, '{pattern}', 1) FROM stamps ORDER BY code")]
        if _any_offset(table, pattern)
        else []
    )


def _any_offset(table: Table, pattern: str) -> bool:
    return bool(table.rows(f"SELECT 1 FROM stamps WHERE regexp_matches(t, '{pattern}') LIMIT 1"))


def _instants(wall: np.ndarray, offsets: list[str]) -> tuple[np.ndarray | None, tuple[str, ...]]:
    if not offsets:
        return None, ()
    distinct, place = np.unique(np.array(offsets), return_inverse=True)
    if "" in distinct.tolist():
        raise Refusal(
            f"Some stamps say how far they are from UTC and some do not, such as {say(wall[offsets.index('')])}. Write all of them one way."
        )
    minutes = np.array([_minutes(o) for o in distinct.tolist()])
    return wall - minutes[place].astype("m8[m]"), tuple(distinct.tolist())


def _minutes(offset: str) -> int:
    """Minutes ahead of UTC.

    >>> _minutes("+05:30"), _minutes("-03"), _minutes("Z")
    (330, -180, 0)
    """
    if not offset or offset[0] not in "+-":
        return 0
    digits = offset[1:].replace(":", "")
    return (1 if offset[0] == "+" else -1) * (int(digits[:2]) * 60 + int(digits[2:] or 0))
