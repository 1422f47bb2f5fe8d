"""The plan of a job: everything that a chunk needs to know besides its number, saved as a file."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from ...data import Frequency, Panel
from ...readers.large import SeriesRows
from ._folder import JobFolder, read_json, write_json
from ._job_covariates import NOTHING, JobCovariates

SERIES = 2000
"""The most series in a chunk."""

ROWS = 1_000_000
"""The most rows in a chunk, unless a single series has more."""


@dataclass(frozen=True)
class Borders:
    """Everything that a chunk needs to read its series: their numbers, how times and channels are
    stored, and the covariates. `first` holds the number of the first series of each chunk, and at
    the end the number of all series."""

    first: tuple[int, ...]
    dated: bool
    zone: str | None
    names: tuple[str, ...]
    beside: JobCovariates = NOTHING

    def __len__(self) -> int:
        """The number of chunks."""
        return len(self.first) - 1

    def write(self, folder: JobFolder) -> None:
        """Save it in the folder of the job."""
        write_json(folder.work / "borders.json", asdict(self))

    @classmethod
    def read(cls, folder: JobFolder) -> "Borders | None":
        """Return what was saved, or None."""
        held = read_json(folder.work / "borders.json")
        if held is None:
            return None
        first, names = tuple(held["first"]), tuple(held["names"])
        return cls(first, held["dated"], held["zone"], names, JobCovariates.read(held["beside"]))

    def panel(self, rows: SeriesRows, frequency: Frequency, ahead: int, *, inferred: bool) -> Panel:
        """Return the series of these rows with their covariates, `ahead` steps beyond the end."""
        columns = self.beside.columns
        panel = rows.panel(self.names, frequency, inferred=inferred, covariates=columns)
        return self.beside.added(panel, ahead)


@dataclass(frozen=True)
class Plan:
    """Everything that a chunk needs to work: the frequency (and whether it was inferred); the
    season; the steps `cut` off the end of every series, for each origin; the steps `ahead` of the
    end for which covariates must be known; the settings of the work. `settings` is None until the
    statistics of all series are known."""

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
        """Save it in the folder of the job."""
        write_json(folder.work / "plan.json", asdict(self))

    @classmethod
    def read(cls, folder: JobFolder) -> "Plan | None":
        """Return what was saved, or None."""
        held = read_json(folder.work / "plan.json")
        return None if held is None else cls(**{**held, "cuts": tuple(held["cuts"])})


def first_series(steps: Int[np.ndarray, " series"], most: int, rows: int) -> tuple[int, ...]:
    """Return the number of the first series of every chunk, and then the number of all series: at
    most `most` series and `rows` rows in a chunk, at least one series. The result depends on the
    data alone.

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
