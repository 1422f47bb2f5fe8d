"""Finished parts of a comparison, saved in a folder, from which an interrupted comparison
continues."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ... import store
from .._deadline import OutOfTime


@dataclass(eq=False)
class FinishedParts:
    """The results of the parts of one run, by name. With `folder=None` nothing is saved.

    `clock` is advanced by the seconds of every part that is read from the folder, so that an
    interrupted run leaves out the same candidates as an uninterrupted one.
    """

    folder: Path | None
    run: str
    own_clock: Callable[[], float]
    taken: float = 0.0

    def clock(self) -> float:
        """The time, including the seconds of parts read from the folder."""
        return self.own_clock() + self.taken

    def arrays(self, name: str, make: Callable[[], Sequence[np.ndarray]]) -> tuple[np.ndarray, ...]:
        """Return the arrays of this part: read from the folder, or computed and saved there."""
        if self.folder is None:
            return tuple(make())
        path = self.folder / f"{name}.result"
        found = store.saved_result(path, self.run)
        if found is not None:
            self.taken += found.seconds
        else:
            began = self.own_clock()
            try:
                arrays: Sequence[np.ndarray] | None = make()
            except OutOfTime:
                arrays = None
            found = store.save_result(path, self.run, arrays, self.own_clock() - began)
        if found.arrays is None:
            raise OutOfTime
        return found.arrays

    def delete(self) -> None:
        """Delete the folder."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
