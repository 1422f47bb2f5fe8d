"""The time limit of one candidate in a comparison, and a clock without any."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class OutOfTime(Exception):
    """Raised when a candidate exceeds its time limit."""


@dataclass(frozen=True)
class Deadline:
    """A callback for events that raises `OutOfTime` once `clock()` is later than `end`."""

    clock: Callable[[], float]
    end: float

    def __call__(self, event: Any = None) -> None:
        if self.clock() > self.end:
            raise OutOfTime


def still() -> float:
    """A clock that stands still, so that no candidate runs out of time, however slow the
    machine."""
    return 0.0
