"""Sentences on the choice of a classifier: its members, how they were compared, what was left
out."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from ..._check import counted
from ...data import Labelled
from ...labelling import LabelCombination
from .._held_out import chosen_in_words, repeats_in_words
from ._comparison import Compared, LabelTrials, calibrated

MOST_FREQUENT, SURE = "most-frequent", 1.64
"""The name of the baseline, and the standard errors by which a classifier is better than it."""


def reason(
    model: LabelCombination,
    labelled: Labelled,
    groups: Int[np.ndarray, " example"],
    held: Sequence[np.ndarray],
    trials: LabelTrials,
    better: bool,
) -> str:
    """A sentence on the members with their weights, how they were compared, and what was left
    out."""
    judged = counted(len(np.unique(np.concatenate(held))), "example")
    sizes = len(held), len(labelled)
    parts = [
        chosen_in_words("classifier", model.chosen, model.weights, judged, *sizes),
        *repeats_in_words(groups, "example", "sequences"),
    ]
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


def reason_uncompared(name: str, groups: Int[np.ndarray, " example"]) -> str:
    """A sentence on a choice without a comparison: nothing can be held out."""
    if len(groups) > 2 and not groups.any():
        return (
            f"All {counted(len(groups), 'sequence')} are equal, so nothing in them tells the "
            "labels apart: each gets the label frequencies."
        )
    return (
        f"No label has two different sequences, so nothing could be compared: {name} is used, and "
        "its accuracy is not known. Give more examples of every label."
    )


def better_than_frequencies(
    honest: Float[np.ndarray, "held label"],
    every: Sequence[Compared],
    labelled: Labelled,
    held: Sequence[np.ndarray],
) -> bool:
    """True if the log probabilities of the true labels are significantly above those of the label
    frequencies: by `SURE` standard errors of the mean over examples. True without a baseline."""
    base = next((one for one in every if one.candidate.name == MOST_FREQUENT), None)
    if base is None:
        return True
    examples = np.concatenate(held)
    labels = labelled.labels[examples]
    each = np.arange(len(labels))
    gains = np.bincount(examples, honest[each, labels] - calibrated(base)[each, labels])
    gains = gains[np.unique(examples)] / np.bincount(examples)[np.unique(examples)]
    return bool(gains.mean() > SURE * gains.std() / np.sqrt(len(gains)))
