"""The `.tsf` files of the Monash archive: a header of attributes, then one series per line."""

import re
from pathlib import Path

import numpy as np

from ..._check import Refusal
from ...data import Frequency, MonthGrid, Panel, panel_from_codes
from ..files import whole_text

_FREQUENCIES = {
    "yearly": "YS",
    "quarterly": "QS",
    "monthly": "MS",
    "weekly": "W",
    "daily": "D",
    "hourly": "h",
    "minutely": "min",
    "half_hourly": "30min",
    "10_minutes": "10min",
    "15_minutes": "15min",
    "5_minutes": "5min",
    "4_seconds": "4s",
    "seconds": "s",
}


def read_tsf(path: Path, frequency: str | Frequency | None = None) -> tuple[Panel, tuple[str, ...]]:
    """The panel of a `.tsf` file, and notes; `?` is a missing value. Several attributes are joined
    by '/' into the id. `frequency` replaces the one in the file."""
    header, mark, body = whole_text(path).partition("@data")
    if not mark:
        raise Refusal(
            f"'{path.name}' has no line '@data', which every .tsf file has. Check that it is "
            "complete."
        )
    attributes = re.findall(r"^@attribute\s+(\S+)\s+(\S+)", header, flags=re.MULTILINE)
    named = re.search(r"^@frequency\s+(\S+)", header, flags=re.MULTILINE)
    lines = [
        (number, line)
        for number, line in enumerate(body.split("\n"), start=header.count("\n") + 1)
        if line.strip() and line.strip()[0] != "#"
    ]
    if not lines:
        raise Refusal(f"'{path.name}' holds no series below '@data'. Check that it is complete.")
    ids: list[str] = []
    starts: list[np.datetime64 | None] = []
    values: list[np.ndarray] = []
    for number, line in lines:
        *cells, last = line.strip().split(":")
        if len(cells) != len(attributes):
            raise Refusal(
                f"Line {number} of '{path.name}' has {len(cells)} attributes where the header has "
                f"{len(attributes)}. Correct that line."
            )
        dated = [cell for cell, (_, kind) in zip(cells, attributes, strict=True) if kind == "date"]
        ids.append(
            "/".join(
                cell for cell, (_, kind) in zip(cells, attributes, strict=True) if kind != "date"
            )
            or str(len(ids))
        )
        starts.append(_start(dated[0], number, path) if dated else None)
        values.append(_values(last, number, path))
    requested = Frequency.parse(
        frequency
        if frequency is not None
        else _FREQUENCIES.get(named[1].lower(), "1")
        if named
        else "1"
    )
    return _panel(ids, starts, values, requested)


def _start(cell: str, number: int, path: Path) -> np.datetime64:
    match = re.fullmatch(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{2})-(\d{2})-(\d{2}))?", cell.strip())
    try:
        if match:
            return np.datetime64(
                f"{match[1]}T{match[2] or '00'}:{match[3] or '00'}:{match[4] or '00'}", "us"
            )
    except ValueError:
        pass
    raise Refusal(
        f"Line {number} of '{path.name}' begins at {cell!r}, which is not a time stamp such as "
        "'1979-01-31 "
        "00-00-00'. Correct that line."
    )


def _values(text: str, number: int, path: Path) -> np.ndarray:
    cells = text.replace("?", "nan").split(",")
    try:
        return np.array(cells, dtype=np.float64)
    except ValueError:
        bad = next(
            cell
            for cell in cells
            if not re.fullmatch(r"\s*([+-]?[\d.]+([eE][+-]?\d+)?|nan)\s*", cell)
        )
        raise Refusal(
            f"Line {number} of '{path.name}' holds {bad!r}, which is not a number. Correct it, or "
            "write ? where it is missing."
        ) from None


def _panel(
    ids: list[str],
    starts: list[np.datetime64 | None],
    values: list[np.ndarray],
    requested: Frequency,
) -> tuple[Panel, tuple[str, ...]]:
    lengths = np.array([len(v) for v in values])
    series = np.repeat(np.arange(len(ids)), lengths)
    step = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    names = np.array(ids, dtype=object)
    if len(set(ids)) < len(ids):
        raise Refusal("Two lines of this .tsf file have the same name. Name each series once.")
    flat = np.concatenate(values)
    if requested.dated and all(s is not None for s in starts):
        first = np.array(starts, dtype="M8[us]")
        grid = requested.grid
        if isinstance(grid, MonthGrid) and not requested.holds(first).all():
            days = (first.astype("M8[D]") - first.astype("M8[M]").astype("M8[D]")).astype(int) + 1
            requested = Frequency(MonthGrid(grid.step, int(days.max())))
        if requested.holds(first).all():
            return panel_from_codes(
                series, names, requested.advance(first[series], step), flat, ["y"], requested
            ), ()
    frequency = Frequency.integer(1, requested.season)
    notes = (
        ()
        if all(s is None for s in starts)
        else ("series begin on different days of the month; steps numbered 0, 1, 2, ...",)
    )
    return panel_from_codes(series, names, step, flat, ["y"], frequency), notes
