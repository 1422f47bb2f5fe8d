"""`auto_tag`: compare taggers on held-out sentences, and combine the good ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from ... import store
from ..._check import Refusal, counted, options_known
from ..._types import Key
from ...data import Tagged
from ...labelling import (
    FIRST_TAG,
    FrequentTagModel,
    SaidTags,
    TagCombination,
    TagModel,
    TagScore,
    tag_score,
)
from ...ops import seed_of
from .._deadline import OutOfTime
from .._held_out import FinishedParts, chosen_in_words, repeats_in_words
from .._mixing import cross_fitted, member_temperatures, member_weights, with_last_temperature
from ._candidates import BASELINE, TagCandidate, tag_candidates
from ._comparison import (
    ComparedTagger,
    TagCandidateDone,
    TagRow,
    TagTrials,
    compare_taggers,
    row_of,
    training_part,
)
from ._sentences import held_out, in_own_order

COMBINATION = "combination"
"""The name of the weighted mean of the models in the leaderboard."""

MOST_WEIGHED = 20_000
"""The most held-out words from which weights and temperatures are fitted."""


@dataclass(frozen=True, eq=False)
class TagChoice:
    """The result of `auto_tag`: the tagger, the leaderboard (best first, by log loss), the score of
    the tagger on held-out sentences (None if nothing could be held out), a sentence that gives the
    reason, and whether Ctrl-C ended the comparison."""

    model: TagCombination
    leaderboard: tuple[TagRow, ...]
    score: TagScore | None
    sentence: str
    interrupted: bool = False


@options_known()
def auto_tag(
    tagged: Tagged,
    *,
    key: Key,
    clock: Callable[[], float],
    budget: float = 120.0,
    choose_from: Callable[[Tagged], tuple[TagCandidate, ...]] = tag_candidates,
    on_event: Callable[[TagCandidateDone], None] = lambda event: None,
    checkpoint: Path | None = None,
) -> TagChoice:
    """Compare taggers on held-out sentences, then fit the good ones on all sentences and combine
    them.

    Every candidate is evaluated by cross-validation: in five folds for up to 300 distinct
    sentences, three up to 3,000, above that on a tenth. Equal sentences are in one fold, and the
    order of the sentences has no effect. The result is the mean of the candidates' calibrated
    probabilities for each word, weighted to maximise the likelihood of held-out tags; if a single
    candidate is better, it is used alone. Weights are evaluated on sentences that did not choose
    them.

    `budget` bounds the seconds of `clock`, the last fits included: a candidate that cannot be done
    in time, by its own speed, is named and left out. The first two are not limited. `choose_from`
    is a function from the sentences to the candidates; `on_event` receives a `TagCandidateDone` for
    each. Ctrl-C ends the comparison and keeps what was compared; during the last fits it keeps the
    models of the comparison. With `checkpoint`, a folder, finished folds are saved there: the same
    call continues after an interruption, and ends with the same tagger. The folder is deleted at
    the end. A single tag is refused.

    >>> from stepahead.data import Tokens
    >>> texts, tags = ["the dog runs", "a cat sits", "a dog sits"], ["D N V"] * 3
    >>> tagged = Tagged(Tokens.from_texts(texts), Tokens.from_texts(tags))
    >>> found = auto_tag(tagged, key=0, clock=lambda: 0.0)
    >>> found.model.tag("the cow sits").texts()
    ('D N V',)
    """
    if not len(tagged.inputs.ids):
        raise Refusal("There are no words to learn from. Give at least one tagged sentence.")
    own, groups = in_own_order(tagged)
    _check_tags(own)
    held = held_out(groups, seed_of(key))
    candidates = choose_from(own)
    run = "" if checkpoint is None else _run(own, candidates, key, budget)
    finished = FinishedParts(checkpoint, run, clock)
    trials = TagTrials(finished, clock() + budget)
    baseline = BASELINE.fit(own, key, lambda share: None)
    assert isinstance(baseline, FrequentTagModel)
    if not held:
        return _uncompared(candidates[0], own, key, baseline)
    found = compare_taggers((BASELINE, *candidates), own, held, key, trials, on_event)
    if len(found) < 2:
        raise trials.nothing_compared("tagger")
    base, rivals = found[0], found[1:]
    mixed = _mixed_on_held_out(rivals, own, held)
    members = _members(rivals, mixed.weights, own, key, trials)
    model = TagCombination(
        tuple(members[int(place)] for place in np.flatnonzero(mixed.weights)),
        tuple(rivals[place].candidate.name for place in np.flatnonzero(mixed.weights)),
        mixed.weights[mixed.weights > 0],
        mixed.temperatures,
        baseline,
        baseline.words,
        baseline.tags,
    )
    weights = [0.0, *mixed.weights.tolist()]
    rows = [
        row_of(one.candidate.name, one.said, own, held, weight, one.seconds)
        for one, weight in zip((base, *rivals), weights, strict=True)
    ]
    total = sum(one.seconds for one in found)
    if len(model.members) > 1:
        rows.append(row_of(COMBINATION, mixed.said, own, held, 1.0, total))
    rows.sort(key=lambda row: row.log_loss)
    lengths = own.inputs.lengths[np.concatenate(held)]
    score = tag_score(mixed.said, lengths, baseline.names)
    if not trials.interrupted:
        finished.delete()
    sentence = _sentence(model, own, groups, held, trials)
    return TagChoice(model, tuple(rows), score, sentence, trials.interrupted)


def _run(own: Tagged, candidates: Sequence[TagCandidate], key: Key, budget: float) -> str:
    """The identity of a comparison: its sentences, candidates, key and budget, by value."""
    return store.identity(own.inputs, own.tags, [one.name for one in candidates], key, budget)


def _check_tags(own: Tagged) -> None:
    names = own.tags.vocabulary.words[FIRST_TAG:]
    if len(names) == 1:
        raise Refusal(
            f"Every word has the tag '{names[0]}', so there is nothing to learn. Give words of two "
            "tags or more."
        )


@dataclass(frozen=True, eq=False)
class _Mixed:
    """Weights of all candidates; temperatures of those with a weight, and of their mean; and the
    predictions of the combination for held-out words, with weights from other sentences."""

    weights: Float[np.ndarray, " candidate"]
    temperatures: Float[np.ndarray, " member_and_all"]
    said: SaidTags


def _mixed_on_held_out(
    rivals: Sequence[ComparedTagger], tagged: Tagged, held: Sequence[np.ndarray]
) -> _Mixed:
    said = [one.said.log_probs for one in rivals]
    true = rivals[0].said.true
    some = np.unique(np.linspace(0, len(true) - 1, MOST_WEIGHED).round().astype(int))
    known = [one[some] for one in said]
    each = member_temperatures(known, true[some])
    weights = member_weights(known, each, true[some])
    kept = np.flatnonzero(weights)
    heats = with_last_temperature(
        [known[place] for place in kept], weights[kept], each[kept], true[some]
    )
    parts = _word_parts(tagged, held)
    honest = cross_fitted([said[place] for place in kept], true, parts)
    predicted = honest.argmax(axis=1) if len(kept) > 1 else rivals[kept[0]].said.predicted
    unknown = rivals[0].said.unknown
    return _Mixed(weights, heats, SaidTags(predicted, honest, true, unknown))


def _word_parts(tagged: Tagged, held: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The indices of the held-out words of each fold; a single fold is divided into halves between
    sentences."""
    folds = list(held)
    if len(folds) == 1 and len(folds[0]) > 1:
        folds = np.array_split(folds[0], 2)
    counts = [int(tagged.inputs.lengths[fold].sum()) for fold in folds]
    ends = np.cumsum([0, *counts])
    return [np.arange(ends[n], ends[n + 1]) for n in range(len(counts))]


def _members(
    rivals: Sequence[ComparedTagger],
    weights: np.ndarray,
    tagged: Tagged,
    key: Key,
    trials: TagTrials,
) -> dict[int, TagModel]:
    """The candidates with a weight, fitted on all sentences, largest weight first and that one
    without a time limit. One that runs out of time, or is interrupted, keeps the model of the
    comparison."""
    models: dict[int, TagModel] = {}
    every = training_part(tagged, np.arange(len(tagged)))
    for rank, place in enumerate(np.argsort(-weights, kind="stable")):
        if not weights[place]:
            continue
        one = rivals[place]
        model: TagModel | None = None
        try:
            pace = trials.pace(1.0) if rank else (lambda share: None)
            model = None if trials.interrupted else one.candidate.fit(every, key, pace)
        except OutOfTime:
            trials.left_out[one.candidate.name] = "for lack of time in the last fit"
        except KeyboardInterrupt:
            trials.interrupted = True
        models[int(place)] = model or one.last()
    return models


def _uncompared(
    candidate: TagCandidate, tagged: Tagged, key: Key, baseline: FrequentTagModel
) -> TagChoice:
    """The first candidate, if no sentences can be held out."""
    member = candidate.fit(tagged, key, lambda share: None)
    sizes = (np.ones(1), np.ones(2))
    model = TagCombination(
        (member,), (candidate.name,), *sizes, baseline, baseline.words, baseline.tags
    )
    sentence = (
        f"There is one sentence alone, so nothing could be compared: {candidate.name} is used, and "
        "how often it is right is not known. Give more sentences."
    )
    return TagChoice(model, (), None, sentence)


def _sentence(
    model: TagCombination,
    tagged: Tagged,
    groups: np.ndarray,
    held: Sequence[np.ndarray],
    trials: TagTrials,
) -> str:
    """A sentence on the members with their weights, how they were compared, and what was left
    out."""
    judged = counted(len(np.concatenate(held)), "sentence")
    sizes = len(held), len(tagged)
    parts = [
        chosen_in_words("tagger", model.chosen, model.weights, judged, *sizes),
        *repeats_in_words(groups, "sentence", "sentences"),
    ]
    return " ".join([*parts, *trials.closing()])
