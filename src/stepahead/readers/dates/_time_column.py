"""The time column of a table, if the user does not name it."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..files import MISSING, Column, Table
from ._number_stamps import calendar_numbers, instants

_TIME = (
    *(
        "ds",
        "date",
        "datetime",
        "timestamp",
        "time",
        "day",
        "week",
        "month",
        "quarter",
        "year",
        "period",
        "dteday",
        "ts",
        "step",
        "t",
    ),
    *(
        "datum",
        "zeit",
        "zeitpunkt",
        "zeitstempel",
        "tag",
        "woche",
        "monat",
        "quartal",
        "jahr",
        "data",
        "dato",
        "jour",
        "mois",
        "kw",
    ),
    *(
        "calendar_week",
        "calendar week",
        "kalenderwoche",
        "epoch",
        "unixtime",
        "unix_time",
        "semaine",
        "annee",
        "fecha",
    ),
)
_VAGUE = ("step", "t", "data", "period")
"""Names that do not suggest a time if the cells are text."""


def is_time_name(column: Column) -> bool:
    """True for a column whose name suggests a time."""
    name = column.name.strip().lower()
    return name in _TIME and name not in _VAGUE


def time_column(
    table: Table, sample: Sequence[Sequence[object]], rest: list[Column], kinds: Mapping[str, str]
) -> Column | None:
    """The column of dates that varies most from row to row; of equal ones, one whose name suggests
    a time. Else numbers with such a name, else numbers that can only be dates (20240131, seconds
    since 1970), else text with such a name."""
    ranked = [c for name in _TIME for c in rest if c.name.strip().lower() == name]
    stamps = [
        c for c in (*ranked, *(c for c in rest if c not in ranked)) if kinds[c.name] == "stamp"
    ]
    if stamps:
        places = {c.name: table.places[c.key] for c in stamps}
        return max(stamps, key=lambda c: len({row[places[c.name]] for row in sample}))
    named = next((c for c in ranked if kinds[c.name] == "number"), None)
    dated = named or next(
        (c for c in rest if kinds[c.name] == "number" and _must_be_dates(table, sample, c)), None
    )
    return dated or next(
        (c for c in ranked if kinds[c.name] == "text" and c.name.strip().lower() not in _VAGUE),
        None,
    )


def _must_be_dates(table: Table, sample: Sequence[Sequence[object]], column: Column) -> bool:
    """True for a column of at least three distinct numbers that are all dates such as 20240131, or
    full minutes since 1970."""
    place = table.places[column.key]
    cells = [
        str(row[place]).strip()
        for row in sample
        if row[place] is not None and str(row[place]).strip().lower() not in MISSING
    ]
    try:
        values = np.array(list(dict.fromkeys(float(cell) for cell in cells)))
    except ValueError:
        return False
    if (
        len(values) < 3
        or not np.isfinite(values).all()
        or (values != np.round(values)).any()
        or values.min() < 18000101
    ):
        return False
    return (
        values.max() < 2**62
        and (calendar_numbers(values.astype(np.int64), False) or instants(values, False))
        is not None
    )
