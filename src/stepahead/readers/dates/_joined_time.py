"""Time in several columns (a year and a month, a day and an hour), joined to one."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from ..files import MISSING, Column, Table, looks_like_stamp, run
from ._number_stamps import means_weeks
from ._year_rows import part_of_year

_YEAR_NAMES = {"year", "jahr", "année", "annee", "año", "ano", "anno", "yr", "yyyy"}
_MONTH_NAMES = {"month", "monat", "mois", "mes", "mês", "mese", "mnth", "mo", "mm"}
_QUARTER_NAMES = {"quarter", "quartal", "qtr", "trimestre", "q"}
_DAY_NAMES = {"day", "tag", "jour", "dia", "día", "giorno", "dom", "day of month", "dd"}
_HOUR_NAMES = {"hour", "hr", "stunde", "heure", "hora", "ora", "hh", "he", "hour ending"}
_CLOCK = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?( ?[AaPp]\.?[Mm]\.?)?"


def with_joined_time(
    table: Table,
    sample: Sequence[Sequence[object]],
    taken: Collection[str],
    named: str | None = None,
) -> tuple[Table, Column | None]:
    """The table with its time in one column, and that column. The table unchanged, and None, if its
    time is not in several columns, or if one of them is `taken` by another role.

    With `named`, only if that is the name of the joined column, such as year-month.
    """
    cells = {c: _cells(sample, place) for place, c in enumerate(table.columns)}
    free = {c: texts for c, texts in cells.items() if c.name not in taken and texts}
    parts, sql, note = _year_and_part(free) or _day_and_clock(free) or ((), "", "")
    name = "-".join(c.name for c in parts)
    if not parts or named not in (None, name):
        return table, None
    kept = [c for c in table.columns if c not in parts]
    joined = Column(f"c{len(table.columns)}", name)
    listed = ", ".join([*(c.key for c in kept), f"{sql} AS {joined.key}"])
    run(table.connection, "ALTER VIEW raw RENAME TO parts")
    run(table.connection, f"CREATE TEMP VIEW raw AS SELECT {listed} FROM parts")
    *others, last = (f"'{c.name}'" for c in parts)
    said = f"time joined of {', '.join(others)} and {last}{note}"
    return replace(table, columns=(*kept, joined), notes=(*table.notes, said)), joined


def _cells(sample: Sequence[Sequence[object]], place: int) -> list[str]:
    """The cells of a column as text, without those that mark a missing value."""
    texts = (str(row[place]).strip().removesuffix(".0") for row in sample if row[place] is not None)
    return [text for text in texts if text.lower() not in MISSING]


def _year_and_part(
    free: dict[Column, list[str]],
) -> tuple[tuple[Column, ...], str, str] | None:
    """A year and its quarter, its week, or its month, day and hour: their columns, the SQL of the
    timestamp, and a note on hours from 1 to 24."""
    if any(_is_date(c, texts) for c, texts in free.items()):
        return None
    year = _first(free, lambda c, texts: _all(r"[12]\d{3}", texts))
    if year is None:
        return None
    rest = {c: texts for c, texts in free.items() if c is not year}
    quarter = _first(
        rest,
        lambda c, texts: (
            all(part_of_year(t)[1] == 4 for t in texts)
            or (_named(c, _QUARTER_NAMES) and _all("[1-4]", texts))
        ),
    )
    if quarter is not None:
        number = f"regexp_extract({_text(quarter)}, '[1-4]')"
        return (year, quarter), f"{_text(year)} || '-Q' || {number}", ""
    month = _first(
        rest,
        lambda c, texts: (
            all(part_of_year(t)[1] == 12 for t in texts)
            and (_named(c, _MONTH_NAMES) or not _all(r"\d+", texts))
        ),
    )
    if month is not None:
        day = _first(rest, lambda c, texts: _named(c, _DAY_NAMES) and _numbers(texts, 1, 31))
        if day is None:
            return (year, month), f"{_text(year)} || '-' || {_text(month)}", ""
        if _all(r"\d+", rest[month]):
            date = " || '-' || ".join(map(_text, (year, month, day)))
        else:
            date = " || ' ' || ".join(map(_text, (day, month, year)))
        days = list(zip(*(free[c] for c in (year, month, day)), strict=False))
        hour, clock, note = _hour({c: t for c, t in rest.items() if c not in (month, day)}, days)
        return (year, month, day, *hour), date + clock, note
    week = _first(rest, lambda c, texts: means_weeks(c.name, None) and _numbers(texts, 1, 53))
    if week is not None:
        return (year, week), f"{_text(year)} || '-W' || lpad({_text(week)}, 2, '0')", ""
    return None


def _day_and_clock(
    free: dict[Column, list[str]],
) -> tuple[tuple[Column, ...], str, str] | None:
    """A day and its hour or time: their columns, the SQL of the timestamp, and a note on hours from
    1 to 24."""
    day = _first(free, lambda c, texts: _is_date(c, texts) and not any(map(_has_clock, texts)))
    if day is None:
        return None
    rest = {c: texts for c, texts in free.items() if c is not day}
    clock = _first(rest, lambda c, texts: _all(_CLOCK, texts))
    if clock is not None:
        return (day, clock), f"{_day(day)} || ' ' || {_text(clock)}", ""
    hour, begun, note = _hour(rest, free[day])
    return ((day, *hour), f"{_day(day)}{begun}", note) if hour else None


def _hour(
    rest: dict[Column, list[str]], days: Sequence[object]
) -> tuple[tuple[Column, ...], str, str]:
    """The column of the hour where `days` repeat, the SQL that adds it to a day, and a note on
    hours from 1 to 24; nothing if there is none, or if it is the target."""
    hour = _first(rest, lambda c, texts: _named(c, _HOUR_NAMES) and _numbers(texts, 0, 24))
    if hour is None or {"0", "24"} <= set(rest[hour]) or len(set(days)) == len(days):
        return (), "", ""
    if not any(_all(r"[^\d]*\d[\d.,' ]*[^\d]*", texts) for c, texts in rest.items() if c != hour):
        return (), "", ""
    ends = "24" in rest[hour]
    begun = f" || ' ' || CAST(TRY_CAST({_text(hour)} AS BIGINT) - {int(ends)} AS VARCHAR) || ':00'"
    return (hour,), begun, "; hours 1 to 24 begin at 0:00 to 23:00" if ends else ""


def is_part_of_time(column: Column) -> bool:
    """True for a column named after a part of a date: a year, a month, a day, an hour."""
    return _named(column, _YEAR_NAMES | _MONTH_NAMES | _QUARTER_NAMES | _DAY_NAMES | _HOUR_NAMES)


def _is_date(column: Column, texts: list[str]) -> bool:
    """True for a column of dates: of a date type, or as text."""
    typed = column.type.startswith(("DATE", "TIMESTAMP"))
    return typed or (column.text and all(map(looks_like_stamp, texts)))


def _has_clock(text: str) -> bool:
    """True for a timestamp with a time of day other than midnight as programs write it."""
    return re.search(r"\d:\d", text.removesuffix(" 00:00:00")) is not None


def _first(
    columns: dict[Column, list[str]], holds: Callable[[Column, list[str]], bool]
) -> Column | None:
    """The first column for which `holds` is true."""
    return next((c for c, texts in columns.items() if holds(c, texts)), None)


def _named(column: Column, names: set[str]) -> bool:
    return re.sub(r"[_\s]+", " ", column.name.strip().lower()) in names


def _all(look: str, texts: list[str]) -> bool:
    return all(re.fullmatch(look, text) for text in texts)


def _numbers(texts: list[str], low: int, high: int) -> bool:
    """True for whole numbers from `low` to `high`."""
    return _all(r"\d{1,2}", texts) and all(low <= int(text) <= high for text in texts)


def _text(column: Column) -> str:
    """SQL of a cell as text, NULL where it is empty."""
    return rf"nullif(regexp_replace(trim(CAST({column.key} AS VARCHAR)), '\.0$', ''), '')"


def _day(column: Column) -> str:
    """SQL of a date as text."""
    return _text(column) if column.text else f"strftime({column.key}, '%Y-%m-%d')"
