"""`read`: a path, a frame, an array or a query to a `Panel`, with one line that says how it was
read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypedDict, Unpack

import numpy as np

from .._check import Refusal, counted, options_known
from ..data import Frequency, Panel, describe_seasons, format_stamp, to_wall, with_future
from ._samples import sample
from ._without_outliers import without_outliers
from .dates import with_joined_time
from .files import (
    CovariateColumns,
    Layout,
    ReadOptions,
    Table,
    checked_missing,
    covariate_columns,
    covariates_note,
    engine,
    future_notes,
    refuse_covariates,
)
from .tables import (
    assemble,
    assign,
    blank_end_note,
    early_ends_note,
    far_values_notes,
    matching,
    sum_notes,
    table_of_frame,
    table_of_paths,
    table_of_query,
    unused_columns_note,
)
from .texts import read_tsf

_SAMPLE = 20_000
"""Number of cells (in at most a thousand rows) that decide the roles of columns. For the format of
numbers every cell is examined."""

_LARGEST = 1e150
"""The largest number whose square is finite."""

Names = str | Sequence[str] | None
"""The name of one column, names of several, or None."""

_SHAPES = {
    "long": "one row an observation",
    "wide": "one column a series",
    "rows": "one row a series",
    "years": "one row a year",
}


@dataclass(frozen=True)
class Reading:
    """A panel as it was read, with the roles of the columns and notes.

    `columns` says what each column became (name the columns to change that), `notes` lists every
    irregularity, and `summary` says both in one line.
    """

    panel: Panel
    source: str
    columns: str
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """One line: source, columns, number of series and steps, frequency, span, missing values,
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
        frequency = f"frequency {panel.frequency.name} ({describe_seasons(panel)})"
        zone, ends = panel.frequency.zone, np.array([panel.times.min(), panel.times.max()])
        first, last = to_wall(ends, zone) if zone else ends
        span = f"{format_stamp(first)} to {format_stamp(last)}" + (f" {zone}" if zone else "")
        return "; ".join(
            [f"{self.source}: {self.columns}", steps, frequency, span, missing, *self.notes]
        )


@options_known()
def read(
    source: object,
    *,
    id: Names = None,  # noqa: A002 - as the column is called
    time: str | None = None,
    target: Names = None,
    known: Names = None,
    past: Names = None,
    static: Names = None,
    future: object = None,
    frequency: str | Frequency | None = None,
    zone: str | None = None,
    day_first: bool | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    missing: float | None = None,
    fill: float | None = None,
    drop_outliers: bool = False,
) -> Panel:
    """Read a panel of series from a file, a frame or an array.

    `source` is a path (CSV, TSV, JSON lines, Parquet, Excel, `.tsf`, text formats also gzipped), a
    glob of files with the same columns, a sample such as `sample:co2`, a pandas, polars or pyarrow
    frame, or an array `[time]` or `[series, time]`. Long tables (one row per observation:
    `unique_id, ds, y` or the columns that `id`, `time` and `target` name; one series if there is no
    id column; several targets are channels), wide tables (one column per series) and tables with
    one row per series are distinguished by their columns. `frequency` replaces the inferred one,
    `zone` is the time zone of local times, and `day_first` decides about 01/02/2024.

    Numbers can have decimal points or commas, thousands separators, currency and percent signs (12%
    is 0.12), or parentheses for negative values. If 1,002 is ambiguous, give `decimal` or
    `thousands`. `missing` is a number that marks a missing value, such as -9999. `fill` is the
    value of steps without a row, up to the last value of the table: 0 if no row means zero. With
    `drop_outliers` the values that `data.outliers` finds are read as missing; use it only for
    recording errors, because an outlier is detected from the values before and after it.

    Other columns can be covariates: `past` ones are observed together with the values, `static`
    ones are one number for each series, `known` ones are known in advance. Future values of known
    covariates are in rows at the end without a target, or in a table `future` with the same id and
    time columns. In a wide table covariates apply to every series. Rows at the end without a target
    are the future even if no covariate is named: the series end before them.

    `source` of the panel says how the table was read, and `understand` returns this in parts. An
    irregular table is read with a note, or is an error with a remedy.

    >>> panel = read("sample:nile")
    >>> panel.lengths.tolist(), panel.times[:2].tolist(), panel.values[:2, 0].tolist()
    ([100], [1871, 1872], [1120.0, 1160.0])
    """
    return understand(
        source,
        id=id,
        time=time,
        target=target,
        known=known,
        past=past,
        static=static,
        future=future,
        frequency=frequency,
        zone=zone,
        day_first=day_first,
        decimal=decimal,
        thousands=thousands,
        missing=missing,
        fill=fill,
        drop_outliers=drop_outliers,
    ).panel


class Options(TypedDict, total=False):
    """The options of `read`, by name; see `read` for their meaning."""

    id: Names
    time: str | None
    target: Names
    known: Names
    past: Names
    static: Names
    future: object
    frequency: str | Frequency | None
    zone: str | None
    day_first: bool | None
    decimal: str | None
    thousands: str | None
    missing: float | None
    fill: float | None
    drop_outliers: bool


@options_known(read)
def understand(source: object, **options: Unpack[Options]) -> Reading:
    """Read as `read` does, with its options, and return what was inferred: the panel, the role of
    each column, and notes.

    >>> print(understand("sample:co2").summary)
    sample:co2: time 'ds', value 'co2'; 1 series, 2,284 steps; frequency W-SAT (season 52);
    1958-03-29 to 2001-12-29; 59 values missing
    """
    name, time, target, how = _roles_and_options(**options)
    return _cleaned(_read(source, name, time, target, how), how)


@options_known(read)
def read_sql(query: str, **options: Unpack[Options]) -> Panel:
    """Read a panel from the result of an SQL query over files (DuckDB). Options are those of
    `read`.

    `read_sql("select store as unique_id, day as ds, sum(sales) as y from 'sales/*.parquet' group by
    all")`. The order of the rows does not matter: they are sorted by time.
    """
    return understand_sql(query, **options).panel


@options_known(read)
def understand_sql(query: str, **options: Unpack[Options]) -> Reading:
    """Read as `read_sql` does, and return what was inferred: the panel, the role of each column,
    and notes."""
    with engine() as connection:
        name, time, target, how = _roles_and_options(**options)
        table = table_of_query(connection, query)
        return _cleaned(_reading_of(table, name, time, target, how), how)


def _roles_and_options(
    *,
    id: Names = None,  # noqa: A002
    time: str | None = None,
    target: Names = None,
    known: Names = None,
    past: Names = None,
    static: Names = None,
    future: object = None,
    **how: Any,
) -> tuple[Names, str | None, Names, ReadOptions]:
    """The columns of id, time and target, and the other options of `read`."""
    columns = covariate_columns(known, past, static, future)
    return id, time, target, ReadOptions(covariates=columns, **how)


def _read(
    source: object,
    id: Names,  # noqa: A002
    time: str | None,
    target: Names,
    options: ReadOptions,
) -> Reading:
    if isinstance(source, Panel):
        refuse_covariates(options.covariates, "The panel")
        return Reading(source, "the panel", "as it is")
    if isinstance(source, np.ndarray):
        refuse_covariates(options.covariates, "An array")
        return _array(source, options.frequency)
    with engine() as connection:
        if not isinstance(source, (str, Path)):
            return _reading_of(table_of_frame(connection, source), id, time, target, options)
        if str(source).startswith("sample:"):
            table = table_of_frame(connection, sample(str(source).removeprefix("sample:")))
            return _reading_of(replace(table, label=str(source)), id, time, target, options)
        paths = matching(str(Path(source).expanduser()))
        if paths[0].name.lower().removesuffix(".gz").endswith(".tsf"):
            if len(paths) > 1:
                raise Refusal(
                    f"{source} names {counted(len(paths), 'file')}. Read .tsf files one at a time."
                )
            refuse_covariates(options.covariates, f"{paths[0].name}, a .tsf file,")
            panel, notes = read_tsf(paths[0], options.frequency)
            return _with_source(Reading(panel, paths[0].name, "one series a line", notes))
        label = paths[0].name if len(paths) == 1 else f"{source} ({counted(len(paths), 'file')})"
        return _reading_of(table_of_paths(connection, paths, label), id, time, target, options)


def _reading_of(
    table: Table,
    id: Names,  # noqa: A002 - as the column is called
    time: str | None,
    target: Names,
    options: ReadOptions,
) -> Reading:
    cells = _first_rows(table)
    if not cells:
        raise Refusal(f"{table.label} has a header and no rows. Add the data below it.")
    if time is None or time not in [column.name for column in table.columns]:
        named = [*_listed(id), *_listed(target), *options.covariates.names]
        table, joined = with_joined_time(table, cells, named, time)
        if joined is not None:
            cells, time = _first_rows(table), joined.name
    layout = assign(table, cells, id, time, target, options.covariates.names)
    panel, notes = assemble(table, layout, options)
    all_notes = [*table.notes, *layout.notes, *unused_columns_note(table, layout), *notes]
    if options.covariates.future is not None:
        panel, of_future = _with_future(panel, layout, options)
        all_notes.extend(of_future)
    if not options.covariates.continues:
        all_notes.extend(
            (
                *covariates_note(panel),
                *(() if layout.shape == "rows" else early_ends_note(panel)),
                *blank_end_note(panel),
                *sum_notes(panel),
            )
        )
    return _with_source(
        Reading(replace(panel, kind=table.kind), table.label, _columns(layout), tuple(all_notes))
    )


def _first_rows(table: Table) -> list[tuple[Any, ...]]:
    """The rows that decide the roles of the columns."""
    rows = max(20, min(1000, _SAMPLE // len(table.columns)))
    return table.rows(f"SELECT * FROM raw LIMIT {rows}")


def _listed(names: Names) -> Sequence[str]:
    return () if names is None else (names,) if isinstance(names, str) else names


def _with_future(
    panel: Panel, layout: Layout, options: ReadOptions
) -> tuple[Panel, tuple[str, ...]]:
    """The panel with its known covariates continued by the table `future`, and notes on that
    table."""
    ids = [column.name for column in layout.ids] or None
    time = None if layout.time is None else layout.time.name
    plain = options._replace(
        frequency=panel.frequency.name, covariates=CovariateColumns(continues=True), fill=None
    )
    known = list(options.covariates.known)
    try:
        reading = _read(options.covariates.future, ids, time, known, plain)
    except Refusal as refused:
        raise Refusal(f"In the rows that follow, given as `future`: {refused}") from refused
    notes = (f"of the future: {note}" for note in reading.notes)
    return with_future(panel, reading.panel), (
        *notes,
        *future_notes(panel, reading.panel, named=ids is not None),
    )


def _cleaned(reading: Reading, options: ReadOptions) -> Reading:
    """The reading with numbers that mark missing values as missing, and outliers too if
    `drop_outliers`; else with notes on values far from all others."""
    panel, notes = reading.panel, list[str]()
    if options.missing is not None:
        number = checked_missing(options.missing)
        marked = panel.values == number
        panel = panel.with_values(np.where(marked, np.nan, panel.values))
        notes.append(f"{counted(int(marked.sum()), 'value')} of {number:g} taken as missing")
    if options.drop_outliers:
        panel, note = without_outliers(panel)
        notes.append(note)
    else:
        notes.extend(far_values_notes(panel))
    if not notes:
        return reading
    return _with_source(replace(reading, panel=panel, notes=(*reading.notes, *notes)))


def _with_source(reading: Reading) -> Reading:
    panel = reading.panel
    large = np.abs(np.nan_to_num(panel.values)).max(axis=1, initial=0) > _LARGEST
    if large.any():
        row = int(large.argmax())
        series = panel.ids[np.searchsorted(panel.offsets, row, side="right") - 1]
        raise Refusal(
            f"Series '{series}' holds {np.nanmax(np.abs(panel.values[row])):.3g} at "
            f"{format_stamp(panel.times[row])}. Errors are squared, so numbers above "
            f"{_LARGEST:g} are too large. Correct it, or write the numbers in a larger unit."
        )
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
    if np.iscomplexobj(values):
        raise Refusal(
            "An array must hold real numbers, but these are complex. Forecast their real and "
            "imaginary parts, or their absolute values: `abs(values)`."
        )
    try:
        numbers = values.astype(np.float64)
    except (TypeError, ValueError):
        raise Refusal(
            f"An array must hold numbers, but its type is {values.dtype}. Convert it, or give a "
            "frame."
        ) from None
    if numbers.ndim not in (1, 2, 3):
        raise Refusal(
            "An array must be `[time]`, `[series, time]` or `[series, time, channel]`, but this "
            f"one is of shape {numbers.shape}. Reshape it."
        )
    requested = Frequency.parse(frequency) if frequency is not None else Frequency.integer()
    if requested.dated:
        requested = Frequency.integer(season=requested.season)
    panel = Panel.from_arrays(numbers[None] if numbers.ndim == 1 else numbers, frequency=requested)
    return _with_source(Reading(panel, "the array", "one row a series"))
