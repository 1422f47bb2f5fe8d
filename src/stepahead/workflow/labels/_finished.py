"""Finished parts of a comparison in a folder: an interrupted comparison goes on from them."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ... import store
from .._deadline import OutOfTime


@dataclass(eq=False)
class FinishedParts:
    """The results of the parts of one run, by name. With `folder=None` nothing is kept.

    `clock` runs on by the seconds of every part that is taken from the folder: what is out of time
    in a run that was left alone is so in one that was interrupted.
    """

    folder: Path | None
    run: str
    own_clock: Callable[[], float]
    taken: float = 0.0

    def clock(self) -> float:
        """The time, the seconds of all parts counted."""
        return self.own_clock() + self.taken

    def arrays(self, name: str, make: Callable[[], Sequence[np.ndarray]]) -> tuple[np.ndarray, ...]:
        """The arrays of this part: from the folder, or made and kept there."""
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
