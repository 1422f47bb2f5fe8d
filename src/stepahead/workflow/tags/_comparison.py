"""Comparison of taggers on held-out sentences."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from ..._types import Key
from ...data import Tagged
from ...labelling import FIRST_TAG, SaidTags, TagModel, tag_score
from .._deadline import OutOfTime
from .._held_out import HeldOutTrials
from ._candidates import TagCandidate


class TagRow(NamedTuple):
    """One row of the leaderboard: the share of correct tags among all held-out words and among
    words unknown to the training part (NaN if there are none); the share of sentences with all tags
    correct; log loss in nats; the weight in the combination, and seconds taken."""

    name: str
    accuracy: float
    unknown: float
    sentences: float
    log_loss: float
    weight: float
    seconds: float


class TagCandidateDone(NamedTuple):
    """Event: one candidate has been compared."""

    row: TagRow
    number: int
    candidates: int


@dataclass(frozen=True, eq=False)
class ComparedTagger:
    """A candidate, its predictions for the held-out words, fold by fold, and a function that
    returns the model of the last fold."""

    candidate: TagCandidate
    said: SaidTags
    last: Callable[[], TagModel]
    seconds: float


@dataclass(eq=False)
class TagTrials(HeldOutTrials):
    """The state of a comparison of taggers."""

    def pace(self, fits: float, *, reserved: float = 0.0) -> Callable[[float], None]:
        """Return a callback for the share of a fit that is done. It raises `OutOfTime` as soon as
        `fits` such fits, at the present speed, would exceed the time left without `reserved`
        seconds."""
        began = self.clock()

        def check(share: float) -> None:
            taken = self.clock() - began
            if began + max(taken, taken / share * fits) > self.end - reserved:
                raise OutOfTime

        return check


def compare_taggers(
    candidates: Sequence[TagCandidate],
    tagged: Tagged,
    held: Sequence[np.ndarray],
    key: Key,
    trials: TagTrials,
    on_event: Callable[[TagCandidateDone], None],
) -> list[ComparedTagger]:
    """Fit every candidate without each fold and evaluate it on that fold, within its time limit.
    The first two have no limit. Ctrl-C ends the comparison once two are compared."""

    def one(number: int, candidate: TagCandidate, found: list[ComparedTagger]) -> ComparedTagger:
        reserved = sum(one.seconds for one in found) / len(held) if number > 1 else -np.inf
        if trials.clock() + candidate.least * (len(held) + 1) > trials.end - reserved:
            raise OutOfTime  # not even started
        return _compared(candidate, tagged, held, key, trials, reserved)

    def done(number: int, one: ComparedTagger) -> None:
        row = row_of(one.candidate.name, one.said, tagged, held, 0.0, one.seconds)
        on_event(TagCandidateDone(row, number, len(candidates)))

    return trials.each(candidates, one, done)


def _compared(
    candidate: TagCandidate,
    tagged: Tagged,
    held: Sequence[np.ndarray],
    key: Key,
    trials: TagTrials,
    reserved: float,
) -> ComparedTagger:
    began, parts = trials.clock(), []
    models: dict[int, TagModel] = {}

    def fitted(number: int, on_share: Callable[[float], None]) -> TagModel:
        rest = np.setdiff1d(np.arange(len(tagged)), held[number])
        models[number] = candidate.fit(training_part(tagged, rest), key, on_share)
        return models[number]

    def judged(number: int) -> SaidTags:
        pace = trials.pace(len(held) - number + 1, reserved=reserved)
        return fitted(number, pace).said_of(tagged.take(held[number]))

    def last() -> TagModel:
        number = len(held) - 1
        return models.get(number) or fitted(number, lambda share: None)

    for number in range(len(held)):
        name = f"{candidate.name}-{number}"
        parts.append(SaidTags(*trials.finished.arrays(name, partial(judged, number))))
    said = SaidTags(*(np.concatenate(values) for values in zip(*parts, strict=True)))
    return ComparedTagger(candidate, said, last, trials.clock() - began)


def training_part(tagged: Tagged, places: Int[np.ndarray, " chosen"]) -> Tagged:
    """Return the sentences at these places. Words get a vocabulary built from them alone; tags keep
    theirs."""
    part = tagged.take(places)
    return Tagged(part.inputs.with_vocabulary(part.inputs.occurring()), part.tags)


def row_of(
    name: str,
    said: SaidTags,
    tagged: Tagged,
    held: Sequence[np.ndarray],
    weight: float,
    seconds: float,
) -> TagRow:
    """Return the row of the leaderboard for these predicted tags of held-out words."""
    score = tag_score(
        said, tagged.inputs.lengths[np.concatenate(held)], tagged.tags.vocabulary.words[FIRST_TAG:]
    )
    unknown = float("nan") if score.unknown is None else score.unknown.accuracy
    return TagRow(
        name, score.accuracy, unknown, score.sequences, score.words.log_loss, weight, seconds
    )
