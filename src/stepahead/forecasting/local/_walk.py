"""`RandomWalk`: for series too short to learn anything else from."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...classical import Heard, LocalFit, Rows
from ._method import LocalMethod


@dataclass(frozen=True, repr=False)
class RandomWalk(LocalMethod):
    """The last value, with intervals that are wide where few changes were seen: for series too
    short to learn anything else from.

    The number of changes decides how wide: Student's t has as many degrees of freedom, and of
    several series each is told by the others how much values usually change. See
    `classical.WalkFit` for the formula. A change over missing values is shared among them.

    >>> import stepahead as sa
    >>> one = sa.fit(
    ...     RandomWalk(), sa.Panel.from_arrays([[1007.0, 1101.0, 1157.0]]), horizon=1, key=0
    ... )
    >>> one.forecast(levels=(80, 95)).iloc[0, 2:].astype(float).round().tolist()
    [1157.0, 978.0, 1336.0, 749.0, 1565.0]
    """

    needs: ClassVar[float] = np.inf

    def fit_rows(self, rows: Rows, season: int, on_event: Heard | None) -> LocalFit:
        """Never asked: every series is a random walk."""
        raise NotImplementedError
