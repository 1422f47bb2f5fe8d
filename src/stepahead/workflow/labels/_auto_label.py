"""`auto_label`: compare classifiers by cross-validation, and combine the good ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Int

from ... import store
from ..._check import options_known
from ..._types import Key
from ...data import Labelled, Panel
from ...labelling import LabelCombination, LabelScore
from ...ops import seed_of
from .._deadline import Deadline
from .._held_out import FinishedParts
from .._mixing import copies_of
from ._candidates import LabelCandidate, label_candidates
from ._combining import Combined, combined
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
from ._folds import folds, in_own_order, usable
from ._reasons import better_than_frequencies, reason, reason_uncompared

COMBINATION = "combination"
"""The name of the weighted mean of the models in the leaderboard."""


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
    own, groups = in_own_order(usable(labelled))
    candidates = choose_from(own)
    run = "" if checkpoint is None else _run(own, candidates, key, budget)
    trials = LabelTrials(FinishedParts(checkpoint, run, clock), clock() + budget)
    held = folds(own.labels, groups, seed_of(key))
    if not held:
        return _uncompared(candidates, own, groups, key, trials)
    copies = copies_of(groups[np.concatenate(held)])
    every = compare_labels(candidates, own, held, copies, key, trials, on_event)
    if not every:
        raise trials.nothing_compared("classifier")
    found = combined(every, own, held, copies, key, trials)
    better = better_than_frequencies(found.honest, every, own, held)
    sentence = reason(found.model, own, groups, held, trials, better)
    if not trials.interrupted:
        trials.finished.delete()
    rows = _leaderboard(found, every, own, held)
    score = score_of(found.honest, own, held)
    return LabelChoice(found.model, rows, score, sentence, trials.interrupted)


def _leaderboard(
    found: Combined, every: Sequence[Compared], own: Labelled, held: Sequence[np.ndarray]
) -> tuple[LabelRow, ...]:
    """A row for every candidate, and one for their combination, best first by log loss."""
    weights = dict(zip((id(one) for one in found.rivals), found.weights.tolist(), strict=True))
    rows = [
        row_of(
            one.candidate.name,
            calibrated(one),
            own,
            held,
            weights.get(id(one), 0.0),
            one.seconds,
        )
        for one in (*found.rivals, *(one for one in every if id(one) not in weights))
    ]
    if len(found.rivals) > 1:
        total = sum(one.seconds for one in every)
        rows.append(row_of(COMBINATION, found.honest, own, held, 1.0, total))
    return tuple(sorted(rows, key=lambda row: row.log_loss))


def _run(own: Labelled, candidates: Sequence[LabelCandidate], key: Key, budget: float) -> str:
    """A digest that identifies a comparison by its examples, candidates, key and budget."""
    tried = [(one.name, one.strengths) for one in candidates]
    inputs = (
        replace(own.inputs, source="", kind="") if isinstance(own.inputs, Panel) else own.inputs
    )
    return store.identity(inputs, own.labels, own.names, tried, key, budget)


def _uncompared(
    candidates: Sequence[LabelCandidate],
    labelled: Labelled,
    groups: Int[np.ndarray, " example"],
    key: Key,
    trials: LabelTrials,
) -> LabelChoice:
    """The second candidate (the first if there is only one, or if all sequences are equal), if no
    examples can be held out."""
    candidate = candidates[min(1, len(candidates) - 1) if groups.any() else 0]
    one = Compared(candidate, candidate.strengths[0], np.zeros((0, 0)), 1.0, 0.0)
    member = fitted_on_all(one, labelled, key, Deadline(trials.clock, np.inf))
    model = LabelCombination(
        (member,), (candidate.name,), np.ones(1), np.ones(2), np.zeros(0), labelled.names
    )
    return LabelChoice(model, (), None, reason_uncompared(candidate.name, groups))
