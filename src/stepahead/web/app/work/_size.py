"""Limits on the size of files: compressed files are checked before they are decompressed."""

import gzip
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

from ...._check import Refusal

MOST_CELLS, MOST_COLUMNS = 100_000_000, 20_000
"""The largest numbers of cells and of columns of a table in the app."""

FIRST_LINE = 8 << 20
"""Number of bytes of the first line in which columns are counted."""

LOOK, CHUNK = 64 << 20, 1 << 20
"""The number of decompressed bytes that are examined, and the size of each piece."""

DENSEST = 200
"""The largest ratio of decompressed to compressed size; for tables of numbers it is about 3 to
20."""


def refuse_bomb(path: Path, label: str) -> None:
    """Raise an error for a workbook or a gzip file (judged by its beginning) that decompresses to
    more than `DENSEST` times its size; other and damaged files are left to the reader."""
    with path.open("rb") as packed:
        kind = packed.read(2)
        if kind == b"PK":
            _refuse_archive(path, label)
        if kind != b"\x1f\x8b":
            return
        packed.seek(0)
        seen = 0
        try:
            with gzip.GzipFile(fileobj=packed) as file:
                while seen < LOOK and (chunk := file.read(CHUNK)):
                    seen += len(chunk)
        except (OSError, EOFError, zlib.error):
            return
        if seen >= LOOK and seen > DENSEST * packed.tell():
            raise _bomb(label)


def _refuse_archive(path: Path, label: str) -> None:
    with suppress(zipfile.BadZipFile), zipfile.ZipFile(path) as packed:
        whole = sum(member.file_size for member in packed.infolist())
        if whole >= LOOK and whole > DENSEST * path.stat().st_size:
            raise _bomb(label)


def _bomb(label: str) -> Refusal:
    return Refusal(
        f"{label} unpacks to more than {DENSEST} times its size, as no table does. Unpack it "
        "yourself, look at it, and give the part that you need."
    )


def refuse_wide(path: Path, label: str) -> None:
    """Raise an error for a text whose first line has too many columns, before it is parsed."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        with suppress(OSError, EOFError, zlib.error):  # damaged files are left to the reader
            first = (gzip.GzipFile(fileobj=file) if packed else file).readline(FIRST_LINE)
            json = first.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"[", b"{"))
            if not json and b"\0" not in first:
                refuse_columns(1 + max(map(first.count, (b",", b";", b"\t", b"|"))), label)


def refuse_columns(columns: int, label: str) -> None:
    """Raise an error for too many columns."""
    if columns > MOST_COLUMNS:
        raise Refusal(
            f"{label} has {columns:,} columns, and the app takes {MOST_COLUMNS:,}. Give fewer, or "
            "a table with a row for each series and step: id, time, value."
        )


def refuse_cells(cells: int, label: str) -> None:
    """Raise an error for too many cells.

    >>> refuse_cells(10**9, "all.parquet")
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: all.parquet has 1,000,000,000 cells, and the app takes 100,000,000.
    Give fewer columns or rows, or use the command line: stepahead forecast.
    """
    if cells > MOST_CELLS:
        raise Refusal(
            f"{label} has {cells:,} cells, and the app takes {MOST_CELLS:,}. Give fewer columns or "
            "rows, or use the command line: stepahead forecast."
        )
