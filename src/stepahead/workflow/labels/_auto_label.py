"""`auto_label`: compare classifiers by cross-validation, and combine the good ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from ... import store
from ..._check import Refusal, counted, options_known
from ..._types import Key
from ...data import Labelled, Panel
from ...labelling import LabelCombination, LabelModel, LabelScore
from .._deadline import Deadline, OutOfTime
from .._held_out import chosen_in_words, seed_of
from .._mixing import copies_of, cross_fitted, member_weights, with_last_temperature
from ._candidates import LabelCandidate, label_candidates
from ._comparison import (
    Compared,
    LabelCandidateDone,
    LabelRow,
    LabelTrials,
    calibrated,
    compare_labels,
    fitted_on_all,
    row_of,
    score_of,
)
from ._finished import FinishedParts
from ._folds import folds, in_own_order

COMBINATION = "combination"
"""The name of the weighted mean of the models in the leaderboard."""

MOST_FREQUENT, SURE = "most-frequent", 1.64
"""The name of the baseline, and the number of standard errors by which a classifier must be
better."""

MOST_KEPT = 2_000
"""The most held-out probabilities that are kept for prediction sets of labels."""


@dataclass(frozen=True, eq=False)
class LabelChoice:
    """The result of `auto_label`: the classifier, the leaderboard (best first, by log loss), the
    score of the combination on held-out examples (None if nothing could be compared), a sentence
    that gives the reason, and whether Ctrl-C ended the comparison."""

    model: LabelCombination
    leaderboard: tuple[LabelRow, ...]
    score: LabelScore | None
    sentence: str
    interrupted: bool = False


@options_known()
def auto_label(
    labelled: Labelled,
    *,
    key: Key,
    clock: Callable[[], float],
    budget: float = 60.0,
    choose_from: Callable[[Labelled], tuple[LabelCandidate, ...]] = label_candidates,
    on_event: Callable[[LabelCandidateDone], None] = lambda event: None,
    checkpoint: Path | None = None,
) -> LabelChoice:
    """Compare classifiers by cross-validation, then fit the good ones on all examples and combine
    them.

    Every candidate is evaluated by cross-validation: five folds twice for up to 200 examples, five
    up to 2,000, three up to 20,000, above that on a fifth. Equal sequences are in one fold, and the
    order of the examples has no effect. The result is the mean of the candidates' calibrated
    probabilities (`labelling.temperature_of`), weighted to maximise the likelihood of held-out
    labels (`models.mixing_weights`). The combination is evaluated with weights and temperatures
    from the other folds, so no example evaluates weights that it helped to choose.

    `budget` bounds the seconds of `clock`, the last fits included: a candidate may take half of the
    time left, and one that is not done is named and left out. The first is not limited. Ctrl-C ends
    the comparison and keeps what was compared. A single label is refused. `choose_from` is a
    function from the examples to the candidates; `on_event` receives a `LabelCandidateDone` for
    each. With `checkpoint`, a folder, finished folds are saved there: the same call continues after
    an interruption, and ends with the same model. The folder is deleted at the end.

    >>> import numpy as np, stepahead as sa
    >>> rises = [np.arange(6) * slope for slope in (1.0, 2, 3, 4, -1, -2, -3, -4)]
    >>> labelled = Labelled.of(sa.Panel.from_arrays(rises), ["up"] * 4 + ["down"] * 4)
    >>> found = auto_label(labelled, key=0, clock=lambda: 0.0)
    >>> found.model.predict(sa.Panel.from_arrays([[0.0, 1.5, 3.0, 4.5]])), found.score.accuracy
    (('up',), 1.0)
    """
    present = np.unique(labelled.labels)
    if len(present) < 2:
        name = labelled.names[int(present[0])] if len(present) else ""
        raise Refusal(
            f"All {counted(len(labelled), 'example')} have the label '{name}', so there is "
            "nothing to classify. Give examples of two labels or more."
        )
    _check_lengths(labelled)
    own, groups = in_own_order(_present_only(labelled, present))
    candidates = choose_from(own)
    finished = FinishedParts(
        checkpoint, "" if checkpoint is None else _run(own, candidates, key, budget), clock
    )
    trials = LabelTrials(finished.clock, clock() + budget, finished=finished)
    held = folds(own.labels, groups, seed_of(key))
    if not held:
        return _uncompared(candidates, own, key, trials)
    copies = copies_of(groups[np.concatenate(held)])
    found = compare_labels(candidates, own, held, copies, key, trials, on_event)
    if not found:
        raise trials.nothing_compared("classifier")
    labels = own.labels[np.concatenate(held)]
    every, found = found, _combinable(found)
    said = [one.log_probs for one in found]
    heats = np.array([one.temperature for one in found])
    weights = member_weights(said, heats, labels, copies)
    honest = cross_fitted(said, labels, held, copies)
    models = _members(found, weights, own, key, trials)
    kept = [place for place, model in enumerate(models) if model is not None]
    parts = [found[place] for place in kept]
    shares = weights[kept] / weights[kept].sum()
    each, said = heats[kept], [one.log_probs for one in parts]
    heats = with_last_temperature(said, shares, each, labels, copies)
    members = tuple(model for model in models if model is not None)
    chosen = tuple(one.candidate.name for one in parts)

    def truth_of(log_probs: np.ndarray) -> Float[np.ndarray, " held"]:
        return log_probs[np.arange(len(labels)), labels]

    truth = _spread(np.exp(truth_of(honest)))
    combined = LabelCombination(members, chosen, shares, heats, truth, own.names)
    rows = [
        row_of(one.candidate.name, calibrated(one), own, held, weight, one.seconds)
        for one, weight in zip(found, weights, strict=True)
    ]
    rows += [
        row_of(one.candidate.name, calibrated(one), own, held, 0.0, one.seconds)
        for one in every
        if one not in found
    ]
    total = sum(one.seconds for one in every)
    if len(found) > 1:
        rows.append(row_of(COMBINATION, honest, own, held, 1.0, total))
    rows.sort(key=lambda row: row.log_loss)
    score = score_of(honest, own, held)
    base = next((one for one in every if one.candidate.name == MOST_FREQUENT), None)
    better = base is None or _tells(truth_of(honest), truth_of(calibrated(base)), held)
    sentence = _sentence(combined, own, groups, held, trials, better)
    if not trials.interrupted:
        finished.delete()
    return LabelChoice(combined, tuple(rows), score, sentence, trials.interrupted)


def _run(own: Labelled, candidates: Sequence[LabelCandidate], key: Key, budget: float) -> str:
    """A digest that identifies a comparison by its examples, candidates, key and budget."""
    tried = [(one.name, one.strengths) for one in candidates]
    inputs = (
        replace(own.inputs, source="", kind="") if isinstance(own.inputs, Panel) else own.inputs
    )
    return store.identity(inputs, own.labels, own.names, tried, key, budget)


def _combinable(found: Sequence[Compared]) -> list[Compared]:
    """All candidates except baselines; baselines too if there is nothing else."""
    return [one for one in found if not one.candidate.baseline] or list(found)


def _check_lengths(labelled: Labelled) -> None:
    empty = np.flatnonzero(labelled.inputs.lengths == 0)
    if len(empty):
        raise Refusal(
            f"Sequence {empty[0] + 1} is empty, so there is nothing to learn from. Leave it out."
        )


def _present_only(labelled: Labelled, present: np.ndarray) -> Labelled:
    """The same examples with only the label names that occur."""
    names = tuple(labelled.names[place] for place in present)
    return Labelled(
        labelled.inputs, np.searchsorted(present, labelled.labels).astype(np.int32), names
    )


def _tells(
    own: Float[np.ndarray, " held"], base: Float[np.ndarray, " held"], held: Sequence[np.ndarray]
) -> bool:
    """True if the log probabilities of the true labels are significantly above those of the label
    frequencies: by `SURE` standard errors of the mean over examples."""
    examples = np.concatenate(held)
    gains = np.bincount(examples, own - base)[np.unique(examples)]
    gains /= np.bincount(examples)[np.unique(examples)]
    return bool(gains.mean() > SURE * gains.std() / np.sqrt(len(gains)))


def _members(
    found: Sequence[Compared],
    weights: np.ndarray,
    labelled: Labelled,
    key: Key,
    trials: LabelTrials,
) -> list[LabelModel | None]:
    """The candidates with a weight, fitted on all examples, largest weight first and that one
    without a time limit; None for the others and for those that run out of time."""
    models: list[LabelModel | None] = [None] * len(found)
    for rank, place in enumerate(np.argsort(-weights, kind="stable")):
        if not weights[place]:
            continue
        limit = np.inf if not rank else max(trials.end, trials.clock() + 1.0)
        try:
            deadline = Deadline(trials.clock, limit)
            models[place] = fitted_on_all(found[place], labelled, key, deadline)
        except OutOfTime:
            trials.left_out[found[place].candidate.name] = "for lack of time in the last fit"
    return models


def _spread(truth: Float[np.ndarray, " held"]) -> Float[np.ndarray, " kept"]:
    """Probabilities in ascending order, at most `MOST_KEPT` of them, evenly spaced."""
    ordered = np.sort(truth)
    if len(ordered) <= MOST_KEPT:
        return ordered
    return ordered[np.linspace(0, len(ordered) - 1, MOST_KEPT).round().astype(int)]


def _uncompared(
    candidates: Sequence[LabelCandidate], labelled: Labelled, key: Key, trials: LabelTrials
) -> LabelChoice:
    """The second candidate (the first if there is only one), if no examples can be held out."""
    candidate = candidates[min(1, len(candidates) - 1)]
    one = Compared(candidate, candidate.strengths[0], np.zeros((0, 0)), 1.0, 0.0)
    member = fitted_on_all(one, labelled, key, Deadline(trials.clock, np.inf))
    combined = LabelCombination(
        (member,), (candidate.name,), np.ones(1), np.ones(2), np.zeros(0), labelled.names
    )
    sentence = (
        f"No label has two different sequences, so nothing could be compared: {candidate.name} "
        "is used, and its accuracy is not known. Give more examples of every label."
    )
    return LabelChoice(combined, (), None, sentence)


def _sentence(
    combined: LabelCombination,
    labelled: Labelled,
    groups: np.ndarray,
    held: Sequence[np.ndarray],
    trials: LabelTrials,
    better: bool,
) -> str:
    """A sentence on the members with their weights, how they were compared, and what was left
    out."""
    judged = counted(len(np.unique(np.concatenate(held))), "example")
    sizes = len(held), len(labelled)
    parts = [chosen_in_words("classifier", combined.chosen, combined.weights, judged, *sizes)]
    equal = len(labelled) - len(np.unique(groups))
    if equal:
        parts.append(
            f"{counted(equal, 'example')} {'repeats' if equal == 1 else 'repeat'} another; "
            "equal sequences are in one fold."
        )
    alone = [
        labelled.names[label]
        for label, times in enumerate(np.bincount(labelled.labels, minlength=len(labelled.names)))
        if times == 1
    ]
    if alone:
        shown = ", ".join(f"'{name}'" for name in alone[:5]) + (" …" if len(alone) > 5 else "")
        parts.append(f"Labels with one example, which cannot be held out: {shown}.")
    if not better:
        parts.append("On these examples it is not reliably better than the label frequencies.")
    return " ".join([*parts, *trials.closing()])
