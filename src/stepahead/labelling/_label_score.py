"""Scores of predicted labels: accuracy, F1, log loss, the confusion matrix, the area under the ROC
curve."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from .._check import Refusal
from ..data import Labelled


@dataclass(frozen=True, eq=False)
class LabelScore:
    """Scores of predicted labels. `confusion[i, j]` counts examples of true label i predicted as j.
    `log_loss` is the mean −log p(true label), in nats. `auroc` is the area under the ROC curve if
    there are two labels, else None."""

    names: tuple[str, ...]
    confusion: Int[np.ndarray, "label label"]
    log_loss: float
    auroc: float | None = None

    @property
    def accuracy(self) -> float:
        """The share of correct predictions."""
        return float(np.trace(self.confusion) / self.confusion.sum())

    @property
    def f1(self) -> Float[np.ndarray, " label"]:
        """F1 of every label, 2 · correct / (predicted + true); NaN for a label that neither occurs
        nor is predicted."""
        both = self.confusion.sum(axis=0) + self.confusion.sum(axis=1)
        return np.where(both > 0, 2 * np.diag(self.confusion) / np.maximum(both, 1), np.nan)

    @property
    def macro_f1(self) -> float:
        """The unweighted mean of F1 over the labels that occur or are predicted."""
        return float(np.nanmean(self.f1))

    def __repr__(self) -> str:
        area = "" if self.auroc is None else f", auroc={self.auroc:.4f}"
        return (
            f"LabelScore(accuracy={self.accuracy:.4f}, macro_f1={self.macro_f1:.4f},"
            f" log_loss={self.log_loss:.4f}{area})"
        )


def label_score(
    log_probs: Float[np.ndarray, "example label"],
    labels: Int[np.ndarray, " example"],
    names: tuple[str, ...],
) -> LabelScore:
    """Return the scores of log probabilities for true labels, which are indices of `names`; the
    prediction is the most probable label.

    >>> log_probs = np.log([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    >>> label_score(log_probs, np.array([0, 1, 1]), ("no", "yes"))
    LabelScore(accuracy=0.6667, macro_f1=0.6667, log_loss=0.4149, auroc=1.0000)
    """
    if not len(labels):
        raise Refusal("There is nothing to evaluate. Give at least one example.")
    confusion = np.zeros((len(names), len(names)), np.int64)
    np.add.at(confusion, (labels, log_probs.argmax(axis=1)), 1)
    loss = -float(np.mean(np.take_along_axis(log_probs, labels[:, None], axis=1), dtype=np.float64))
    two = len(names) == 2 and 0 < labels.sum() < len(labels)
    area = auroc(log_probs[:, 1] - log_probs[:, 0], labels == 1) if two else None
    return LabelScore(names, confusion, loss, area)


def auroc(scores: Float[np.ndarray, " example"], positive: np.ndarray) -> float:
    """Return P(score of a positive > score of a negative), a tie counting half: the area under the
    ROC curve (Mann & Whitney's U).

    >>> auroc(np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, False, True, True]))
    0.875
    """
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]  # the mean rank of those that are tied
    positives, negatives = int(positive.sum()), int((~positive).sum())
    return float(
        (ranks[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives)
    )


def label_indices(labelled: Labelled, names: tuple[str, ...]) -> Int[np.ndarray, " sequence"]:
    """Return the labels as indices into other `names`; refuse a label that occurs and is not among
    them."""
    if labelled.names == names:
        return labelled.labels
    return Labelled.of(
        labelled.inputs, [labelled.names[label] for label in labelled.labels], names
    ).labels
