"""Progress lines for work in equal units, with an estimate of the remaining time."""

from collections.abc import Callable


class CountingLines:
    """Progress lines for the stages of some work: the number of finished units, and the remaining
    time of the stage, estimated from the time since its first unit; at most one line in `every`
    seconds.

    >>> seconds = iter([0.0, 1.0, 11.0, 12.0])
    >>> lines = CountingLines("chunks", print, lambda: next(seconds), every=5)
    >>> lines("theta", 5, 10), lines("theta", 7, 10), lines("theta", 8, 10)  # two in 10 s
    theta: 7 of 10 chunks, about 15 s left
    (None, None, None)
    """

    def __init__(
        self, unit: str, say: Callable[[str], None], clock: Callable[[], float], every: float
    ) -> None:
        self.unit, self.say, self.clock, self.every = unit, say, clock, every
        self.last = clock()
        self.stage, self.began, self.before = "", 0.0, 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = self.clock()
        if stage != self.stage:
            self.stage, self.began, self.before = stage, now, done
        if now - self.last < self.every:
            return
        self.last = now
        rest = ""
        if done > self.before:
            left = (now - self.began) / (done - self.before) * (total - done)
            rest = f", about {lasting(left)} left"
        self.say(f"{stage}: {done:,} of {total:,} {self.unit}{rest}")


def lasting(seconds: float) -> str:
    """A duration in words, rounded to a useful precision.

    >>> lasting(15.2), lasting(130), lasting(9000)
    ('15 s', '2 min', '2.5 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
