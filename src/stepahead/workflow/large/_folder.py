"""The folder of a job: finished parts, a manifest once all are there, and work in progress."""

import csv
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..._check import Refusal
from ..._files import write_atomically, written_whole

WORK = "_work"
"""The subfolder for files that are needed only until the job is done. Programs that read Parquet
folders skip names that begin with an underscore."""


@dataclass(frozen=True)
class JobFolder:
    """A folder with the parts of one job.

    Until the job is done, `_work` identifies the job and holds the sorted rows. The manifest is
    written last, so a folder that has one is complete.
    """

    path: Path

    @property
    def work(self) -> Path:
        """The subfolder for files that are needed only until the job is done."""
        return self.path / WORK

    def model(self, number: int = 0, origin: int = 0) -> Path:
        """Return the path of a forecaster that every chunk loads, by its number and that of an
        origin."""
        return self.work / f"model-{number:02d}-{origin:03d}.stepahead"

    @property
    def manifest(self) -> dict[str, Any] | None:
        """The manifest of a finished job, else None."""
        return read_json(self.path / "manifest.json")

    @property
    def _written(self) -> bool:
        """True if there is a part of a result."""
        return self.manifest is not None or any(self.path.glob("part-*"))

    def part(self, number: int) -> Path:
        """Return the path of the rows of one chunk."""
        return self.path / f"part-{number:06d}.parquet"

    def result(self, kind: str, number: int) -> Path:
        """Return the path of a small result of one chunk: of the `survey`, the `changes`, its
        `sums`, or the series that `failed`."""
        return self.work / f"{kind}-{number:06d}"

    def begin(self, job: str) -> None:
        """Create the folder, or continue in it; refuse a folder that holds anything else. The work
        of another job that wrote no results, for example because its data were refused, is
        removed."""
        held = self.manifest or read_json(self.work / "job.json")
        if held is not None and held.get("job") != job and not self._written:
            self.clear()
            held = None
        if held is not None and held.get("job") != job:
            raise Refusal(
                f"'{self.path}' holds the result of another job (other data, model or "
                "settings). Name another folder, or remove it."
            )
        if held is None:
            if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
                raise Refusal(f"'{self.path}' is not empty. Name a new folder.")
            try:
                self.work.mkdir(parents=True)
            except OSError as wrong:
                raise Refusal(
                    f"'{self.path}' could not be made: {wrong.strerror}. Name another folder."
                ) from wrong
            write_json(self.work / "job.json", {"job": job})

    def write_csv(self, name: str, table: Mapping[str, np.ndarray]) -> None:
        """Write a small table of the result next to the parts."""
        path = self.path / f"{name}.csv"
        with written_whole(path) as part, part.open("w", encoding="utf-8", newline="") as file:
            rows = zip(*(column.tolist() for column in table.values()), strict=True)
            csv.writer(file).writerows([tuple(table), *rows])

    def finish(self, manifest: dict[str, Any]) -> None:
        """Write the manifest, and remove what is no longer needed."""
        write_json(self.path / "manifest.json", manifest)
        self.clear()

    def clear(self) -> None:
        """Remove the work in progress."""
        shutil.rmtree(self.work, ignore_errors=True)


class InParts:
    """A result that is stored in `folder` as `part-000000.parquet`, `part-000001.parquet`, …."""

    folder: Path

    @property
    def parts(self) -> list[Path]:
        """The files, in the order of the ids."""
        return sorted(self.folder.glob("part-*.parquet"))


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the content of a JSON file; None if it does not exist."""
    return json.loads(path.read_bytes()) if path.exists() else None


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file completely or not at all; equal content gives equal bytes."""
    write_atomically(path, (json.dumps(content, indent=1, sort_keys=True) + "\n").encode())
