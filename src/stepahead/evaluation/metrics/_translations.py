"""Scores of translations against one reference each: BLEU and chrF, from counts that can be added
over sentences."""

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

BLEU_ORDER, CHRF_ORDER, CHRF_BETA = 4, 6, 2
"""The longest n-grams of words and of characters, and the weight of recall over precision."""

TOKENIZERS = ("13a", "none")
"""Names of the ways to split a line into words: by the rules of mteval-v13a, or at spaces."""

_ALONE = "".join(mark for mark in string.punctuation if mark not in "',-.")
_MARKS = re.compile(f"([{re.escape(_ALONE)}])")
_BEHIND_OTHERS, _BEFORE_OTHERS = re.compile(r"([^0-9])([.,])"), re.compile(r"([.,])([^0-9])")
_DASH = re.compile(r"([0-9])(-)")
_ESCAPED = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))


def words_13a(line: str) -> list[str]:
    """Return the words of a line by the rules of mteval-v13a: punctuation marks are separate words,
    except apostrophes, hyphens not after a digit, and points and commas between digits.

    >>> words_13a("It's 3.5-fold, he said.")
    ["It's", '3.5', '-', 'fold', ',', 'he', 'said', '.']
    """
    for escaped, mark in _ESCAPED:
        line = line.replace(escaped, mark)
    line = _MARKS.sub(r" \1 ", f" {line} ")
    line = _BEHIND_OTHERS.sub(r"\1 \2 ", line)
    line = _BEFORE_OTHERS.sub(r" \1 \2", line)
    return _DASH.sub(r"\1 \2 ", line).split()


def bleu_counts(
    found: Sequence[str], references: Sequence[str], tokenizer: str = "13a"
) -> Int[np.ndarray, "sentence count"]:
    """Return for every sentence: the n-grams of 1 to 4 words that the reference contains too, each
    at most as often as there; all n-grams; the number of words, and that of the reference."""
    cut: Callable[[str], list[str]] = words_13a if tokenizer == "13a" else str.split
    rows = []
    for one, other in zip(found, references, strict=True):
        words, true = cut(one), cut(other)
        shared, every = [], []
        for n in range(1, BLEU_ORDER + 1):
            grams = _grams(words, n)
            shared.append((grams & _grams(true, n)).total())
            every.append(grams.total())
        rows.append([*shared, *every, len(words), len(true)])
    return np.array(rows, np.int64).reshape(len(rows), 2 * BLEU_ORDER + 2)


def bleu(counts: Int[np.ndarray, "*rows count"]) -> Float[np.ndarray, "*rows"]:
    """Return BLEU, from 0 to 100, of summed counts: the geometric mean of the four precisions,
    times exp(1 − reference length/length) if the translation is shorter (Papineni et al. 2002). The
    k-th precision that is 0 counts as 1/(2ᵏ · total); 0 if there is no n-gram of some length, or no
    word is right.

    >>> one = ["the cat sat on the mat"]
    >>> other = ["the cat sat on a mat"]
    >>> [float(bleu(bleu_counts(said, one)[0]).round(2)) for said in (one, other)]
    [100.0, 53.73]
    """
    counts = np.asarray(counts, float)
    shared, every = counts[..., :BLEU_ORDER], counts[..., BLEU_ORDER : 2 * BLEU_ORDER]
    length, true = counts[..., -2], counts[..., -1]
    missing = (shared == 0) & (every > 0)
    smoothed = np.where(missing, 0.5 ** np.cumsum(missing, axis=-1), shared)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.log(smoothed / every).mean(axis=-1)
        short = np.where(length < true, np.exp(1 - true / length), 1.0)
        score = 100 * short * np.exp(mean)
    return np.where((every > 0).all(axis=-1) & (shared[..., 0] > 0), score, 0.0)


def chrf_counts(
    found: Sequence[str], references: Sequence[str]
) -> Int[np.ndarray, "sentence count"]:
    """Return for every sentence, for n from 1 to 6: the n-grams of characters, without spaces, that
    both have; those of the translation; those of the reference."""
    rows = []
    for one, other in zip(found, references, strict=True):
        letters, true, row = "".join(one.split()), "".join(other.split()), []
        for n in range(1, CHRF_ORDER + 1):
            grams, known = _grams(letters, n), _grams(true, n)
            row += [(grams & known).total(), grams.total(), known.total()]
        rows.append(row)
    return np.array(rows, np.int64).reshape(len(rows), 3 * CHRF_ORDER)


def chrf(counts: Int[np.ndarray, "*rows count"]) -> Float[np.ndarray, "*rows"]:
    """Return chrF, from 0 to 100, of summed counts: (1 + β²) · P · R/(β² · P + R) with β = 2, P and
    R the means of precision and recall over the n-gram lengths that both have (Popović 2015).

    >>> float(chrf(chrf_counts(["a cat"], ["a cat"]).sum(axis=0)))
    100.0
    """
    parts = np.asarray(counts, float).reshape(*np.shape(counts)[:-1], CHRF_ORDER, 3)
    shared, every, true = parts[..., 0], parts[..., 1], parts[..., 2]
    both = (every > 0) & (true > 0)
    orders = np.maximum(both.sum(axis=-1), 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.where(both, shared / every, 0.0).sum(axis=-1) / orders
        recall = np.where(both, shared / true, 0.0).sum(axis=-1) / orders
        weighed = (1 + CHRF_BETA**2) * precision * recall / (CHRF_BETA**2 * precision + recall)
    return np.where(precision + recall > 0, 100 * weighed, 0.0)


def _grams(sequence: Sequence[str], n: int) -> Counter:
    if n == 1:
        return Counter(sequence)
    if n == 2:
        return Counter(pairwise(sequence))
    return Counter(zip(*(sequence[k:] for k in range(n)), strict=False))


def bleu_signature(tokenizer: str) -> str:
    """Return the settings of `bleu` in the notation of papers."""
    return f"nrefs:1|case:mixed|eff:no|tok:{tokenizer}|smooth:exp"


CHRF_SIGNATURE = f"nrefs:1|case:mixed|eff:yes|nc:{CHRF_ORDER}|nw:0|space:no"
"""The settings of `chrf` in the notation of papers."""


def judged_translations(
    found: Sequence[str],
    references: Sequence[str],
    baseline: Sequence[str],
    *,
    tokenizer: str = "13a",
    seed: int = 0,
    draws: int = 1_000,
) -> list[dict[str, str | float]]:
    """Return BLEU, chrF and the share of exact translations, in percent, each with a 95 % interval
    by resampling sentences (`draws` times, with `seed`), the same score of a `baseline` (for
    example the sources unchanged), and its signature.

    >>> rows = judged_translations(["a b c d e", "b"], ["a b c d e", "c"], ["x", "c"])
    >>> [(row["measure"], row["value"] > 50, round(row["baseline"], 1)) for row in rows]
    [('bleu', True, 0.0), ('chrf', True, 19.2), ('exact', False, 50.0)]
    """
    times = np.random.default_rng(seed).multinomial(
        len(found), np.full(len(found), 1 / len(found)), draws
    )
    rows: list[dict[str, str | float]] = []
    for name, counts_of, score_of, signature in (
        (
            "bleu",
            lambda said: bleu_counts(said, references, tokenizer),
            bleu,
            bleu_signature(tokenizer),
        ),
        ("chrf", lambda said: chrf_counts(said, references), chrf, CHRF_SIGNATURE),
        ("exact", lambda said: _exact(said, references), _share, ""),
    ):
        counts = counts_of(found)
        low, high = np.quantile(score_of(times @ counts), [0.025, 0.975])
        rows.append(
            {
                "measure": name,
                "value": float(score_of(counts.sum(axis=0))),
                "low": float(low),
                "high": float(high),
                "baseline": float(score_of(counts_of(baseline).sum(axis=0))),
                "signature": signature,
            }
        )
    return rows


def _exact(found: Sequence[str], references: Sequence[str]) -> Int[np.ndarray, "sentence count"]:
    return np.array([[one == other, 1] for one, other in zip(found, references, strict=True)], int)


def _share(counts: np.ndarray) -> np.ndarray:
    return np.asarray(100 * counts[..., 0] / counts[..., 1])
