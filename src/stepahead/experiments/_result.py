"""The result of an experiment: text tables with the book's numbers and ours, and the written
files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np


class Row(NamedTuple):
    """One number to reproduce: its name, the number in the book, the range to reach, and our
    values, one for each seed.

    `reach` is the smallest and the largest median that counts as reached; None if a number is only
    reported. `collapsed` is the number of seeds whose training failed; their values are in `ours`
    all the same.
    """

    what: str
    ours: Sequence[float]
    printed: str = "–"
    reach: tuple[float, float] | None = None
    collapsed: int | None = None

    @property
    def reached(self) -> bool | None:
        """True if the median is in the range to reach; None if a number is only reported."""
        return (
            None
            if self.reach is None
            else bool(self.reach[0] <= np.median(self.ours) <= self.reach[1])
        )


class Table(NamedTuple):
    """A heading and lines of cells; the first line has the names of the columns."""

    title: str
    lines: Sequence[Sequence[str]]

    def __str__(self) -> str:
        """The table in Markdown with aligned columns, which can be read in a terminal too.

        >>> print(Table("Errors", [("k", "MSE"), ("1", "0.04")]))
        Errors
        <BLANKLINE>
        | k | MSE  |
        |---|------|
        | 1 | 0.04 |
        """
        widths = [max(len(line[i]) for line in self.lines) for i in range(len(self.lines[0]))]
        rows = [
            "| "
            + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            + " |"
            for line in self.lines
        ]
        rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
        return "\n".join([self.title, "", rows[0], rule, *rows[1:]])


@dataclass(frozen=True)
class Result:
    """The findings of an experiment: the numbers to reproduce as `rows`, those rows and more as
    printable `tables`, sentences, and files."""

    rows: tuple[Row, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    files: tuple[Path, ...]

    def __str__(self) -> str:
        """All tables and sentences as text."""
        written = [f"Written: {', '.join(path.name for path in self.files)}"] if self.files else []
        return "\n\n".join([*(str(table) for table in self.tables), *self.notes, *written])


def number(value: float) -> str:
    """A number with four significant digits.

    >>> number(0.00308412), number(1234.5), number(0.04), number(3e-31)
    ('0.003084', '1234', '0.04000', '3.0e-31')
    """
    if not np.isfinite(value):
        return str(value)
    if value != 0 and abs(value) < 1e-4:
        return f"{value:.1e}"
    digits = 3 - int(np.floor(np.log10(abs(value)))) if value else 3
    return f"{value:.{max(digits, 0)}f}"


def numbers_to_hit(title: str, rows: Sequence[Row]) -> Table:
    """The rows as a table: the book's number, the range to reach, the median of ours over the
    seeds, their range, and whether it is reached."""
    lines = [("", "printed", "to reach", "ours, median", "range", "seeds", "collapsed", "reached")]
    for row in rows:
        several = len(row.ours) > 1
        lines.append(
            (
                row.what,
                row.printed,
                _bounds(row.reach),
                number(float(np.median(row.ours))),
                f"{number(min(row.ours))} to {number(max(row.ours))}" if several else "–",
                str(len(row.ours)) if several else "–",
                "–" if row.collapsed is None else str(row.collapsed),
                {None: "–", True: "yes", False: "no"}[row.reached],
            )
        )
    return Table(title, lines)


def _bounds(reach: tuple[float, float] | None) -> str:
    if reach is None:
        return "report"
    return f"≤ {reach[1]:g}" if reach[0] == -np.inf else f"{reach[0]:g} to {reach[1]:g}"
