"""The files of a forecast: tables, model, report."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ....data import Panel
from ....outputs import FittedModel, Table, provenance, write_page, write_table
from ....store import save
from .._repeat import words
from ._events import Teller

Parts = tuple[Panel, Table, FittedModel, Any, int]
"""Panel, forecast, model, fitted values, season."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters of a cell that a spreadsheet executes as a formula."""


def write_files(
    folder: Path, parts: Parts, notes: Sequence[str], request: dict[str, Any], tell: Teller
) -> None:
    """Write each file, and report it as soon as it is complete."""
    panel, table, done, past, season = parts
    write_table(without_formulas(table), folder / "forecast.csv")
    tell("file", name="forecast.csv")
    write_table(table, folder / "forecast.parquet")
    tell("file", name="forecast.parquet")
    save(done.forecaster, folder / "model.stepahead")
    tell("file", name="model.stepahead")
    origin = provenance(shlex.join(words(request)), notes)
    write_page(folder / "report.html", panel, table, done, past, season, origin)
    tell("file", name="report.html")


def without_formulas(table: Table) -> dict[str, Any]:
    """The columns, with an apostrophe before every text that a spreadsheet would execute as a
    formula; numbers are unchanged.

    >>> without_formulas({"unique_id": np.array(["=1+1", "-5", "shop"], object)})["unique_id"]
    array(["'=1+1", '-5', 'shop'], dtype=object)
    """
    return {name: _guarded(np.asarray(table[name])) for name in table}


def _guarded(column: np.ndarray) -> np.ndarray:
    if column.dtype.kind not in "OUT":
        return column
    cells = [
        f"'{cell}"
        if isinstance(cell, str) and cell.startswith(FORMULA) and not _number(cell)
        else cell
        for cell in column.tolist()
    ]
    held = np.empty(len(cells), dtype=object)
    held[:] = cells
    return held


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
