"""Fits under a time limit: a candidate that fails or takes too long is left out, and the comparison
continues with the others."""

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
    """The state of a comparison: the seconds that one fit of each candidate took; the seeds of each
    one fitted to all data; and the candidates left out, because the budget had no room, JAX is not
    installed, time ran out, the user interrupted, or they failed (with the reason)."""

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
        """Return sentences that name the candidates left out, with the reasons."""
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
        """Return the time by which the next candidate must be done.

        It may use this share of the remaining time, so that the rest suffices to fit it to all
        data, and it must leave enough time for the final fits of the candidates before it.
        """
        now = self.clock()
        return min(now + share * (self.end - now), self.end - sum(self.fit_seconds.values()))

    def interrupt(self, names: Sequence[str]) -> bool:
        """Note that the user interrupted the work before these candidates. Return False if that is
        not allowed or happened before: then the comparison ends without a result."""
        if self.interrupted or not self.interruptible:
            return False
        self.interrupted, self.end = True, self.clock()
        self.ended.extend(names)
        return True

    def attempt(
        self, name: str, run: Callable[[Deadline], Result], end: float, needs: float = 0.0
    ) -> Result | None:
        """Return the result of `run`, which takes about `needs` seconds. Return None, and note the
        reason under `name`, if it fails or is not done by `end`."""
        try:
            if self.clock() + needs > end:
                raise OutOfTime
            return run(Deadline(self.clock, end))
        except OutOfTime:
            self.late.append(name)
        except StaleKernels:  # not the candidate's fault: most candidates would be left out
            raise
        # A candidate may be user code or from scikit-learn and raise any error: it is left out
        # with the reason, and the others are still compared.
        except Exception as error:
            self.failed[name] = _reason(error)
        return None

    def fit_function(
        self, candidate: Candidate, key: Key, on_event: OnEvent
    ) -> Callable[[Panel], Callable[[Panel], Prediction]]:
        """Return the function that `evaluation.backtest` calls to fit the candidate. It notes the
        seconds of each fit, without compilation."""

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
                # Otherwise every series would be fitted again at every origin.
                new = seen.slice(history.lengths, seen.lengths)
                return fitted.update(new).predict(quantiles=KNOTS)

            def predict(seen: Panel) -> Prediction:
                prediction = ahead(seen)
                on_event(None)
                return with_lower_bound(prediction, seen)

            return predict

        return learn

    def last_fits_end(self) -> float:
        """Return the time by which the final fits must be done: the end of the budget, or a tenth
        of the budget from now if that is later."""
        return max(self.end, self.clock() + self.budget / 10)

    def first_fit_end(self) -> float:
        """Return the time by which the first of them must be done: a tenth of the budget after its
        end, since without it only the simplest candidate is left."""
        return self.end + self.budget / 10

    def last_fit(
        self, item: Planned, panel: Panel, key: Key, checkpoint: ComparisonCheckpoint, end: float
    ) -> Predictor | None:
        """Return the candidate fitted to all data; None if it fails or is not done by `end`."""
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
        """Return the candidate fitted to all data, as an ensemble if it has several seeds: of as
        many as time allowed."""
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
