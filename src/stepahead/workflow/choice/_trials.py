"""Candidates fitted under a time limit: one that fails or takes too long is left out, and the
others go on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from ..._check import Refusal
from ..._types import Key, Prediction
from ...data import Panel
from ...forecasting import KNOTS, Ensemble, Predictor, with_lower_bound
from ...native import StaleKernels
from .._deadline import Deadline, OutOfTime
from ._candidates import Candidate, OnEvent
from ._checkpoint import ComparisonCheckpoint
from ._work import Planned

Result = TypeVar("Result")


@dataclass
class Trials:
    """The state of a comparison: the seconds that one fit of each candidate took, the seeds of each
    that was fitted to all data, the candidates for which the budget had no room, those that need
    JAX where it is not installed, those that ran out of time, those that were left when the user
    ended it, and those that failed, with the reason."""

    clock: Callable[[], float]
    end: float
    budget: float
    interruptible: bool = False
    interrupted: bool = False
    fit_seconds: dict[str, float] = field(default_factory=dict)
    seeds: dict[str, int] = field(default_factory=dict)
    no_room: list[str] = field(default_factory=list)
    without_jax: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def left_out(self) -> str:
        """Name the candidates that were left out, with the reasons."""
        reasons = {
            f"The budget of {self.budget:g} s is too short for": self.no_room,
            "Without JAX (pip install 'stepahead[networks]') left out:": self.without_jax,
            "Left out for lack of time:": self.late,
            "Not compared because of the interruption:": self.ended,
        }
        told = [
            f"{reason} {', '.join(dict.fromkeys(names))}."
            for reason, names in reasons.items()
            if names
        ]
        failed = " ".join(
            f"Left out: {name}, which failed ({reason})." for name, reason in self.failed.items()
        )
        return " ".join(filter(None, (*told, failed)))

    def next_end(self, share: float) -> float:
        """The time by which the next candidate must be done.

        It may take this share of the time left, so that it can be fitted to all data in the rest,
        and must leave enough to fit those before it.
        """
        now = self.clock()
        return min(now + share * (self.end - now), self.end - sum(self.fit_seconds.values()))

    def interrupt(self, names: Sequence[str]) -> bool:
        """Note that the user ended the work, of which these candidates were left; False where that
        is not allowed, or was done before: then it ends without a result."""
        if self.interrupted or not self.interruptible:
            return False
        self.interrupted, self.end = True, self.clock()
        self.ended.extend(names)
        return True

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
                    return fitted.predict(quantiles=KNOTS, on_event=on_event)
                if candidate.compiled:
                    return fitted.predict(quantiles=KNOTS, panel=seen, on_event=on_event)
                # Else every origin would fit each series anew.
                new = seen.slice(history.lengths, seen.lengths)
                return fitted.update(new).predict(quantiles=KNOTS)

            def predict(seen: Panel) -> Prediction:
                prediction = ahead(seen)
                on_event(None)
                return with_lower_bound(prediction, seen)

            return predict

        return learn

    def last_fits_end(self) -> float:
        """The time by which the fits to all data must be done: the end of the budget, or a tenth of
        it from now if that is later."""
        return max(self.end, self.clock() + self.budget / 10)

    def last_fit(
        self, item: Planned, panel: Panel, key: Key, checkpoint: ComparisonCheckpoint, end: float
    ) -> Predictor | None:
        """The candidate fitted to all data; None if it fails or is not done by `end`."""
        name = item.candidate.name
        run = partial(self.fit, item, panel, key, checkpoint)
        return self.attempt(name, run, end, self.fit_seconds.get(name, 0.0))

    def fit(
        self,
        item: Planned,
        panel: Panel,
        key: Key,
        checkpoint: ComparisonCheckpoint,
        on_event: OnEvent,
    ) -> Predictor:
        """The candidate fitted to all data, or an ensemble over its seeds: over as many as there
        was time for."""
        candidate, members = item.candidate, list[Predictor]()
        for seed, seed_key in enumerate(candidate.keys(key)[: item.seeds]):
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
        self.seeds[candidate.name] = len(members)
        return members[0] if len(members) == 1 else Ensemble(tuple(members))


def _reason(error: Exception) -> str:
    """The first sentence of an error message, without its full stop."""
    text = " ".join(str(error).split())
    message = text if isinstance(error, Refusal) else f"{type(error).__name__} {text}"
    return message.split(". ")[0].rstrip(".")[:300]
