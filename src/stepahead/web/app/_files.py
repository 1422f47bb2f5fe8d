"""The files of the app: given on the command line or uploaded, and how each was read."""

import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.datastructures import UploadFile

from ..._check import Refusal
from ._jobs import Job, Jobs

ENDINGS = (
    *(".csv", ".tsv", ".txt", ".dat", ".json", ".jsonl", ".ndjson", ".parquet", ".tsf"),
    *(".xlsx", ".xls", ".ods"),
)
"""File name extensions that an uploaded file keeps, also before `.gz`; with any other, its content
decides."""

READING_SECONDS = 120.0
"""Time limit for reading a file, in seconds."""

LONGEST_LABEL = 120


@dataclass(eq=False)
class Given:
    """One file: its `path` (uploads are renamed), its `label` (the user's name for it), the newest
    reading, and `future`: path and label of a file with future values of the known covariates."""

    path: str
    label: str
    name: str = field(default_factory=lambda: secrets.token_hex(8))
    options: dict[str, Any] = field(default_factory=dict)
    season: int | None = None
    future: tuple[str, str] | None = None
    reading: Job | None = None

    @property
    def title(self) -> str:
        """The label without its folders."""
        return named(self.label)

    @property
    def request(self) -> dict[str, Any]:
        """The request for a job on this file."""
        return {
            "path": self.path,
            "label": self.label,
            "options": self.options,
            "season": self.season,
            "future": self.future,
        }

    def read(self, jobs: Jobs) -> Job:
        """Read the file again with the present options."""
        self.reading = jobs.start("understand", self.request, READING_SECONDS)
        return self.reading


def named(label: str) -> str:
    """A label without folders and invalid characters, at most one line long.

    >>> named("C:\\\\data\\\\a\\x00b.csv"), named("../../etc/passwd"), named("")
    ('ab.csv', 'passwd', 'data')
    """
    base = re.split(r"[/\\]", label)[-1]
    return "".join(sign for sign in base if sign.isprintable())[-LONGEST_LABEL:].strip() or "data"


def ending_of(label: str) -> str:
    """The extension that tells a reader the format of a file; `.csv` for an unknown one.

    >>> ending_of("a.CSV.gz"), ending_of("b.exe"), ending_of("c.parquet")
    ('.csv.gz', '.csv', '.parquet')
    """
    low = label.lower()
    packed = ".gz" if low.endswith(".gz") else ""
    kind = Path(low.removesuffix(".gz")).suffix
    return (kind if kind in ENDINGS else ".csv") + packed


async def received(upload: UploadFile, folder: Path) -> Given:
    """Save an upload under a new name; a full disk and an empty upload are errors."""
    label = named(upload.filename or "")
    path = folder / f"given-{secrets.token_hex(8)}{ending_of(label)}"
    size = 0
    try:
        with path.open("wb") as file:
            while chunk := await upload.read(1 << 20):
                size += file.write(chunk)
    except OSError as wrong:
        path.unlink(missing_ok=True)
        raise Refusal(
            f"{label} could not be kept: {wrong.strerror}. Free some space on the disk."
        ) from wrong
    if not size:
        path.unlink()
        raise Refusal(f"{label} is empty. Give a table with a time column and numbers.")
    return Given(str(path), label)
