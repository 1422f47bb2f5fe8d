"""Results of the parts of a comparison, one file each, from which an interrupted comparison
resumes."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .._check import Refusal
from ._file import read, write


class SavedResult(NamedTuple):
    """The arrays of a part (None if it ran out of time), and the seconds that it took."""

    arrays: tuple[np.ndarray, ...] | None
    seconds: float


def save_result(
    path: Path, run: str, arrays: Sequence[np.ndarray] | None, seconds: float
) -> SavedResult:
    """Save the result of a part; `run` is the digest of the run (`identity`)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header = {"run": run, "seconds": seconds, "count": None if arrays is None else len(arrays)}
    write(path, header, {str(number): array for number, array in enumerate(arrays or ())})
    return SavedResult(None if arrays is None else tuple(arrays), seconds)


def saved_result(path: Path, run: str) -> SavedResult | None:
    """The result at `path`, or None if there is no file. The result of another run is an error and
    stays unchanged.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "intervals-0")
    ...     _ = save_result(path, "this run", [np.arange(3)], 1.5)
    ...     saved_result(path, "this run"), saved_result(Path(folder, "other"), "this run")
    (SavedResult(arrays=(array([0, 1, 2]),), seconds=1.5), None)
    """
    if not path.exists():
        return None
    header, arrays = read(path)
    if header.get("run") != run:
        raise Refusal(
            f"'{path}' belongs to another run (other data, models or settings). Name another "
            "folder, or delete it."
        )
    if header["count"] is None:
        return SavedResult(None, header["seconds"])
    return SavedResult(tuple(arrays[str(n)] for n in range(header["count"])), header["seconds"])
