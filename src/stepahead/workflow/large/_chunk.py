"""`Chunk`: the series that a worker reads, and the part of the result that it writes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..._check import Refusal
from ...data import Panel, to_frame
from ...forecasting import Predictor
from ...readers import write_parquet
from ...readers.large import SeriesRows, read_rows
from ...store import load_as, save_result
from ._folder import JobFolder, write_json
from ._plan import Borders, Plan, folder_of

Found = TypeVar("Found")
Table = dict[str, np.ndarray]
"""Columns by name."""


@dataclass(frozen=True)
class Chunk:
    """One chunk of a job. `failed` lists the series without a result, with the reasons."""

    job: JobFolder
    number: int
    borders: Borders
    failed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: str, number: int) -> "Chunk":
        """Return the chunk of that number."""
        job = folder_of(folder)
        borders = Borders.read(job)
        assert borders is not None  # written before any call
        return cls(job, number, borders)

    @property
    def plan(self) -> Plan:
        """The plan of the job, read from its folder."""
        found = Plan.read(self.job)
        assert found is not None  # written before the calls that need it
        return found

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of the work."""
        found = self.plan.settings
        assert found is not None  # written before the calls that need it
        return found

    def rows(self) -> SeriesRows:
        """The rows of its series; no others are read."""
        first, last = self.borders.first[self.number : self.number + 2]
        return read_rows(self.job.work, first, last, dated=self.borders.dated)

    def each(self, work: Callable[[Panel], Found]) -> list[Found]:
        """Return the results of `work` for all series together. If that fails, try each half, and
        so on down to the single series that fail."""
        plan, borders, frequency = self.plan, self.borders, self.plan.parsed
        found, failed = each_part(
            self.rows(),
            lambda rows: work(borders.panel(rows, frequency, plan.ahead, inferred=plan.inferred)),
        )
        self.failed.update(failed)
        return found

    def long_enough(self, panel: Panel) -> Panel | None:
        """Return the series that have at least one step before the oldest origin, or None if there
        are none; the others are noted as failed."""
        most = max(self.plan.cuts)
        enough = panel.lengths > most
        for name, steps in zip(panel.ids[~enough], panel.lengths[~enough], strict=True):
            self.failed[str(name)] = (
                f"The series has {steps} steps, and the origins need {most + 1}. Leave it out, or "
                "ask for fewer origins."
            )
        if enough.all():
            return panel
        return panel.take(np.flatnonzero(enough)) if enough.any() else None

    def write(self, tables: list[Table], empty: Table, *sums: np.ndarray) -> list[int]:
        """Write this part of the result and its contribution to the sums over all chunks; return
        the number of its series and of those that failed. `empty` has the columns of a table
        without rows, so that every part has the same columns."""
        columns = [empty, *tables]
        joined = {name: np.concatenate([each[name] for each in columns]) for name in empty}
        if self.failed:
            write_json(
                self.job.result("failed", self.number), {"series": sorted(self.failed.items())}
            )
        if sums:
            save_result(self.job.result("sums", self.number), "", sums, 0.0)
        zone = self.borders.zone
        write_parquet(to_frame(joined, "pandas", zone), self.job.part(self.number), threads=1)
        first, last = self.borders.first[self.number : self.number + 2]
        return [last - first, len(self.failed)]

    def empty(self, *numbers: str) -> Table:
        """Return a table without rows: id, time, channel (if there are several), and these numeric
        columns."""
        channels = {"channel": np.zeros(0, "U1")} if len(self.borders.names) > 1 else {}
        return {
            "unique_id": np.zeros(0, "U1"),
            "ds": np.zeros(0, "M8[us]" if self.borders.dated else np.int64),
            **channels,
            **{name: np.zeros(0) for name in numbers},
        }


def each_part(
    rows: SeriesRows, work: Callable[[SeriesRows], Found]
) -> tuple[list[Found], list[tuple[str, str]]]:
    """Return the results for all series together. If that fails, try each half, and so on down to
    the single series that fail: their ids and the reasons."""
    try:
        return [work(rows)], []
    except MemoryError:
        raise
    except Refusal as wrong:
        told = str(wrong)
    except Exception as wrong:  # of any kind: one series must not stop the others
        told = f"{type(wrong).__name__}: {wrong}"
    if len(rows) == 1:
        return [], [(str(rows.ids[0]), told)]
    middle = len(rows) // 2
    first, failed = each_part(rows.part(0, middle), work)
    second, more = each_part(rows.part(middle, len(rows)), work)
    return first + second, failed + more


def forecaster_at(path: Path) -> Predictor:
    """Return the forecaster in that file, loaded once per process. A file that has changed since,
    because the folder holds another job, is loaded again."""
    return _loaded(str(path), path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _loaded(path: str, changed: int) -> Predictor:
    return load_as(Predictor, path, "a job")
