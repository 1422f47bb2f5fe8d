"""The plan of a job: everything that a chunk needs to know besides its number, as a file."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from ...data import Frequency, Panel
from ...readers.large import SeriesRows
from ._beside import NOTHING, Beside
from ._folder import JobFolder, read_json, write_json

SERIES = 2000
"""Series of a chunk, at most."""

ROWS = 1_000_000
"""Rows of a chunk, at most, unless a single series has more."""


@dataclass(frozen=True)
class Borders:
    """All that a chunk needs to read its series: their numbers, and how stamps and channels are
    kept, and what stands beside them. `first` holds the first series of each chunk, and the number
    of series."""

    first: tuple[int, ...]
    dated: bool
    zone: str | None
    names: tuple[str, ...]
    beside: Beside = NOTHING

    def __len__(self) -> int:
        """The number of chunks."""
        return len(self.first) - 1

    def write(self, folder: JobFolder) -> None:
        """Keep it in the folder of the job."""
        write_json(folder.work / "borders.json", asdict(self))

    @classmethod
    def read(cls, folder: JobFolder) -> "Borders | None":
        """As it was kept, or None."""
        held = read_json(folder.work / "borders.json")
        if held is None:
            return None
        first, names = tuple(held["first"]), tuple(held["names"])
        return cls(first, held["dated"], held["zone"], names, Beside.read(held["beside"]))

    def panel(self, rows: SeriesRows, frequency: Frequency, ahead: int, *, inferred: bool) -> Panel:
        """The series of these rows with all that stands beside them, `ahead` steps further."""
        columns = self.beside.columns
        panel = rows.panel(self.names, frequency, inferred=inferred, covariates=columns)
        return self.beside.added(panel, ahead)


@dataclass(frozen=True)
class Plan:
    """All that a chunk needs to work: the frequency (and whether it was inferred), the season, the
    steps that are `cut` off the end of every series for each origin from which it is forecast, the
    steps `ahead` of its end of which covariates must be known, and the settings of the work; None
    as long as what all series say together is not known."""

    frequency: str
    zone: str | None
    inferred: bool
    season: int
    cuts: tuple[int, ...]
    ahead: int = 0
    settings: dict[str, Any] | None = None

    @property
    def parsed(self) -> Frequency:
        """The frequency of all series."""
        return Frequency.parse(self.frequency, self.zone)

    def write(self, folder: JobFolder) -> None:
        """Keep it in the folder of the job."""
        write_json(folder.work / "plan.json", asdict(self))

    @classmethod
    def read(cls, folder: JobFolder) -> "Plan | None":
        """As it was kept, or None."""
        held = read_json(folder.work / "plan.json")
        return None if held is None else cls(**{**held, "cuts": tuple(held["cuts"])})


def first_series(steps: Int[np.ndarray, " series"], most: int, rows: int) -> tuple[int, ...]:
    """The first series of every chunk, and the number of series: at most so many series and
    `rows` a chunk, at least one. It depends on the data alone.

    >>> first_series(np.array([5, 5, 5, 50, 5]), most=2, rows=20)
    (0, 2, 3, 4, 5)
    """
    ends = np.cumsum(steps)
    found = [0]
    while found[-1] < len(steps):
        at = found[-1]
        before = int(ends[at - 1]) if at else 0
        by_rows = int(np.searchsorted(ends, before + rows, side="right"))
        found.append(min(max(by_rows, at + 1), at + most, len(steps)))
    return tuple(found)


def folder_of(path: str | Path) -> JobFolder:
    """The folder of a job, by its path."""
    return JobFolder(Path(path))
