"""Candidates fitted under a time limit: one that fails or takes too long is left out, and the
others go on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from ..._check import Refusal
from ..._types import Key, Prediction
from ...data import Panel
from ...forecasting import Ensemble, Predictor, with_lower_bound
from ...native import StaleKernels
from .._deadline import Deadline, OutOfTime
from ._candidates import Candidate, OnEvent
from ._checkpoint import ComparisonCheckpoint

Result = TypeVar("Result")


@dataclass
class Trials:
    """The state of a comparison: the seconds that one fit of each candidate took, the candidates
    that ran out of time, and those that failed, with the reason."""

    clock: Callable[[], float]
    end: float
    budget: float
    fit_seconds: dict[str, float] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def left_out(self) -> str:
        """Name the candidates that were left out, with the reasons."""
        late = (
            f"Left out for want of time: {', '.join(dict.fromkeys(self.late))}."
            if self.late
            else ""
        )
        failed = " ".join(
            f"Left out: {name}, which failed ({reason})." for name, reason in self.failed.items()
        )
        return " ".join(filter(None, (late, failed)))

    def next_end(self) -> float:
        """The time by which the next candidate must be done.

        It may take half of the time left, so that it can be fitted once more in the other half, and
        must leave enough to fit those before it on all data.
        """
        now = self.clock()
        return min(now + (self.end - now) / 2, self.end - sum(self.fit_seconds.values()))

    def attempt(
        self, name: str, run: Callable[[Deadline], Result], end: float, needs: float = 0.0
    ) -> Result | None:
        """The result of `run`, which takes about `needs` seconds; None, noted under `name`, if it
        is not done by `end` or fails."""
        try:
            if self.clock() + needs > end:
                raise OutOfTime
            return run(Deadline(self.clock, end))
        except OutOfTime:
            self.late.append(name)
        except StaleKernels:  # no candidate's fault: most of them would be left out
            raise
        # A candidate may be the user's own or scikit-learn's, and raise anything: it is left out
        # with its reason, and the others can still be compared.
        except Exception as error:
            self.failed[name] = _reason(error)
        return None

    def fit_function(
        self, candidate: Candidate, key: Key, on_event: OnEvent
    ) -> Callable[[Panel], Callable[[Panel], Prediction]]:
        """The function that `evaluation.backtest` calls to fit the candidate; it notes the seconds
        of the fit, without compilation."""

        def learn(history: Panel) -> Callable[[Panel], Prediction]:
            start, compiling = self.clock(), candidate.compiling_seconds()
            fitted = candidate.fit(history, key, on_event)
            seconds = self.clock() - start - (candidate.compiling_seconds() - compiling)
            self.fit_seconds[candidate.name] = max(0.0, seconds)
            on_event(None)

            def ahead(seen: Panel) -> Prediction:
                if seen is history:
                    return fitted.predict(levels=(80, 95), on_event=on_event)
                if candidate.compiled:
                    return fitted.predict(levels=(80, 95), panel=seen, on_event=on_event)
                # Else every origin would fit each series anew.
                new = seen.slice(history.lengths, seen.lengths)
                return fitted.update(new).predict(levels=(80, 95))

            def predict(seen: Panel) -> Prediction:
                prediction = ahead(seen)
                on_event(None)
                return with_lower_bound(prediction, seen)

            return predict

        return learn

    def last_fit(
        self, candidate: Candidate, panel: Panel, key: Key, checkpoint: ComparisonCheckpoint
    ) -> Predictor | None:
        """The candidate fitted on all data in the time left, or in a tenth of the budget if that is
        more; None if it fails or is not done by then."""
        end = max(self.end, self.clock() + self.budget / 10)
        run = partial(self.fit, candidate, panel, key, checkpoint)
        return self.attempt(candidate.name, run, end, self.fit_seconds.get(candidate.name, 0.0))

    def fit(
        self,
        candidate: Candidate,
        panel: Panel,
        key: Key,
        checkpoint: ComparisonCheckpoint,
        on_event: OnEvent,
    ) -> Predictor:
        """The candidate fitted on all data, or an ensemble over its seeds: over as many as there
        was time for."""
        members: list[Predictor] = []
        for seed, seed_key in enumerate(candidate.keys(key)):
            fit = partial(candidate.fit, panel, seed_key, on_event)
            try:
                if candidate.seeds > 1:
                    members.append(checkpoint.load_or_fit(candidate.name, seed, fit))
                else:
                    members.append(fit())
            except OutOfTime:
                if not members:
                    raise
                break
        return members[0] if len(members) == 1 else Ensemble(tuple(members))


def _reason(error: Exception) -> str:
    """The first sentence of an error message, without its full stop."""
    text = " ".join(str(error).split())
    message = text if isinstance(error, Refusal) else f"{type(error).__name__} {text}"
    return message.split(". ")[0].rstrip(".")[:300]
