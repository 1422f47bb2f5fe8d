"""Evaluation of predicted tags as plain values: scores with bootstrap intervals, and the
baseline."""

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from ..data import Tagged
from ._judged import by_label, calibration
from ._tag_model import SaidTags, TagModel, tag_score, whole_right

DRAWS = 1_000
"""Resamples of the bootstrap."""


def judged_tags(
    model: TagModel, tagged: Tagged, baseline: TagModel | None, *, seed: int = 0
) -> dict[str, Any]:
    """Return the scores of predicted tags: `measures` (accuracy over words, over words that were
    not in the training text, and over sentences with all tags correct; macro-F1; log loss in nats
    per word; each with a 95 % interval by resampling sentences, drawn with `seed`, and the score of
    the baseline), `tags` (words, precision, recall and F1 of each), `confusion`, and `calibration`
    as for labels.

    Without a baseline, its column is NaN; a score without any words or sentences is NaN.
    """
    said, lengths = model.said_of(tagged), tagged.inputs.lengths
    score = tag_score(said, lengths, model.names)
    filled, names = int((lengths > 0).sum()), len(model.names)
    once = np.ones((1, filled), np.int64)
    draws = np.random.default_rng(seed).multinomial(filled, np.full(filled, 1 / filled), DRAWS)
    values = _measures(said, lengths, names, once)
    drawn = _measures(said, lengths, names, draws)
    beside = None
    if baseline is not None:
        beside = _measures(baseline.said_of(tagged), lengths, names, once)
    return {
        "measures": [
            {
                "measure": name,
                "value": float(values[name][0]),
                "low": _quantile(drawn[name], 0.025),
                "high": _quantile(drawn[name], 0.975),
                "baseline": float("nan") if beside is None else float(beside[name][0]),
            }
            for name in values
        ],
        "tags": [
            {"tag": row.pop("label"), "words": row.pop("examples"), **row}
            for row in by_label(score.words)
        ],
        "confusion": score.words.confusion,
        "calibration": calibration(said.log_probs, said.true),
    }


def _quantile(values: np.ndarray, level: float) -> float:
    known = values[np.isfinite(values)]
    return float(np.quantile(known, level)) if len(known) else float("nan")


def _measures(
    said: SaidTags,
    lengths: Int[np.ndarray, " sequence"],
    tags: int,
    counts: Int[np.ndarray, "draw filled"],
) -> dict[str, Float[np.ndarray, " draw"]]:
    """Each score if every nonempty sentence occurs `counts` times."""
    filled = lengths[lengths > 0]
    begins = np.cumsum(filled) - filled
    right = said.predicted == said.true
    loss = -said.log_probs[np.arange(len(right)), said.true]

    def total(values: np.ndarray) -> np.ndarray:
        return counts @ np.add.reduceat(values.astype(float), begins)

    words, unknown = total(np.ones(len(right))), total(said.unknown)
    with np.errstate(divide="ignore", invalid="ignore"):
        f1 = _macro_f1(said, filled, tags, counts)
        return {
            "accuracy": total(right) / words,
            "unknown_words": total(right & said.unknown) / unknown,
            "whole_sentences": counts @ whole_right(right, lengths) / counts.sum(axis=1),
            "macro_f1": f1,
            "log_loss": total(loss) / words,
        }


def _macro_f1(
    said: SaidTags, filled: np.ndarray, tags: int, counts: np.ndarray
) -> Float[np.ndarray, " draw"]:
    """The mean of F1 over the tags that occur or are predicted."""
    sentence = np.repeat(np.arange(len(filled)), filled)
    sums = []
    for kept, tag in (
        (said.predicted == said.true, said.true),
        (np.ones(len(sentence), bool), said.true),
        (np.ones(len(sentence), bool), said.predicted),
    ):
        cells = sentence[kept] * tags + tag[kept]
        table = np.bincount(cells, minlength=len(filled) * tags).reshape(len(filled), tags)
        sums.append(counts @ table)
    both = sums[1] + sums[2]
    return np.nanmean(np.where(both > 0, 2 * sums[0] / both, np.nan), axis=1)
