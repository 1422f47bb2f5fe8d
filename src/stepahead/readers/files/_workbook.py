"""Sheets of a workbook (Excel, OpenDocument) as columns, by python-calamine."""

import datetime
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..._check import Refusal, counted
from ..._extras import extras_needed

OLE = b"\xd0\xcf\x11\xe0"
"""The first bytes of an Excel file from before 2007."""

INSIDE = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")
"""Files inside the zip archive that newer workbooks are."""


class Sheet(NamedTuple):
    """A sheet: its columns by position with their names, the row number of the first values (from
    1), and a note on which sheet was chosen."""

    names: list[str]
    columns: list[np.ndarray]
    first_row: int
    notes: tuple[str, ...]


def is_workbook(path: Path, head: bytes) -> bool:
    """True for a file that begins with `head` if it is a workbook."""
    if head.startswith(OLE):  # so does an old Word file
        return path.suffix.lower() == ".xls"
    if not head.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(path) as packed:
            return any(name in INSIDE for name in packed.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def read_workbook(path: Path) -> Sheet:
    """The first sheet that contains a table: a row with names for two columns, and rows below
    it."""
    with extras_needed():
        from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            top = next((at for at, row in enumerate(rows) if _filled(row) >= 2), len(rows))
            if top + 1 < len(rows):
                break
        else:
            raise Refusal(
                f"No sheet of '{path.name}' holds a table: a row of names, and rows below it. Give "
                "one with a column of dates and one of numbers."
            )
    except (CalamineError, OSError, ValueError) as wrong:
        if isinstance(wrong, Refusal):
            raise
        raise Refusal(
            f"'{path.name}' cannot be read as a workbook: {wrong}. Save the sheet as CSV."
        ) from None
    several = len(book.sheet_names) > 1
    told = f"sheet '{name}', of {counted(len(book.sheet_names), 'sheet')}, was read"
    return _sheet(rows, top, (told,) if several else ())


def _sheet(rows: Sequence[Sequence[Any]], top: int, notes: tuple[str, ...]) -> Sheet:
    header, body = rows[top], [row for row in rows[top + 1 :] if _filled(row)]
    kept = [
        at for at, name in enumerate(header) if name != "" or any(row[at] != "" for row in body)
    ]
    names = [str(header[at]).strip() or f"column {at + 1}" for at in kept]
    return Sheet(names, [column_of([row[at] for row in body]) for at in kept], top + 2, notes)


def column_of(cells: Sequence[Any]) -> np.ndarray:
    """Cells of a column as numbers (integers if all are whole), timestamps, or text; an empty cell
    is missing.

    >>> column_of([1.0, 2.0]), column_of([1.5, ""])
    (array([1, 2]), array([1.5, nan]))
    >>> column_of([datetime.date(2024, 1, 31), ""]).astype(str).tolist()
    ['2024-01-31T00:00:00.000000', 'NaT']
    >>> column_of(["a", 2.0, ""]).tolist()
    ['a', '2', None]
    """
    kinds = {type(cell) for cell in cells if cell != ""}
    if kinds and kinds <= {int, float}:
        numbers = np.array([np.nan if cell == "" else cell for cell in cells], np.float64)
        whole = np.isfinite(numbers).all() and (np.abs(numbers) < 2**53).all()
        return numbers.astype(np.int64) if whole and (numbers % 1 == 0).all() else numbers
    if kinds and kinds <= {datetime.date, datetime.datetime}:
        return np.array(["NaT" if cell == "" else cell for cell in cells], "M8[us]")
    return np.array([None if cell == "" else _text(cell) for cell in cells], object)


def _text(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _filled(row: Sequence[Any]) -> int:
    return sum(cell != "" for cell in row)
