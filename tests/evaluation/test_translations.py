"""BLEU and chrF: beside what sacrebleu 2.6.0 printed for these lines, and by hand."""

import math

import numpy as np
import pytest

from stepahead import evaluation

FOUND = ["the cat sat on a mat .", "It's 3.5-fold, said he.", "two dogs", "a man (in blue) runs"]
TRUE = [
    "the cat sat on the mat .",
    "It's 3.5-fold, he said.",
    "two dogs play",
    "A man in blue is running!",
]


@pytest.mark.parametrize(
    ("tokenizer", "first", "last", "score"),
    [
        ("13a", 0, 4, 39.42661286586722),
        ("13a", 1, 3, 53.80195477245277),
        ("none", 0, 4, 26.31866736465734),
        ("none", 1, 3, 32.159351091190125),
    ],
)
def test_bleu_is_that_of_sacrebleu(tokenizer: str, first: int, last: int, score: float) -> None:
    counts = evaluation.bleu_counts(FOUND[first:last], TRUE[first:last], tokenizer)
    assert evaluation.bleu(counts.sum(axis=0)) == pytest.approx(score, rel=1e-12)


def test_chrf_is_that_of_sacrebleu() -> None:
    counts = evaluation.chrf_counts(FOUND, TRUE)
    assert evaluation.chrf(counts.sum(axis=0)) == pytest.approx(56.28608635756134, rel=1e-12)
    assert evaluation.chrf(counts[2]) == pytest.approx(56.43978387373788, rel=1e-12)


def test_bleu_by_hand() -> None:
    """a b x d e y for a b c d e f: 4 of 6 words, 2 of 5 pairs, none of 4 and of 3 longer ones."""
    counts = evaluation.bleu_counts(["a b x d e y"], ["a b c d e f"], "none")[0]
    assert counts.tolist() == [4, 2, 0, 0, 6, 5, 4, 3, 6, 6]
    wanted = 100 * math.prod([4 / 6, 2 / 5, 1 / 2 / 4, 1 / 4 / 3]) ** 0.25
    assert evaluation.bleu(counts) == pytest.approx(wanted)
    repeated = evaluation.bleu_counts(["a a a a"], ["a b a c"], "none")[0]
    assert repeated.tolist() == [2, 0, 0, 0, 4, 3, 2, 1, 4, 4]  # each as often as there
    short = evaluation.bleu_counts(["a b c d"], ["a b c d e f"], "none")[0]
    assert evaluation.bleu(short) == pytest.approx(100 * math.exp(1 - 6 / 4))
    long = evaluation.bleu_counts(["a b c d e f"], ["a b c d"], "none")[0]
    precisions = math.prod([4 / 6, 3 / 5, 2 / 4, 1 / 3]) ** 0.25
    assert evaluation.bleu(long) == pytest.approx(100 * precisions)  # no bonus
    assert evaluation.bleu(evaluation.bleu_counts(["x"], ["y"])[0]) == 0.0


def test_intervals_are_those_of_resampled_sentences() -> None:
    found, true = FOUND * 20, [*TRUE * 10, *TRUE[::-1] * 10]
    rows = {
        row["measure"]: row for row in evaluation.judged_translations(found, true, found, seed=1)
    }
    drawn = np.random.default_rng(7).integers(len(found), size=(1_000, len(found)))
    for name, counts, score in (
        ("bleu", evaluation.bleu_counts(found, true), evaluation.bleu),
        ("chrf", evaluation.chrf_counts(found, true), evaluation.chrf),
    ):
        ends = np.quantile([float(score(counts[one].sum(axis=0))) for one in drawn], [0.025, 0.975])
        assert rows[name]["low"] == pytest.approx(ends[0], abs=1.0)
        assert rows[name]["high"] == pytest.approx(ends[1], abs=1.0)
        assert rows[name]["value"] == rows[name]["baseline"]
        assert rows[name]["low"] < rows[name]["value"] < rows[name]["high"]
