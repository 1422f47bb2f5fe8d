"""The encoding of a text file and the separator of its columns; files that are not text are
errors."""

import codecs
import csv
import gzip
import io
import itertools
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..._check import Refusal
from ._date_formats import looks_like_stamp
from ._workbook import is_workbook

_LOOK = 1 << 18
_CHUNK = 1 << 22
_KINDS = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a sound, film or WebP picture"),
    (b"BM", "a BMP picture"),
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x28\xb5\x2f\xfd", "a zstandard archive"),
    (b"\x7fELF", "a program"),
    (b"ARROW1", "an Arrow file"),
    (b"\x93NUMPY", "a NumPy file"),
    (b"\x80\x04\x95", "a Python pickle, which is never opened because it can run code"),
)  # fmt: skip
MISSING = (
    "",
    "na",
    "n/a",
    "#n/a",
    "#na",
    "#nv",
    "nan",
    "null",
    "none",
    "nil",
    "-",
    "--",
    "—",
    ".",
    "?",
    "missing",
    "#div/0!",
    "#wert!",
    "#value!",
)
"""Words that mark a missing value, in lower case."""
_PYTHON = {"utf-8": "utf-8-sig", "utf-16": "utf-16", "latin-1": "cp1252"}
"""Python's names of the engine's encodings."""
_DELIMITERS = (",", ";", "\t", "|")
_READ = "Readable files are CSV, TSV, JSON lines, Parquet, .tsf, each also as .gz; workbooks."


@dataclass(frozen=True)
class FileHead:
    """The beginning of a file: the `text` of its first rows, and the engine's name of the
    `encoding`; `whole` is True if this is the whole file."""

    path: Path
    text: str
    encoding: str
    compressed: bool
    whole: bool
    parquet: bool = False
    workbook: bool = False


@dataclass(frozen=True)
class Dialect:
    """Format of a text table: delimiter, column names, number of lines before the first row of
    data, and the first rows."""

    delimiter: str
    names: tuple[str, ...]
    skip: int
    sample: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def sniff(path: Path) -> FileHead:
    """Read the beginning of a file. An empty file and a file that is not a table are errors."""
    try:
        with path.open("rb") as file:
            head = file.read(_LOOK + 1)
    except IsADirectoryError:
        raise Refusal(
            f"'{path}' is a folder. Name a file in it, or several at once as '{path}/*.csv'."
        ) from None
    except OSError as error:
        raise Refusal(
            f"'{path}' cannot be opened: {error.strerror or error}. Check the name and your right "
            "to read it."
        ) from None
    compressed = head[:2] == b"\x1f\x8b"
    if compressed:
        head = _unpacked(path)
    if not head.strip():
        raise Refusal(
            f"'{path.name}' is empty. Give a table with a time column and at least one column of "
            "numbers."
        )
    if head[:4] == b"PAR1":
        return FileHead(path, "", "", compressed, False, parquet=True)
    if is_workbook(path, head):
        return FileHead(path, "", "", compressed, False, workbook=True)
    if head[:4] == b"PK\x03\x04":
        raise Refusal(
            f"'{path.name}' is a zip archive, not a table, or a damaged workbook. Save "
            "the sheet as CSV, or unpack the archive, first."
        )
    for mark, kind in _KINDS:
        if head.startswith(mark):
            raise Refusal(f"'{path.name}' is {kind}, not a table. {_READ}")
    encoding = _encoding(head, path)
    text = head[:_LOOK].decode(_PYTHON[encoding], errors="replace")
    return FileHead(path, text, encoding, compressed, len(head) <= _LOOK)


def whole_text(path: Path) -> str:
    """The text of a file, with `\n` as line ends."""
    head = sniff(path)
    with opened(path) as file:
        text = file.read().decode(_PYTHON.get(head.encoding, "cp1252"), errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _unpacked(path: Path) -> bytes:
    try:
        with gzip.open(path, "rb") as file:
            return file.read(_LOOK + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> Refusal:
    return Refusal(f"'{path.name}' is a damaged gzip file: {error}. Download or compress it again.")


def _encoding(head: bytes, path: Path) -> str:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    odd = sum(byte < 32 and byte not in (9, 10, 12, 13, 26) for byte in head[:4096])
    if odd:
        raise Refusal(
            f"'{path.name}' is not a text file: its beginning holds bytes that no table has. "
            f"{_READ}"
        )
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with opened(path) as file:
            for chunk in iter(lambda: file.read(_CHUNK), b""):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "latin-1"
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(path, error) from None
    return "utf-8"


def opened(path: Path) -> io.BufferedIOBase:
    """Open a file for reading bytes, gzipped or not."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if packed else path.open("rb")


def readable(head: FileHead, folder: Path) -> Path:
    """The file, or a copy of its text in UTF-8 with one kind of line end: the engine reads other
    encodings unreliably, and no file that two programs wrote with different line ends."""
    if head.encoding == "utf-8" and not _mixed_line_ends(head.path):
        return head.path
    copy = folder / f"{len(list(folder.iterdir()))}-{head.path.name}.txt"
    decoder = io.IncrementalNewlineDecoder(
        codecs.getincrementaldecoder(_PYTHON[head.encoding])(errors="replace"), translate=True
    )
    with copy.open("wb") as out:
        for chunk in _chunks(head.path):
            out.write(decoder.decode(chunk).encode("utf-8"))
        out.write(decoder.decode(b"", final=True).encode("utf-8"))
    return copy


def _chunks(path: Path) -> Iterator[bytes]:
    """The bytes of a file, gzipped or not."""
    try:
        with opened(path) as file:
            yield from iter(lambda: file.read(_CHUNK), b"")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise _damaged(path, error) from None


def _mixed_line_ends(path: Path) -> bool:
    """True if some lines end with a carriage return and others without."""
    returns = feeds = pairs = 0
    last = b""
    for chunk in _chunks(path):
        returns += chunk.count(b"\r")
        feeds += chunk.count(b"\n")
        pairs += (chunk.count(b"\r\n") if returns else 0) + (last + chunk[:1] == b"\r\n")
        last = chunk[-1:]
    return sum(ends > 0 for ends in (pairs, returns - pairs, feeds - pairs)) > 1


def dialect(head: FileHead) -> Dialect:
    """Find the delimiter, the lines before the table, and the header of a text table."""
    text, notes, first = head.text, [], 0
    marked = re.match(r"\s*\"?sep=(.)\"?[^\n]*\n", text, flags=re.IGNORECASE)
    if marked:
        text, first = text[marked.end() :], 1
    delimiter, rows = max(
        ((d, _rows(text, d, head)) for d in (marked[1] if marked else _DELIMITERS)),
        key=_consistent,
    )
    width = _width(rows)
    start = next(
        (
            i
            for i, (_, row) in enumerate(rows)
            if len(row) == width and sum(bool(c.strip()) for c in row) > 1
        ),
        None,
    )
    if width < 2 or start is None:
        raise Refusal(
            f"'{head.path.name}' has one column only. A table needs a time column and at least "
            "one column of numbers, "
            "separated by commas, semicolons, tabs or bars. Number the rows in a column before it "
            "if there is no time."
        )
    if any(any(c.strip() for c in row) for _, row in rows[:start]):
        notes.append(f"{start} {'line' if start == 1 else 'lines'} above the table left out")
    body = rows[start:]
    named = _is_header(body)
    names = (
        tuple(c.strip().strip("\ufeff") for c in body[0][1])
        if named
        else tuple(f"column{i + 1}" for i in range(width))
    )
    if not named:
        notes.append("no header line; columns are named column1, column2, ...")
    if len(body) == 1 and named and head.whole:
        raise Refusal(f"'{head.path.name}' holds a header and no rows. Add the data below it.")
    before = rows[start][0] if named else (rows[start - 1][0] if start else 0)
    sample = tuple(tuple(row) for _, row in body[1 if named else 0 :])
    return Dialect(delimiter, names, first + before, sample, tuple(notes))


def _rows(text: str, delimiter: str, head: FileHead) -> list[tuple[int, list[str]]]:
    """(the number of its last line, its cells) for each of the first rows that are not blank."""
    lines = text.splitlines(keepends=True)
    lines = lines if head.whole or len(lines) < 2 else lines[:-1]
    reader = csv.reader(io.StringIO("".join(lines[:400]), newline=None), delimiter=delimiter)
    rows = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((reader.line_num, row))
    except csv.Error:
        pass  # a cell larger than any in a table: what was read so far decides
    return rows


def _width(rows: list[tuple[int, list[str]]]) -> int:
    """The most frequent number of cells in a row."""
    widths = [len(row) for _, row in rows]
    return max(set(widths), key=lambda w: (widths.count(w), w), default=0)


def _consistent(candidate: tuple[str, list[tuple[int, list[str]]]]) -> tuple[float, int, int]:
    """Score of a delimiter: the share of rows with the most frequent width, where the first row (a
    header) counts as much as all others."""
    delimiter, rows = candidate
    width = _width(rows)
    if width < 2:
        return (0.0, 0, 0)
    share = sum(len(row) == width for _, row in rows) / len(rows)
    head = any(len(row) == width for _, row in rows[:1])
    return (share + head, width, -_DELIMITERS.index(delimiter) if delimiter in _DELIMITERS else 0)


def _is_header(body: list[tuple[int, list[str]]]) -> bool:
    """True for a first row with a name above a column of numbers, with names only, or with numbers
    or dates that increase."""
    first = [c.strip() for c in body[0][1]]
    if first == [str(i) for i in range(len(first))] or not any(_measured(c) for c in first):
        return True
    below = [[c.strip() for c in row] for _, row in body[1:50] if len(row) == len(first)]
    for place, cell in enumerate(first):
        cells = [row[place] for row in below if row[place]]
        if (
            cell
            and not _measured(cell)
            and cell.lower() not in MISSING
            and cells
            and sum(map(_measured, cells)) >= 0.8 * len(cells)
        ):
            return True
    return (
        not _measured(first[0])
        and are_dates(first[1:])
        and not any(are_dates(row[1:]) for row in below)
    )


def are_dates(cells: Sequence[str]) -> bool:
    """True for headers such as 2024-01, 2024-02 or 1990, 1991, 1992: dates, or years that increase.

    >>> (
    ...     are_dates(["2024-01", "2024-02"]),
    ...     are_dates(["1990", "1991", "1992"]),
    ...     are_dates(["5", "6"]),
    ... )
    (True, True, False)
    """
    if len(cells) < 2:
        return False
    if all(re.fullmatch(r"[12]\d{3}", c) for c in cells):
        return all(int(b) == int(a) + 1 for a, b in itertools.pairwise(cells))
    return all(looks_like_stamp(c) for c in cells)


def _measured(cell: str) -> bool:
    """True for a cell that looks like a number or a date."""
    return bool(re.fullmatch(r"[+-]?[\d.,:/ TZ-]*\d[\d.,:/ TZ-]*(e[+-]?\d+)?", cell))
