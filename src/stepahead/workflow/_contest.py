"""A comparison within bounds: every candidate has an end by which it must be done, and one that
fails ends nothing but itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np

from .._check import Refusal
from .._types import Key, Prediction
from ..data import Panel
from ..forecasting import Ensemble, Predictor, floored
from ..ops import as_key, compiling_seconds, split
from ._candidates import Candidate, Deadline, Heard, OutOfTime
from ._comparison_checkpoint import ComparisonCheckpoint

WORTH_A_TRY = 5_000
"""Values from which a local method is tried on one series before it is let loose on all."""

Result = TypeVar("Result")


@dataclass
class Contest:
    """What is known of the candidates so far: the seconds that a fit of each took, and who was left
    out, and why."""

    clock: Callable[[], float]
    end: float
    budget: float
    cost: dict[str, float] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    def half(self, best: str | None) -> float:
        """Until when the next candidate may take: half of what is left, to be fitted once more in
        the rest, where `best` fits in too."""
        now = self.clock()
        return min(
            now + (self.end - now) / 2, self.end - (self.cost.get(best, 0.0) if best else 0.0)
        )

    def attempt(
        self, name: str, run: Callable[[Deadline], Result], end: float, needs: float = 0.0
    ) -> Result | None:
        """What `run`, which `needs` some seconds, gives; None where it is not done by `end`, or
        fails, which is kept by name."""
        heard = Deadline(self.clock, end)
        try:
            if self.clock() + needs > end:
                raise OutOfTime
            return run(heard)
        except OutOfTime:
            self.late.append(name)
        except Exception as wrong:  # whatever it is: the others can still be compared
            self.failed[name] = _reason(wrong)
        return None

    def judge(
        self, candidate: Candidate, key: Key, heard: Heard
    ) -> Callable[[Panel], Callable[[Panel], Prediction]]:
        """The candidate as a backtest takes it."""

        def learn(history: Panel) -> Callable[[Panel], Prediction]:
            start, compiling = self.clock(), compiling_seconds()
            fitted = candidate.fit(history, key, heard)
            self.cost[candidate.name] = max(
                0.0, self.clock() - start - (compiling_seconds() - compiling)
            )
            heard(None)

            def predict(seen: Panel) -> Prediction:
                other = None if seen is history else seen
                done = fitted.predict(levels=(80,), panel=other, on_event=heard)
                heard(None)
                return floored(done, seen)

            return predict

        return learn

    def refuse_slow(
        self, candidate: Candidate, panel: Panel, windows: int, key: Key, heard: Deadline
    ) -> None:
        """Out of time is a local method that, tried on one of many or long series, would outlast
        what is left for it on all of them."""
        if candidate.name not in ("theta", "ets") or panel.values.size < WORTH_A_TRY:
            return
        one = candidate.fit(panel.take(np.array([int(np.argmax(panel.lengths))])), key, heard)
        for _ in range(2):  # the first may load what it stands on
            start = self.clock()
            one.predict()
            if (self.clock() - start) * len(panel) * windows <= heard.end - start:
                return
        raise OutOfTime

    def last_fit(
        self, candidate: Candidate, panel: Panel, key: Key, kept: ComparisonCheckpoint
    ) -> Predictor | None:
        """The candidate fitted on everything in the time that is left, or in a tenth of all of it;
        None where that does not do."""
        end, needs = (
            max(self.end, self.clock() + self.budget / 10),
            self.cost.get(candidate.name, 0.0),
        )
        return self.attempt(
            candidate.name, partial(self.fit, candidate, panel, key, kept), end, needs
        )

    def fit(
        self, candidate: Candidate, panel: Panel, key: Key, kept: ComparisonCheckpoint, heard: Heard
    ) -> Predictor:
        """The candidate fitted on everything, or the mean of its seeds: of as many as there was
        time for."""
        members: list[Predictor] = []
        for seed, own in enumerate(split(as_key(key), candidate.seeds)):
            one = partial(candidate.fit, panel, own, heard)
            try:
                members.append(
                    kept.member(candidate.name, seed, one) if candidate.seeds > 1 else one()
                )
            except OutOfTime:
                if not members:
                    raise
                break
        return members[0] if len(members) == 1 else Ensemble(tuple(members))


def _reason(wrong: Exception) -> str:
    """Why a candidate failed, in a sentence without its end."""
    text = " ".join(str(wrong).split())
    told = text if isinstance(wrong, Refusal) else f"{type(wrong).__name__} {text}"
    return told.split(". ")[0].rstrip(".")[:300]
