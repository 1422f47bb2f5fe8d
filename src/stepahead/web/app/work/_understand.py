"""Read a file: its columns and first rows, its series, and anything unusual."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...._check import Refusal
from ....data import Inspection, Panel, describe_seasons, format_stamp, inspect, season_of
from ....readers import Reading, preview
from ._events import Teller
from ._reading import named, only, read_file
from ._size import refuse_bomb, refuse_cells, refuse_columns, refuse_wide


def understand(folder: Path, request: dict[str, Any], tell: Teller) -> None:
    """Write `columns.json`, then `understood.json`, `series.json` and the arrays of the series."""
    path = Path(request["path"])
    head: dict[str, Any] = {"columns": [], "rows": []}
    if path.is_file():  # else a sample or several files, which the reader checks
        refuse_bomb(path, request["label"])
        refuse_wide(path, request["label"])
    if path.is_file() and not path.name.lower().removesuffix(".gz").endswith(".tsf"):
        try:
            with only(path):
                head = preview(path)._asdict()
        except Refusal as refusal:
            raise Refusal(named(str(refusal), path, request["label"])) from refusal
        refuse_columns(len(head["columns"]), request["label"])
        refuse_cells((head["total"] or 0) * len(head["columns"]), request["label"])
    tell.write("columns.json", head)
    tell("columns")
    reading = read_file(request)
    panel = reading.panel
    refuse_cells(panel.values.size, request["label"])
    found = inspect(panel)
    write_panel(panel, tell)
    tell.write("series.json", _rows(found))
    tell.write("understood.json", _understood(reading, found))
    tell("understood", series=len(panel))


def write_panel(panel: Panel, tell: Teller) -> None:
    """The values, times and ends of the series as arrays."""
    tell.array("values", panel.values)
    tell.array("times", panel.times)
    tell.array("offsets", panel.offsets)


def _understood(reading: Reading, found: Inspection) -> dict[str, Any]:
    panel = reading.panel
    ends = np.array([panel.times.min(), panel.times.max()])
    return {
        "summary": replace(reading, panel=panel).summary,
        "roles": reading.columns,
        "notes": reading.notes,
        "series": found.series,
        "channels": list(panel.names),
        "steps": found.steps,
        "shortest": found.shortest,
        "longest": found.longest,
        "frequency": panel.frequency.name,
        "seasons": describe_seasons(panel),
        "season": season_of(panel),
        "first": format_stamp(ends[0]),
        "last": format_stamp(ends[1]),
        "zone": panel.frequency.zone,
        "missing": found.missing,
        "gap": max(row.longest_gap for row in found.rows),
        "outliers": found.outliers,
        "constant": len(found.constant),
        "empty": len(found.all_missing),
        "short": len(found.short),
        "known": [] if panel.covariates is None else list(panel.covariates.known_names),
    }


def _rows(found: Inspection) -> list[dict[str, Any]]:
    """A row for each series and channel, in the order of the arrays."""
    several = len({row.channel for row in found.rows}) > 1
    return [
        {
            "id": row.id,
            "name": f"{row.id}, {row.channel}" if several else row.id,
            "channel": row.channel,
            "steps": row.steps,
            "first": format_stamp(np.asarray(row.first)),
            "last": format_stamp(np.asarray(row.last)),
            "missing": row.missing,
            "gap": row.longest_gap,
            "low": row.low,
            "high": row.high,
            "mean": row.mean,
            "outliers": [format_stamp(stamp) for stamp in row.outlier_times[:50]],
        }
        for row in found.rows
    ]
