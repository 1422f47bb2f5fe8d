"""Comparison of candidates on held-out data: time limits, failures, interruption by Ctrl-C, and the
finished parts from which an interrupted one goes on."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from .. import store
from .._check import Refusal, counted
from ._deadline import OutOfTime

Done = TypeVar("Done")

ENOUGH = 2
"""The number of finished candidates (a baseline and one more) after which Ctrl-C ends the
comparison with a result."""


@dataclass(eq=False)
class FinishedParts:
    """The results of the parts of one run, by name. With `folder=None` nothing is saved.

    `clock` is advanced by the seconds of every part that is read from the folder, so that an
    interrupted run leaves out the same candidates as an uninterrupted one.
    """

    folder: Path | None
    run: str
    own_clock: Callable[[], float]
    taken: float = 0.0

    def clock(self) -> float:
        """The time, including the seconds of parts read from the folder."""
        return self.own_clock() + self.taken

    def arrays(self, name: str, make: Callable[[], Sequence[np.ndarray]]) -> tuple[np.ndarray, ...]:
        """Return the arrays of this part: read from the folder, or computed and saved there."""
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


@dataclass(eq=False)
class HeldOutTrials:
    """The state of a comparison: the folds that are done and their clock, its end, the candidates
    left out with the reasons, and whether the user interrupted it."""

    finished: FinishedParts
    end: float
    left_out: dict[str, str] = field(default_factory=dict)
    interrupted: bool = False

    def clock(self) -> float:
        """The time, the seconds of all finished folds counted."""
        return self.finished.clock()

    def each(
        self,
        candidates: Sequence[Any],
        compared: Callable[[int, Any, list[Done]], Done],
        on_done: Callable[[int, Done], None],
    ) -> list[Done]:
        """Call `compared` for every candidate in turn and return the results. `compared` receives
        the index, the candidate and the results so far. A candidate that exceeds its time or cannot
        be fitted is left out, and its name is noted."""
        found: list[Done] = []
        for number, candidate in enumerate(candidates):
            try:
                found.append(compared(number, candidate, found))
                on_done(number, found[-1])
            except OutOfTime:
                self.left_out[candidate.name] = "for want of time"
            except KeyboardInterrupt:
                if len(found) < ENOUGH:
                    raise
                self.interrupted = True
                break
            except Refusal as wrong:  # others can still be compared
                self.left_out[candidate.name] = str(wrong).split(". ")[0]
        return found

    def closing(self) -> list[str]:
        """Sentences on the candidates left out and on an interruption."""
        late = [f"{name} ({reason})" for name, reason in self.left_out.items()]
        said = [f"Left out: {', '.join(late)}."] if late else []
        if self.interrupted:
            said.append("Interrupted: the models compared so far are used.")
        return said

    def nothing_compared(self, kind: str) -> Refusal:
        """The refusal if no candidate of this kind is left."""
        why = " ".join(f"{name}: {reason}." for name, reason in self.left_out.items())
        return Refusal(f"No {kind} could be compared. {why} Take a model by its name.")


def chosen_in_words(
    kind: str, members: Sequence[str], weights: np.ndarray, judged: str, folds: int, total: int
) -> str:
    """Return a sentence that names the members with their weights, and says how they were compared.

    >>> chosen_in_words("tagger", ["hmm", "crf"], np.array([0.2, 0.8]), "9 sentences", 5, 10)
    'The tagger is 80% crf, 20% hmm, weighted by 9 sentences held out in 5 folds, then fitted on
    all 10.'
    """
    ranked = sorted(zip(members, weights, strict=True), key=lambda pair: -pair[1])
    shares = ", ".join(f"{weight:.0%} {name}" for name, weight in ranked)
    return (
        f"The {kind} is {shares}, weighted by {judged} held out in {counted(folds, 'fold')}, then"
        f" fitted on all {total:,}."
    )


def repeats_in_words(groups: np.ndarray, kind: str, sequences: str) -> list[str]:
    """Return a sentence on the number of examples that repeat another, which has the same number in
    `groups`; an empty list, if there is none.

    >>> repeats_in_words(np.array([0, 1, 0, 2]), "sentence", "sentences")
    ['1 sentence repeats another; equal sentences are in one fold.']
    """
    equal = len(groups) - len(np.unique(groups))
    if not equal:
        return []
    verb = "repeats" if equal == 1 else "repeat"
    return [f"{counted(equal, kind)} {verb} another; equal {sequences} are in one fold."]
