"""Classifiers compared by cross-validation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from ..._types import Key
from ...data import Labelled, Tokens
from ...labelling import (
    LabelModel,
    LabelScore,
    label_score,
    path_log_probs,
    temperature_of,
    tempered,
)
from .._deadline import Deadline, OutOfTime
from .._held_out import FinishedParts, HeldOutTrials
from ._candidates import LabelCandidate

LAST_FITS = 2.0
"""The time reserved for a fit on all examples, as a multiple of that of a fold, which has fewer."""


class LabelRow(NamedTuple):
    """One row of the leaderboard: accuracy, macro-F1 and log loss (in nats) on held-out examples,
    the weight in the combination, and seconds taken."""

    name: str
    accuracy: float
    macro_f1: float
    log_loss: float
    weight: float
    seconds: float


class LabelCandidateDone(NamedTuple):
    """Event: one candidate has been compared."""

    row: LabelRow
    number: int
    candidates: int


@dataclass(frozen=True, eq=False)
class Compared:
    """A candidate with its best strength, its log probabilities for the held-out examples, and its
    temperature."""

    candidate: LabelCandidate
    strength: float
    log_probs: Float[np.ndarray, "held label"]
    temperature: float
    seconds: float


@dataclass(eq=False)
class LabelTrials(HeldOutTrials):
    """The state of a comparison of classifiers."""

    def deadline(self, reserved: float) -> Deadline:
        """The time limit of the next candidate; it leaves `reserved` seconds for the final fits."""
        return Deadline(self.clock, self.end - reserved)


def compare_labels(
    candidates: Sequence[LabelCandidate],
    labelled: Labelled,
    held: Sequence[np.ndarray],
    copies: float,
    key: Key,
    trials: LabelTrials,
    on_event: Callable[[LabelCandidateDone], None],
) -> list[Compared]:
    """Fit every candidate without each fold and evaluate it on that fold, within its time limit.
    The first candidate has no limit. Ctrl-C ends the comparison once two candidates are
    compared."""

    def one(number: int, candidate: LabelCandidate, found: list[Compared]) -> Compared:
        reserved = LAST_FITS * sum(one.seconds for one in found) / len(held)
        deadline = trials.deadline(reserved) if number else Deadline(trials.clock, np.inf)
        return _compared(candidate, labelled, held, copies, key, deadline, trials.finished)

    def done(number: int, one: Compared) -> None:
        row = row_of(one.candidate.name, calibrated(one), labelled, held, 0.0, one.seconds)
        on_event(LabelCandidateDone(row, number, len(candidates)))

    return trials.each(candidates, one, done)


def calibrated(one: Compared) -> Float[np.ndarray, "held label"]:
    """Return its log probabilities, divided by its temperature and normalised."""
    return tempered(one.log_probs, one.temperature)


def row_of(
    name: str,
    log_probs: Float[np.ndarray, "held label"],
    labelled: Labelled,
    held: Sequence[np.ndarray],
    weight: float,
    seconds: float,
) -> LabelRow:
    """Return the row of the leaderboard for these probabilities."""
    score = score_of(log_probs, labelled, held)
    return LabelRow(name, score.accuracy, score.macro_f1, score.log_loss, weight, seconds)


def score_of(
    log_probs: Float[np.ndarray, "held label"], labelled: Labelled, held: Sequence[np.ndarray]
) -> LabelScore:
    """Return the score of these probabilities for the held-out examples."""
    return label_score(log_probs, labelled.labels[np.concatenate(held)], labelled.names)


def _compared(
    candidate: LabelCandidate,
    labelled: Labelled,
    held: Sequence[np.ndarray],
    copies: float,
    key: Key,
    deadline: Deadline,
    finished: FinishedParts,
) -> Compared:
    began = deadline.clock()
    read = candidate.read(labelled)
    strengths = candidate.strengths
    parts: list[list[np.ndarray]] = [[] for _ in strengths]

    def judged(each: np.ndarray) -> list[np.ndarray]:
        train = training_part(read, np.setdiff1d(np.arange(len(read)), each))
        models = list(candidate.fit(train, strengths, key, deadline))
        return path_log_probs(models, read.take(each).inputs)

    for number, each in enumerate(held):
        deadline()
        fold = finished.arrays(f"{candidate.name}-{number}", partial(judged, each))
        for part, said in zip(parts, fold, strict=True):
            part.append(said)
        deadline()
        each_fold = (deadline.clock() - began) / len(parts[0])
        if began + each_fold * (len(held) + 1) > deadline.end:  # no time to fit it on all
            raise OutOfTime
    labels = labelled.labels[np.concatenate(held)]
    tried = [np.concatenate(part) for part in parts]
    temperatures = [temperature_of(said, labels, copies) for said in tried]
    losses = [
        -tempered(said, heat)[np.arange(len(labels)), labels].mean()
        for said, heat in zip(tried, temperatures, strict=True)
    ]
    best = int(np.argmin(losses))
    return Compared(
        candidate, strengths[best], tried[best], temperatures[best], deadline.clock() - began
    )


def training_part(labelled: Labelled, places: Int[np.ndarray, " chosen"]) -> Labelled:
    """Return the examples at these places; tokens get a vocabulary built from them alone."""
    part = labelled.take(places)
    if not isinstance(part.inputs, Tokens):
        return part
    inputs = part.inputs.with_vocabulary(part.inputs.occurring())
    return Labelled(inputs, part.labels, part.names)


def fitted_on_all(one: Compared, labelled: Labelled, key: Key, deadline: Deadline) -> LabelModel:
    """Return the candidate fitted on all examples, with its best strength."""
    every = training_part(one.candidate.read(labelled), np.arange(len(labelled)))
    return next(one.candidate.fit(every, (one.strength,), key, deadline))
