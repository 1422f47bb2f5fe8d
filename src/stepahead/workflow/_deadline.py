"""The time limit of a part of a comparison."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class OutOfTime(Exception):
    """Raised when the time of a candidate is over."""


@dataclass(frozen=True)
class Deadline:
    """A callback that raises `OutOfTime` once `clock()` is past `end`."""

    clock: Callable[[], float]
    end: float

    def __call__(self, event: Any = None) -> None:
        if self.clock() > self.end:
            raise OutOfTime
