"""`read`: a path, a frame, an array or a query in; a `Panel` out, and one line that says what was
understood."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from .._check import Refusal, counted, options_known
from ..data import Frequency, Panel, say, seasons_said, to_wall, with_future
from ._samples import sample
from .files import (
    Beside,
    Layout,
    ReadOptions,
    Table,
    beside,
    engine,
    notes_on,
    notes_on_future,
    refuse_covariates,
)
from .tables import (
    assemble,
    assign,
    early_ends,
    matching,
    sums,
    table_of_frame,
    table_of_paths,
    table_of_query,
    unused,
)
from .texts import read_tsf

_SAMPLE = 20_000
"""Cells by which columns are told apart, a thousand rows at most; every cell counts when they are
read."""
_SHAPES = {
    "long": "one row an observation",
    "wide": "one column a series",
    "rows": "one row a series",
    "years": "one row a year",
}


@dataclass(frozen=True)
class Reading:
    """What was read, and how it was understood.

    `columns` says which column became what (each part can be overruled by naming the columns),
    `notes` everything that was not as plain as it could be. `summary` puts it in one line.
    """

    panel: Panel
    source: str
    columns: str
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """One line: source, columns, number of series and steps, frequency, span, what is missing,
        notes."""
        panel = self.panel
        steps = (
            f"{len(panel)} series, {counted(int(panel.lengths.sum()), 'step')}"
            if len(panel) > 1
            else f"1 series, {counted(int(panel.lengths[0]), 'step')}"
        )
        missing = (
            f"{panel.missing:,} value{'s' if panel.missing > 1 else ''} missing"
            if panel.missing
            else "nothing missing"
        )
        frequency = f"frequency {panel.frequency.name} ({seasons_said(panel)})"
        zone, ends = panel.frequency.zone, np.array([panel.times.min(), panel.times.max()])
        first, last = to_wall(ends, zone) if zone else ends
        span = f"{say(first)} to {say(last)}" + (f" {zone}" if zone else "")
        return "; ".join(
            [f"{self.source}: {self.columns}", steps, frequency, span, missing, *self.notes]
        )


@options_known()
def read(
    source: Any,
    *,
    id: str | Sequence[str] | None = None,  # noqa: A002 - as the column is called
    time: str | None = None,
    target: str | Sequence[str] | None = None,
    known: str | Sequence[str] | None = None,
    past: str | Sequence[str] | None = None,
    static: str | Sequence[str] | None = None,
    future: Any = None,
    frequency: str | Frequency | None = None,
    zone: str | None = None,
    day_first: bool | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    fill: float | None = None,
) -> Panel:
    """Read a panel of series from a file, a frame or an array.

    `source` is a path (CSV, TSV, JSON lines, Parquet, `.tsf`, each also gzipped), a glob of files
    with the same columns, `sample:co2` and its like, a pandas, polars or pyarrow frame, or an array
    `[time]` or `[series, time]`. Long tables (one row an observation: `unique_id, ds, y` or the
    columns that `id`, `time` and `target` name; without an id column one series; several targets
    are channels), wide tables (one column a series) and tables with one series a row are told apart
    by their columns. `frequency` overrules the inferred one, `zone` gives clock time a place,
    `day_first` settles 01/02/2024.

    Numbers are read as people write them, with decimal points or commas, marks between thousands,
    currency and percent signs (12% is 0.12) and in parentheses where they are negative. Where the
    table does not tell which mark of 1,002 is which, `decimal` or `thousands` does. `fill` is what
    a step without a row holds up to the last value of the table: 0 where no row means zero.

    Columns may stand beside the targets as covariates: `past` ones are seen together with a value,
    `static` ones are one number a series, `known` ones are known beforehand. The future of these
    are rows at the end that hold no target, or a table `future` with the same id and time columns.
    In a wide table they belong to every series. Rows at the end that hold no target, but a column
    that nobody named, are the future too: the series end before them.

    What was understood stands in the panel's `source`, and `understand` returns it in parts.
    Anything else than a clean table is refused in a sentence with a remedy, or handled and said.

    >>> panel = read("sample:nile")
    >>> panel.lengths.tolist(), panel.times[:2].tolist(), panel.values[:2, 0].tolist()
    ([100], [1871, 1872], [1120.0, 1160.0])
    """
    told = beside(known, past, static, future)
    return _understood(
        source,
        id,
        time,
        target,
        ReadOptions(frequency, zone, day_first, told, decimal, thousands, fill),
    ).panel


def understand(
    source: Any,
    *,
    id: str | Sequence[str] | None = None,  # noqa: A002 - as the column is called
    time: str | None = None,
    target: str | Sequence[str] | None = None,
    known: str | Sequence[str] | None = None,
    past: str | Sequence[str] | None = None,
    static: str | Sequence[str] | None = None,
    future: Any = None,
    frequency: str | Frequency | None = None,
    zone: str | None = None,
    day_first: bool | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    fill: float | None = None,
) -> Reading:
    """Read as `read` does, and say how: the panel, which column became what, and notes.

    >>> print(understand("sample:co2").summary)
    sample:co2: time 'ds', value 'co2'; 1 series, 2,284 steps; frequency W-SAT (season 52);
    1958-03-29 to 2001-12-29; 59 values missing
    """
    return _understood(
        source,
        id,
        time,
        target,
        ReadOptions(
            frequency,
            zone,
            day_first,
            beside(known, past, static, future),
            decimal,
            thousands,
            fill,
        ),
    )


def _understood(
    source: Any,
    id: str | Sequence[str] | None,  # noqa: A002
    time: str | None,
    target: str | Sequence[str] | None,
    wishes: ReadOptions,
) -> Reading:
    if isinstance(source, Panel):
        refuse_covariates(wishes.beside, "The panel")
        return Reading(source, "the panel", "as it is")
    if isinstance(source, np.ndarray):
        refuse_covariates(wishes.beside, "An array")
        return _array(source, wishes.frequency)
    with engine() as connection:
        if not isinstance(source, (str, Path)):
            return _finished(table_of_frame(connection, source), id, time, target, wishes)
        if str(source).startswith("sample:"):
            table = table_of_frame(connection, sample(str(source).removeprefix("sample:")))
            return _finished(replace(table, label=str(source)), id, time, target, wishes)
        paths = matching(str(Path(source).expanduser()))
        if paths[0].name.lower().removesuffix(".gz").endswith(".tsf"):
            if len(paths) > 1:
                raise Refusal(
                    f"{source} names {counted(len(paths), 'file')}. Read .tsf files one at a time."
                )
            refuse_covariates(wishes.beside, f"{paths[0].name}, a .tsf file,")
            panel, notes = read_tsf(paths[0], wishes.frequency)
            return _told(Reading(panel, paths[0].name, "one series a line", notes))
        label = paths[0].name if len(paths) == 1 else f"{source} ({counted(len(paths), 'file')})"
        return _finished(table_of_paths(connection, paths, label), id, time, target, wishes)


@options_known()
def read_sql(
    query: str,
    *,
    id: str | Sequence[str] | None = None,  # noqa: A002 - as the column is called
    time: str | None = None,
    target: str | Sequence[str] | None = None,
    known: str | Sequence[str] | None = None,
    past: str | Sequence[str] | None = None,
    static: str | Sequence[str] | None = None,
    future: Any = None,
    frequency: str | Frequency | None = None,
    zone: str | None = None,
    day_first: bool | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    fill: float | None = None,
) -> Panel:
    """Read a panel from what a query over files selects, in the SQL of DuckDB.

    `read_sql("select store as unique_id, day as ds, sum(sales) as y from 'sales/*.parquet' group by
    all")`. Rows need no order: they are sorted by time.
    """
    wishes = ReadOptions(
        frequency, zone, day_first, beside(known, past, static, future), decimal, thousands, fill
    )
    with engine() as connection:
        return _finished(table_of_query(connection, query), id, time, target, wishes).panel


def understand_sql(
    query: str,
    *,
    id: str | Sequence[str] | None = None,  # noqa: A002 - as the column is called
    time: str | None = None,
    target: str | Sequence[str] | None = None,
    known: str | Sequence[str] | None = None,
    past: str | Sequence[str] | None = None,
    static: str | Sequence[str] | None = None,
    future: Any = None,
    frequency: str | Frequency | None = None,
    zone: str | None = None,
    day_first: bool | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    fill: float | None = None,
) -> Reading:
    """Read as `read_sql` does, and say how."""
    wishes = ReadOptions(
        frequency, zone, day_first, beside(known, past, static, future), decimal, thousands, fill
    )
    with engine() as connection:
        return _finished(table_of_query(connection, query), id, time, target, wishes)


def _finished(
    table: Table,
    id: str | Sequence[str] | None,  # noqa: A002 - as the column is called
    time: str | None,
    target: str | Sequence[str] | None,
    wishes: ReadOptions,
) -> Reading:
    cells = table.rows(
        f"SELECT * FROM raw LIMIT {max(20, min(1000, _SAMPLE // len(table.columns)))}"
    )
    if not cells:
        raise Refusal(f"{table.label} has a header and no rows. Add the data below it.")
    layout = assign(table, cells, id, time, target, wishes.beside.names)
    panel, notes = assemble(table, layout, wishes)
    said = [*table.notes, *layout.notes, *unused(table, layout), *notes]
    if wishes.beside.future is not None:
        panel, of_future = _continued(panel, layout, wishes)
        said.extend(of_future)
    if not wishes.beside.continues:
        said.extend(
            (*notes_on(panel), *(() if layout.shape == "rows" else early_ends(panel)), *sums(panel))
        )
    return _told(
        Reading(replace(panel, kind=table.kind), table.label, _columns(layout), tuple(said))
    )


def _continued(panel: Panel, layout: Layout, wishes: ReadOptions) -> tuple[Panel, tuple[str, ...]]:
    """The panel with what the user's table of the future holds of its known covariates, and what is
    worth saying of that table."""
    ids = [column.name for column in layout.ids] or None
    time = None if layout.time is None else layout.time.name
    plain = wishes._replace(
        frequency=panel.frequency.name, beside=Beside(continues=True), fill=None
    )
    reading = _understood(wishes.beside.future, ids, time, list(wishes.beside.known), plain)
    notes = (f"of the future: {note}" for note in reading.notes)
    return with_future(panel, reading.panel), (
        *notes,
        *notes_on_future(panel, reading.panel, named=ids is not None),
    )


def _told(reading: Reading) -> Reading:
    return replace(reading, panel=replace(reading.panel, source=reading.summary))


def _columns(layout: Layout) -> str:
    parts = [f"series {' and '.join(repr(c.name) for c in layout.ids)}"] if layout.ids else []
    parts += [f"time '{layout.time.name}'"] if layout.time else []
    if layout.shape == "long":
        many = "values" if len(layout.values) > 1 else "value"
        return ", ".join([*parts, f"{many} {', '.join(repr(c.name) for c in layout.values)}"])
    count, ends = len(layout.values), f"{layout.values[0].name} to {layout.values[-1].name}"
    return ", ".join(
        [
            _SHAPES[layout.shape],
            *parts,
            ends if layout.shape == "years" else f"{counted(count, 'column')} of values",
        ]
    )


def _array(values: np.ndarray, frequency: str | Frequency | None) -> Reading:
    try:
        numbers = values.astype(np.float64)
    except (TypeError, ValueError):
        raise Refusal(
            f"An array must hold numbers, but its type is {values.dtype}. Convert it, or give a "
            "frame."
        ) from None
    wished = Frequency.parse(frequency) if frequency is not None else Frequency.integer()
    if wished.dated:
        wished = Frequency.integer(season=wished.season)
    panel = Panel.from_arrays(numbers[None] if numbers.ndim == 1 else numbers, frequency=wished)
    return _told(Reading(panel, "the array", "one row a series"))
