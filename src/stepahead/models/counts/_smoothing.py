"""Smoothing: from counts of n-grams to probabilities, with a share left for unseen n-grams."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int64

from ..._check import Refusal
from ..._settings import Settings
from ...ops import NGramCounts


class Shares(NamedTuple):
    """For the n-grams of one length: p(w | h) = `seen[hw]` + `left[h]`·p(w | h without its first
    word).

    `remark` describes a fallback that was used, as a sentence without its full stop.
    """

    seen: Float[np.ndarray, " ngram"]
    left: Float[np.ndarray, " context"]
    remark: str = ""


@runtime_checkable
class Smoothing(Protocol):
    """A smoothing method, without state: `NGram(5, KneserNey())`."""

    def shares(self, counts: Sequence[NGramCounts], length: int) -> Shares:
        """The shares of all n-grams of this length, and the share that each context (one word
        shorter) leaves to the shorter context.

        The share left by the empty context is spread evenly over all tokens of the vocabulary, the
        unknown one included.
        """
        ...


class _Contexts(NamedTuple):
    """The context of each n-gram, and the number of contexts."""

    of: Int64[np.ndarray, " ngram"]
    number: int

    def total(self, numbers: np.ndarray) -> Float[np.ndarray, " context"]:
        """The sum over each context's n-grams."""
        return np.bincount(self.of, numbers, minlength=self.number).astype(np.float64)


def _contexts(counts: Sequence[NGramCounts], length: int) -> _Contexts:
    size = len(counts[0].keys)
    return _Contexts(
        counts[length - 1].keys // size, len(counts[length - 2].keys) if length > 1 else 1
    )


def _over(part: np.ndarray, whole: np.ndarray, otherwise: float) -> Float[np.ndarray, " context"]:
    """part / whole; `otherwise` for a context that nothing follows."""
    return np.divide(part, whole, out=np.full(len(whole), otherwise), where=whole > 0)


@dataclass(frozen=True)
class MaximumLikelihood(Settings):
    """p(w | h) = c(hw)/c(h): n-grams that did not occur have probability 0, log probability −inf.

    After a context that did not occur, the probabilities are those of its longest suffix that did.
    """

    def shares(self, counts: Sequence[NGramCounts], length: int) -> Shares:
        """Relative frequencies; nothing is left."""
        contexts, seen = _contexts(counts, length), counts[length - 1].counts
        total = contexts.total(seen)
        return Shares(
            _over(np.ones(contexts.number), total, 0.0)[contexts.of] * seen,
            np.where(total > 0, 0.0, float(length > 1)),
        )


@dataclass(frozen=True)
class AddK(Settings):
    """p(w | h) = (c(hw) + k)/(c(h) + k·V) over a vocabulary of V tokens; k = 1 is Laplace's rule.

    Counts of full-order contexts only, and of shorter ones at the start of a sequence; after any
    other context the distribution is uniform.
    """

    k: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.k < np.inf:
            raise Refusal(
                f"`k` must be above 0, but it is {self.k!r}. Give a number such as 0.1, or use "
                "MaximumLikelihood()."
            )

    def shares(self, counts: Sequence[NGramCounts], length: int) -> Shares:
        """Counts over c(h) + k·V, and the share k·V left to all tokens evenly; everything is left
        for contexts that are too short."""
        contexts, table, added = (
            _contexts(counts, length),
            counts[length - 1],
            self.k * len(counts[0].keys),
        )
        counted = table.counts * (
            np.ones(len(table.keys), bool) if length == len(counts) else table.begins & (length > 1)
        )
        total = contexts.total(counted)
        return Shares(counted / (total + added)[contexts.of], added / (total + added))


@dataclass(frozen=True)
class WittenBell(Settings):
    """p(w | h) = (c(hw) + r(h)·p(w | h'))/(c(h) + r(h)), with r(h) the number of distinct tokens
    that followed h.

    Interpolated (Witten & Bell 1991, method C). For data without counts of one and two, such as
    characters.
    """

    def shares(self, counts: Sequence[NGramCounts], length: int) -> Shares:
        """Relative frequencies, and a share left in proportion to the number of distinct tokens."""
        contexts, seen = _contexts(counts, length), counts[length - 1].counts
        different = contexts.total(seen > 0)
        whole = contexts.total(seen) + different
        return Shares(
            seen * _over(np.ones(contexts.number), whole, 0.0)[contexts.of],
            _over(different, whole, 1.0),
        )


@dataclass(frozen=True)
class KneserNey(Settings):
    """Interpolated modified Kneser–Ney (Chen & Goodman 1998): p(w | h) = (a(hw) − D(a(hw)))/a(h) +
    left(h)·p(w | h').

    a(hw) is the count for the longest n-grams and for those that start a sequence; for other
    shorter n-grams it is the number of distinct tokens before them. The discounts D₁, D₂ and D₃
    (for a = 1, 2 and more) follow from the numbers of n-grams with a = 1 … 4; left(h) is the
    discounted mass over a(h). If one of these numbers is 0 (little text, or characters), the
    discounts are ½, 1 and 1½, and `remark` says so.
    """

    def shares(self, counts: Sequence[NGramCounts], length: int) -> Shares:
        """Discounted counts, and the mass of the discounts."""
        contexts, seen = _contexts(counts, length), _adjusted(counts, length)
        discounts = _discounts(seen)
        told = discounts is not None or not len(seen)
        discounts = discounts or FALLBACK
        taken = np.array([0.0, *discounts])[np.minimum(seen, 3)]
        total = contexts.total(seen)
        kept = (seen - taken) * _over(np.ones(contexts.number), total, 0.0)[contexts.of]
        return Shares(kept, _over(contexts.total(taken), total, 1.0), "" if told else REMARK)


FALLBACK = (0.5, 1.0, 1.5)
"""Discounts if the counts of counts do not determine them, as in KenLM."""

REMARK = (
    "Too few n-grams occur once to four times to tell the discounts of Kneser-Ney, so ½, 1 and 1½"
    " are used; `smoothing=WittenBell()` needs none"
)


def _adjusted(counts: Sequence[NGramCounts], length: int) -> Int64[np.ndarray, " ngram"]:
    """Counts of the longest n-grams and of those that start a sequence; for the others the number
    of distinct preceding tokens."""
    table = counts[length - 1]
    if length == len(counts):
        return table.counts
    before = np.bincount(counts[length].suffixes, minlength=len(table.keys))
    return np.where(table.begins & (length > 1), table.counts, before)


def _discounts(seen: Int64[np.ndarray, " ngram"]) -> tuple[float, float, float] | None:
    """D_k = k − (k + 1)·Y·n_{k+1}/n_k with Y = n₁/(n₁ + 2n₂); None if some n_k is 0 or a discount
    lies outside (0, k]."""
    n = np.bincount(np.minimum(seen, 5), minlength=6).astype(np.float64)
    if not n[1:5].all():
        return None
    y = n[1] / (n[1] + 2 * n[2])
    one, two, three = (k - (k + 1) * y * n[k + 1] / n[k] for k in (1, 2, 3))
    return (one, two, three) if 0 < one <= 1 and 0 < two <= 2 and 0 < three <= 3 else None
