"""`WorkItem`: a record of what automatic selection did with one model."""

from collections.abc import Sequence
from dataclasses import dataclass

from .._check import counted


@dataclass(frozen=True)
class WorkItem:
    """A model as automatic selection compared it: fitted `fits` times at the origins, and then to
    all data with this number of random `seeds` (0 if it is not part of the forecast).

    >>> print(WorkItem("mlp", fits=1, seeds=3), WorkItem("theta", fits=6, seeds=0), sep=", ")
    mlp (1 fit, then 3), theta (6 fits)
    """

    name: str
    fits: int
    seeds: int

    def __str__(self) -> str:
        """The name and the numbers of fits as text."""
        then = f", then {self.seeds}" if self.seeds else ""
        return f"{self.name} ({counted(self.fits, 'fit')}{then})"


def work_done(work: Sequence[WorkItem]) -> str:
    """Return the record as one line of text.

    >>> work_done([WorkItem("drift", 3, 1), WorkItem("ets", 3, 0)])
    'compared, with their fits at the origins and then to all data: drift (3 fits, then 1), ets (3
    fits)'
    """
    told = ", ".join(map(str, work))
    return f"compared, with their fits at the origins and then to all data: {told}"
