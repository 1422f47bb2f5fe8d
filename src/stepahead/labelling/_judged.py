"""Evaluation of predicted labels as plain values: scores with bootstrap intervals, calibration, and
the baseline."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from ..data import Labelled, Panel, Sequences
from ._label_score import LabelScore, label_indices, label_score

if TYPE_CHECKING:
    from ._label_predictor import LabelPredictor

DRAWS, BINS = 1_000, 10
"""Resamples of the bootstrap, and bins of the calibration."""


def judged_labels(
    log_probs: Float[np.ndarray, "example label"],
    labels: Int[np.ndarray, " example"],
    names: tuple[str, ...],
    *,
    seed: int = 0,
) -> dict[str, Any]:
    """Return the scores of predicted labels: `measures` (accuracy, macro-F1, log loss in nats,
    expected calibration error and for two labels the AUROC, each with a 95 % bootstrap interval,
    drawn with `seed`, and the score of the baseline), `labels` (examples, precision, recall and F1
    of each of the `names`), `confusion` and `calibration`.

    The baseline predicts every label with its share among these examples.

    >>> said, true = np.log([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]), np.array([0, 1, 1])
    >>> found = judged_labels(said, true, ("no", "yes"))["measures"][0]
    >>> found["measure"], round(found["value"], 3), round(found["baseline"], 3)
    ('accuracy', 0.667, 0.667)
    """
    score = label_score(log_probs, labels, names)
    shares = np.bincount(labels, minlength=len(names)) / len(labels)
    flat = np.tile(np.log(np.maximum(shares, 1e-300)), (len(labels), 1))
    base = label_score(flat, labels, names)
    draws = np.random.default_rng(seed).integers(len(labels), size=(DRAWS, len(labels)))
    low, high = _intervals(log_probs, labels, len(names), draws)
    values, beside = _values(score, log_probs, labels), _values(base, flat, labels)
    measures = [
        {
            "measure": name,
            "value": value,
            "low": low.get(name, float("nan")),
            "high": high.get(name, float("nan")),
            "baseline": beside.get(name, 0.5),
        }
        for name, value in values.items()
    ]
    return {
        "measures": measures,
        "labels": by_label(score),
        "confusion": score.confusion,
        "calibration": calibration(log_probs, labels),
    }


SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)
"""The shares of each sequence that are read in early classification."""


def judged_early(fitted: "LabelPredictor", labelled: Labelled) -> list[dict[str, float]]:
    """Return accuracy and log loss when the first `share` of each sequence is read, at least one
    step, for each of `SHARES`.

    The classifier was trained on whole sequences, so it may be overconfident for small shares.
    """
    labels = label_indices(labelled, fitted.names)
    found = []
    for share in SHARES:
        score = label_score(
            fitted.log_probs(first_part(labelled.inputs, share)), labels, fitted.names
        )
        found.append({"share": share, "accuracy": score.accuracy, "log_loss": score.log_loss})
    return found


def first_part(inputs: Sequences, share: float) -> Sequences:
    """Return the first ⌈share · length⌉ steps of every sequence.

    >>> from stepahead.data import Tokens
    >>> first_part(Tokens.from_texts(["a b c d", "e"]), 0.3).texts()
    ('a b', 'e')
    """
    kept = np.maximum(np.ceil(share * inputs.lengths - 1e-9).astype(np.int64), 1)
    kept = np.minimum(kept, inputs.lengths)
    if isinstance(inputs, Panel):
        return inputs.slice(np.zeros_like(kept), kept)
    offsets = np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)
    rows = np.arange(offsets[-1]) + np.repeat(inputs.offsets[:-1] - offsets[:-1], kept)
    return replace(inputs, ids=inputs.ids[rows], offsets=offsets)


def by_label(score: LabelScore) -> list[dict[str, Any]]:
    """Return the number of examples, precision, recall and F1 of every label; NaN for a label that
    is never predicted or has no example."""
    right, true = np.diag(score.confusion), score.confusion.sum(axis=1)
    predicted = score.confusion.sum(axis=0)
    return [
        {
            "label": name,
            "examples": int(true[place]),
            "precision": right[place] / predicted[place] if predicted[place] else float("nan"),
            "recall": right[place] / true[place] if true[place] else float("nan"),
            "f1": float(score.f1[place]),
        }
        for place, name in enumerate(score.names)
    ]


def calibration(
    log_probs: Float[np.ndarray, "example label"], labels: Int[np.ndarray, " example"]
) -> list[dict[str, Any]]:
    """Return for `BINS` ranges of the probability of the predicted label: its mean, the share of
    correct predictions, and the number of examples; empty ranges are left out."""
    sure, right = np.exp(log_probs.max(axis=1)), log_probs.argmax(axis=1) == labels
    place = np.minimum((sure * BINS).astype(int), BINS - 1)
    return [
        {
            "probability": float(sure[place == each].mean()),
            "right": float(right[place == each].mean()),
            "examples": int((place == each).sum()),
        }
        for each in np.unique(place)
    ]


def calibration_error(
    log_probs: Float[np.ndarray, "example label"], labels: Int[np.ndarray, " example"]
) -> float:
    """Return the expected calibration error: the mean distance between the probability of the
    predicted label and the share of correct predictions, over `BINS` ranges of that probability.

    >>> calibration_error(np.log(np.tile([[0.75, 0.25]], (4, 1))), np.array([0, 0, 0, 1]))
    0.0
    """
    rows = calibration(log_probs, labels)
    gaps = [row["examples"] * abs(row["probability"] - row["right"]) for row in rows]
    return float(round(sum(gaps) / len(labels), 12))


def _values(score: LabelScore, log_probs: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    found = {
        "accuracy": score.accuracy,
        "macro_f1": score.macro_f1,
        "log_loss": score.log_loss,
        "calibration_error": calibration_error(log_probs, labels),
    }
    return found if score.auroc is None else {**found, "auroc": score.auroc}


def _intervals(
    log_probs: np.ndarray, labels: np.ndarray, count: int, draws: np.ndarray
) -> tuple[dict[str, float], dict[str, float]]:
    """The 2.5 and 97.5 % quantiles of accuracy, macro-F1 and log loss over resampled examples."""
    predicted = log_probs.argmax(axis=1)
    right, loss = predicted == labels, -log_probs[np.arange(len(labels)), labels]
    cell, f1 = labels * count + predicted, []
    for drawn in draws:
        confusion = np.bincount(cell[drawn], minlength=count**2).reshape(count, count)
        both = confusion.sum(axis=0) + confusion.sum(axis=1)
        f1.append((2 * np.diag(confusion) / np.maximum(both, 1))[both > 0].mean())
    drawn_values = {
        "accuracy": right[draws].mean(axis=1),
        "macro_f1": np.array(f1),
        "log_loss": loss[draws].mean(axis=1),
    }
    ends = {name: np.quantile(found, [0.025, 0.975]) for name, found in drawn_values.items()}
    low = {name: float(end[0]) for name, end in ends.items()}
    return low, {name: float(end[1]) for name, end in ends.items()}
