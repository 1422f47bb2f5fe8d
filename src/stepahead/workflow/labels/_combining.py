"""The combination of compared classifiers: weights from held-out labels, members fitted on all
examples."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ..._types import Key
from ...data import Labelled
from ...labelling import LabelCombination, LabelModel
from .._deadline import Deadline, OutOfTime
from .._mixing import cross_fitted, member_weights, with_last_temperature
from ._comparison import Compared, LabelTrials, fitted_on_all

MOST_KEPT = 2_000
"""The most probabilities of held-out examples that are kept for sets of labels."""


@dataclass(frozen=True, eq=False)
class Combined:
    """The combination, the candidates that could be in it with the weight of each, and what it says
    of held-out examples with weights and temperatures from other folds."""

    model: LabelCombination
    rivals: list[Compared]
    weights: Float[np.ndarray, " candidate"]
    honest: Float[np.ndarray, "held label"]


def combined(
    every: Sequence[Compared],
    labelled: Labelled,
    held: Sequence[np.ndarray],
    copies: float,
    key: Key,
    trials: LabelTrials,
) -> Combined:
    """The candidates weighted by the likelihood of the held-out labels, then fitted on all
    examples. Baselines take part if there is nothing else."""
    found = [one for one in every if not one.candidate.baseline] or list(every)
    labels = labelled.labels[np.concatenate(held)]
    said = [one.log_probs for one in found]
    heats = np.array([one.temperature for one in found])
    weights = member_weights(said, heats, labels, copies)
    honest = cross_fitted(said, labels, held, copies)
    models = _members(found, weights, labelled, key, trials)
    kept = [place for place, model in enumerate(models) if model is not None]
    shares = weights[kept] / weights[kept].sum()
    own = [said[place] for place in kept]
    model = LabelCombination(
        tuple(model for model in models if model is not None),
        tuple(found[place].candidate.name for place in kept),
        shares,
        with_last_temperature(own, shares, heats[kept], labels, copies),
        _spread(np.exp(honest[np.arange(len(labels)), labels])),
        labelled.names,
    )
    return Combined(model, found, weights, honest)


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
