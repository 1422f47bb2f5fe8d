"""Tables with one series per row: data of competitions, and sheets with one column per month."""

import re
from collections.abc import Sequence

import numpy as np

from ..._check import Refusal
from ...data import Frequency, Panel, panel_from_codes
from ..dates import parse_stamps
from ..files import Layout, ReadOptions, Table, looks_like_stamp, requested_frequency, run
from ._ids import id_cell
from ._readings import choose_reading


def one_series_a_row(
    table: Table, layout: Layout, options: ReadOptions, values: np.ndarray, notes: list[str]
) -> tuple[Panel, tuple[str, ...]]:
    """Each row is a series: blanks at the beginning and at the end are cut, a blank between values
    is a missing step."""
    names = [row[0] for row in table.rows(f"SELECT {id_cell(layout)} FROM used ORDER BY rowid")]
    not_blank = np.array([name is not None for name in names]) | ~np.isnan(values).all(axis=1)
    values, names = (
        values[not_blank],
        [name for name, keep in zip(names, not_blank, strict=True) if keep],
    )
    numbered: dict[str, int] = {}
    for row, name in enumerate(names):
        if name is None:
            raise Refusal(
                f"Row {row + table.first_row} of {table.label} has no id. Fill it in, or remove "
                "the row."
            )
        if numbered.setdefault(name, row) != row:
            raise Refusal(
                f"Series '{name}' stands in rows {numbered[name] + table.first_row} and "
                f"{row + table.first_row} of {table.label}. "
                "Name each series once."
            )
    seen = ~np.isnan(values)
    if not names or not seen.any(axis=1).all():
        empty = [f"'{n}'" for n, s in zip(names, seen.any(axis=1), strict=True) if not s][:5]
        raise Refusal(
            f"No value at all in series {', '.join(empty) or 'of this table'}. Fill them in, or "
            "leave these series out."
        )
    inside = (
        np.maximum.accumulate(seen, axis=1) & np.maximum.accumulate(seen[:, ::-1], axis=1)[:, ::-1]
    )
    series, place = np.nonzero(inside)
    headers = [c.name for c in layout.values]
    times, time_notes = _header_times(table, headers, options)
    notes.extend(time_notes)
    frequency: Frequency | None
    if times is None:
        stamps = place - np.argmax(inside, axis=1)[series] + 1
        requested = (
            Frequency.parse(options.frequency)
            if options.frequency is not None
            else _named_season(table)
        )
        frequency = Frequency.integer(1, requested.season) if requested else Frequency.integer()
        if requested and requested.season > 1:
            notes.append(
                f"season {requested.season} "
                f"{'as given' if options.frequency is not None else 'by the name of the file'}"
            )
    else:
        stamps = times[place]
        frequency = requested_frequency(options, series, stamps, None)
    panel = panel_from_codes(
        series, np.array(names, dtype=object), stamps, values[inside], ["y"], frequency
    )
    return panel, tuple(notes)


def _header_times(
    table: Table, headers: Sequence[str], options: ReadOptions
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """The times in the column names, if they are dates or years."""
    if all(re.fullmatch(r"[12]\d{3}", h) for h in headers):
        return np.array([int(h) for h in headers]), ()
    if not all(looks_like_stamp(h) for h in headers):
        return None, ()
    listed = ", ".join(
        f"({place}, '{name}')" for place, name in enumerate(h.replace("'", "''") for h in headers)
    )
    run(
        table.connection,
        f"CREATE TEMP TABLE stamps AS SELECT * FROM (VALUES {listed}) AS stamps(code, t)",
    )
    readings = parse_stamps(table, None, options)
    reading = choose_reading(
        readings,
        np.zeros(len(headers), dtype=np.int64),
        np.arange(len(headers)),
        table,
        " in the header",
    )
    return reading.wall, reading.notes


def _named_season(table: Table) -> Frequency | None:
    """The frequency that the name of the file contains: monthly for M3-Monthly-train, and so on."""
    found = re.search(
        r"(?<![a-z])(yearly|quarterly|monthly|weekly|daily|hourly)(?![a-z])", table.stem.lower()
    )
    return Frequency.parse(found[1]) if found else None
