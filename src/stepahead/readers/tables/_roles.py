"""Roles of columns (the id of a series, the time, the values): as given, else by name, else by
their cells."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from ..._check import Refusal, known_name
from ..dates import is_part_of_time, refuse_time_in_two, time_column, year_rows
from ..files import MISSING, Column, Layout, Table, are_dates, is_flag, looks_like_stamp
from ._numbers import has_unit, is_short

_ID = ("unique_id", "series_id", "series", "series_name", "item_id", "ts_id", "id", "key")
_ID_PART = (
    *(
        "store",
        "shop",
        "item",
        "sku",
        "product",
        "article",
        "customer",
        "sensor",
        "station",
        "meter",
        "region",
        "country",
        "symbol",
    ),
    *(
        "ticker",
        "branch",
        "filiale",
        "artikel",
        "kunde",
        "land",
        "store_id",
        "shop_id",
        "product_id",
        "customer_id",
        "store_nbr",
        "item_nbr",
    ),
)
_VALUE = ("y", "value", "values", "target", "wert")
COUNTER = ("", "rownames", "index", "unnamed: 0", "instant", "row", "nr", "no", "rowid", "column1")

ColumnKind = Literal["stamp", "number", "flag", "text", "blank"]
_NUMBER = re.compile(
    r"[€$£¥(+\-−\s]*(\d[\d.,'’ \u00a0\u202f]*|[.,]\d+)(e[+-]?\d+)?[€$£¥%)\s]*", re.IGNORECASE
)


def kind_of(column: Column, cells: Sequence[object]) -> ColumnKind:
    """The kind of a column, if at least four in five of its cells are of that kind."""
    kind = column.type.upper()
    if kind.startswith(("DATE", "TIMESTAMP")):
        return "stamp"
    if kind == "BOOLEAN":
        return "flag"
    if kind.startswith(
        (
            "TINYINT",
            "SMALLINT",
            "INTEGER",
            "BIGINT",
            "HUGEINT",
            "UTINY",
            "USMALL",
            "UINT",
            "UBIG",
            "UHUGE",
            "FLOAT",
            "DOUBLE",
            "DECIMAL",
        )
    ):
        return "number"
    texts = [
        str(c).strip() for c in cells if c is not None and str(c).strip().lower() not in MISSING
    ]
    if not texts:
        return "blank"
    enough = 0.8 * len(texts)
    if sum(map(looks_like_stamp, texts)) >= enough:
        return "stamp"
    if (
        sum(
            _NUMBER.fullmatch(t) is not None
            or t.lower() in ("inf", "-inf", "infinity", "-infinity")
            for t in texts
        )
        >= enough
    ):
        return "number"
    return (
        "flag" if {t.lower() for t in texts} <= {"true", "false", "yes", "no", "t", "f"} else "text"
    )


def _ids_are_no_stamps(table: Table, kinds: dict[str, ColumnKind]) -> dict[str, ColumnKind]:
    """The kinds of columns, where text in a column named as an id is not a date if another column
    has dates: "Set 01" is September in Italian."""
    if sum(kind == "stamp" for kind in kinds.values()) < 2:
        return kinds
    ids = [c.name for c in table.columns if c.text and c.name.lower() in (*_ID, *_ID_PART)]
    return kinds | {name: "text" for name in ids if kinds[name] == "stamp"}


def _names_are_no_flags(table: Table, kinds: dict[str, ColumnKind]) -> dict[str, ColumnKind]:
    """The kinds of columns, where yes and no are text in a column named as an id, and in one that
    has other cells after the first rows: the rows of series F may come before those of M."""
    return kinds | {
        c.name: "text"
        for c in table.columns
        if kinds[c.name] == "flag"
        and c.text
        and (c.name.lower() in (*_ID, *_ID_PART) or not is_flag(table, c))
    }


def is_role(name: str) -> bool:
    """True for a column that is an id or the values by its name alone."""
    return name.lower() in (*_ID, *_VALUE)


def assign(
    table: Table,
    sample: Sequence[Sequence[object]],
    id: str | Sequence[str] | None,  # noqa: A002 - the name that users write
    time: str | None,
    target: str | Sequence[str] | None,
    covariates: Sequence[str] = (),
) -> Layout:
    """Give every column its role, as the user named it or as the cells of the first rows (`sample`)
    suggest. An unknown column is an error, as is a choice that only the user can make."""
    if covariates:
        return _with_covariates(table, sample, id, time, target, covariates)
    names = [column.name for column in table.columns]
    given_ids = _named(names, id)
    given_values = _named(names, target)
    given_time = known_name("column", time, names) if time is not None else None
    kinds = {c.name: kind_of(c, [row[i] for row in sample]) for i, c in enumerate(table.columns)}
    kinds = _names_are_no_flags(table, _ids_are_no_stamps(table, kinds))
    rest = [c for c in table.columns if c.name not in (*given_ids, *given_values, given_time)]
    if given_time is None and not given_values:
        series_rows = year_rows(table, sample, rest, kinds, given_ids) or _one_series_a_row(
            table, rest, kinds, given_ids
        )
        if series_rows:
            return series_rows
    counters = [c for c in rest if _is_counter(c, table, sample)]
    rest = [c for c in rest if c not in counters]
    if given_time is None:
        refuse_time_in_two(table, sample, rest, kinds)
    when = (
        table.named(given_time)
        if given_time
        else time_column(table, sample, rest, kinds) or (counters[0] if counters else None)
    )
    rest = [c for c in rest if c is not when]
    numbers = [
        c
        for c in rest
        if kinds[c.name] == "number"
        or (c.name.lower() in _VALUE and kinds[c.name] in ("text", "flag"))
    ]
    numbers = numbers or [
        c for c in rest if kinds[c.name] == "text" and _are_all(is_short, c, table, sample)
    ]
    numbers = numbers or [
        c for c in rest if kinds[c.name] == "text" and _are_all(has_unit, c, table, sample)
    ]
    ids = tuple(table.named(name) for name in given_ids) or _ids(
        table, rest, numbers, kinds, when, bool(given_values)
    )
    if when is None and not given_ids:
        _refuse_unread_time(table, sample, ids)
    if given_values:
        return Layout(
            "long", ids, when, tuple(table.named(name) for name in given_values), _no_time(when)
        )
    numbers = [c for c in numbers if c not in ids]
    return _values(table, ids, when, numbers, names)


def _with_covariates(
    table: Table,
    sample: Sequence[Sequence[object]],
    id: str | Sequence[str] | None,  # noqa: A002
    time: str | None,
    target: str | Sequence[str] | None,
    covariates: Sequence[str],
) -> Layout:
    """The layout of the other columns, with the covariates added."""
    names = [column.name for column in table.columns]
    chosen = tuple(table.named(known_name("column", name, names)) for name in covariates)
    taken = [*_named(names, id), *_named(names, target), *([] if time is None else [time])]
    for name in covariates:
        if name in taken:
            raise Refusal(
                f"The column '{name}' is named as a covariate and as something else. Name it once."
            )
    places = [place for place, column in enumerate(table.columns) if column not in chosen]
    rest = replace(table, columns=tuple(table.columns[place] for place in places))
    layout = assign(rest, [[row[place] for place in places] for row in sample], id, time, target)
    if layout.shape in ("rows", "years"):
        raise Refusal(
            f"{table.label} holds several steps a row, so its columns are not covariates. Give a "
            "table with one row a step."
        )
    return replace(layout, covariates=chosen)


def _named(names: Sequence[str], given: str | Sequence[str] | None) -> tuple[str, ...]:
    listed = [] if given is None else [given] if isinstance(given, str) else list(given)
    return tuple(known_name("column", name, names) for name in listed)


def _no_time(when: Column | None) -> tuple[str, ...]:
    return () if when else ("no time column; rows read as steps 0, 1, 2, ...",)


def _values(
    table: Table,
    ids: tuple[Column, ...],
    when: Column | None,
    numbers: list[Column],
    names: list[str],
) -> Layout:
    """The value columns if none is named."""
    if not numbers:
        raise Refusal(
            f"{table.label} has no column of numbers to forecast. Its columns are: "
            f"{', '.join(names[:50])}. "
            f"Say which: `target={names[-1]!r}`, and check its cells."
        )
    by_name = [c for c in numbers if c.name.lower() in _VALUE]
    if len(numbers) == 1 or len(by_name) == 1:
        chosen = (by_name or numbers)[0]
        return Layout("long", ids, when, (chosen,), _no_time(when))
    if ids:
        listed = ", ".join(c.name for c in numbers[:20])
        likely = next((c for c in numbers if not is_part_of_time(c)), numbers[0])
        raise Refusal(
            f"Several columns of {table.label} hold numbers: {listed}. Say which to forecast: "
            f"`target={likely.name!r}`, "
            "or several of them, as channels."
        )
    return Layout("wide", (), when, tuple(numbers), _no_time(when))


def _one_series_a_row(
    table: Table, rest: list[Column], kinds: dict[str, ColumnKind], given_ids: tuple[str, ...]
) -> Layout | None:
    """One series per row: the last columns are numbered (V1, V2, ...) or are dates."""
    chosen = _trailing_dates(rest) or _trailing_counts(rest, kinds)
    before = rest[: len(rest) - len(chosen)]
    ids = tuple(table.named(n) for n in given_ids) or tuple(
        c for c in before if kinds[c.name] == "text"
    )
    ids = ids or tuple(c for c in before if c.name.lower() in _ID)
    if not chosen or not ids or any(kinds[c.name] == "stamp" for c in before):
        return None
    return Layout("rows", ids, None, tuple(chosen))


def _trailing_dates(columns: list[Column]) -> list[Column]:
    """The columns at the end whose names are dates; empty if there are fewer than two."""
    dated = len(columns)
    while dated and (
        looks_like_stamp(columns[dated - 1].name) or columns[dated - 1].name.isdigit()
    ):
        dated -= 1
    for first in range(dated, min(dated + 3, len(columns))):
        if are_dates([c.name for c in columns[first:]]):
            return columns[first:]
    return []


def _trailing_counts(columns: list[Column], kinds: dict[str, ColumnKind]) -> list[Column]:
    """The columns at the end with names such as V1, V2, ...; empty if there are fewer than
    three."""
    first = len(columns)
    while first:
        stem, number = _split_name(columns[first - 1].name)
        follows = first == len(columns) or (stem, number + 1) == _split_name(columns[first].name)
        if (
            number < 0
            or stem.lower() == "column"
            or not follows
            or kinds[columns[first - 1].name] not in ("number", "blank")
        ):
            break
        first -= 1
    return columns[first:] if len(columns) - first >= 3 else []


def _split_name(name: str) -> tuple[str, int]:
    """The letters and the number of a name such as V12; −1 if it has none."""
    match = re.fullmatch(r"([A-Za-z_ ]*?)_?(\d+)", name)
    return (match[1], int(match[2])) if match else (name, -1)


def _is_comment(table: Table, column: Column) -> bool:
    """True for a column of text that is different in every row, as comments are (and names of
    series are not)."""
    for source in (
        f"(SELECT {column.key} FROM raw LIMIT 1000)",
        "raw",
    ):  # for most tables the first rows decide
        rows, distinct = table.rows(
            f"SELECT count({column.key}), count(DISTINCT {column.key}) FROM {source}"
        )[0]
        if not rows == distinct > 1:
            return False
    return True


def _are_all(
    alike: Callable[[str], bool],
    column: Column,
    table: Table,
    sample: Sequence[Sequence[object]],
) -> bool:
    """True for a column of numbers of which some are shortened by a letter (1.2k, an error if the
    column is a target), or have a unit (12 kg)."""
    place = table.places[column.key]
    texts = [
        str(row[place]).strip()
        for row in sample
        if row[place] is not None and str(row[place]).strip().lower() not in MISSING
    ]
    return any(map(alike, texts)) and all(alike(text) or _NUMBER.fullmatch(text) for text in texts)


def _no_stamp_twice(table: Table, when: Column) -> bool:
    """True if every timestamp stands in one row."""
    query = f"SELECT count({when.key}) = count(DISTINCT {when.key}) FROM raw"
    return bool(table.rows(query)[0][0])


def _changes_in_one_series(table: Table, column: Column, when: Column) -> bool:
    """True for text that goes back and forth between values while no timestamp repeats, as the
    weather of each day does; each series has a block of rows, or the same timestamps as others."""
    changes, values = table.rows(
        f"SELECT count(*) FILTER (now <> before), count(DISTINCT now) FROM (SELECT {column.key} AS"
        f" now, lag({column.key}) OVER () AS before FROM raw)"
    )[0]
    return changes >= values and _no_stamp_twice(table, when)


def _is_counter(column: Column, table: Table, sample: Sequence[Sequence[object]]) -> bool:
    """True for a column that only counts the rows."""
    if column.name.lower() not in COUNTER:
        return False
    place = table.places[column.key]
    cells = [str(row[place]).strip() for row in sample]
    return (
        bool(cells)
        and cells[0] in ("0", "1")
        and all(c == str(int(cells[0]) + i) for i, c in enumerate(cells))
    )


def _refuse_unread_time(
    table: Table, sample: Sequence[Sequence[object]], ids: tuple[Column, ...]
) -> None:
    """Raise an error for a text column that is different in every row and would be the id of the
    series: it contains times that cannot be parsed."""
    if len(ids) != 1 or len(sample) < 2:
        return
    place = table.places[ids[0].key]
    cells = [str(row[place]).strip() for row in sample]
    if len(set(cells)) < len(cells):
        return
    raise Refusal(
        f"Row {table.first_row} of {table.label} holds {cells[0]!r} in column '{ids[0].name}', and "
        "every row another text: "
        "no date that can be read, and no series, which would have one row each. Write dates as "
        "2024-01-31, or add a time column."
    )


def _ids(
    table: Table,
    rest: list[Column],
    numbers: list[Column],
    kinds: dict[str, ColumnKind],
    when: Column | None,
    targets_given: bool,
) -> tuple[Column, ...]:
    spare = len(numbers) > 1 or targets_given
    able = [
        c
        for c in rest
        if (kinds[c.name] == "text" and c not in numbers) or (kinds[c.name] == "number" and spare)
    ]
    strong = [c for name in _ID for c in able if c.name.lower() == name]
    if strong:
        return (strong[0],)
    parts = tuple(c for c in able if c.name.lower() in _ID_PART)
    texts = tuple(
        c
        for c in rest
        if kinds[c.name] == "text"
        and c not in numbers
        and (c in parts or when is None or not _is_comment(table, c))
    )
    if parts or not texts:
        return parts
    if len(texts) == 1 and (when is None or not _changes_in_one_series(table, texts[0], when)):
        return texts
    if when is None or len(texts) == 1 or _no_stamp_twice(table, when):
        return ()
    listed = ", ".join(c.name for c in texts[:20])
    raise Refusal(
        f"Several columns of {table.label} could name the series: {listed}. Say which: "
        f"`id={texts[0].name!r}`, or several of them together."
    )
