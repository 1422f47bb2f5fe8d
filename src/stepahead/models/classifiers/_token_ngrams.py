"""Weighted counts of n-grams in sequences of tokens."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Int64

from ..._types import END
from ...ops import joined_code, mixed_code
from ._features import FeatureMethod, Prepared, SequenceFeatures


@dataclass(frozen=True)
class TokenNGrams(FeatureMethod):
    """The n-grams of up to `order` tokens that occur in at least `min_count` training sequences,
    with the beginning and the end as tokens. Each has the weight (1 + log count) · (log((1 + N)/(1
    + df)) + 1), where df of N training sequences contain it (TF-IDF), and the weights of a sequence
    are scaled to length 1.

    With `by_label`, the penalty of a regression scales each weight by the log-count ratio of naive
    Bayes, |log p(n-gram | label) − log p(n-gram | other labels)| (Wang & Manning 2012).

    >>> ids, offsets = np.array([2, 3, 2, 4]), np.array([0, 2, 4])  # "a b", "a c"
    >>> found = TokenNGrams(1).learned(ids, offsets, seed=0).matrix(ids, offsets).toarray()
    >>> np.sort(found).round(2)  # nothing, what both hold, what one of them holds
    array([[0.  , 0.58, 0.81],
           [0.  , 0.58, 0.81]])
    """

    order: int = 2
    min_count: int = 1
    by_label: bool = False

    def prepared(self, matrix: Any, labels: Int[np.ndarray, " sequence"], count: int) -> Prepared:
        """Return the features unchanged."""
        width = matrix.shape[1]
        scale = _ratios(matrix, labels, count) if self.by_label else None
        return Prepared(matrix, np.zeros(width), np.ones(width), scale)

    def learned(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"], seed: int
    ) -> "TokenNGramFeatures":
        """Count the sequences in which every n-gram occurs."""
        grams, sequence = _grams(rows, offsets, self.order)
        order = np.argsort(grams, kind="stable")  # stable: by sequence within an n-gram
        grams, sequence = grams[order], sequence[order]
        fresh = np.ones(len(grams), bool)
        fresh[1:] = (grams[1:] != grams[:-1]) | (sequence[1:] != sequence[:-1])
        kept, holding = np.unique(grams[fresh], return_counts=True)
        enough = holding >= self.min_count
        weights = np.log((len(offsets)) / (1 + holding[enough])) + 1
        return TokenNGramFeatures(self.order, kept[enough], weights)


@dataclass(frozen=True, eq=False)
class TokenNGramFeatures(SequenceFeatures):
    """The n-grams as sorted codes, and the weight of each."""

    order: int
    grams: Int64[np.ndarray, " feature"]
    idf: Float[np.ndarray, " feature"]

    def entries(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the nonzero entries: their sequences, features and values."""
        grams, sequence = _grams(rows, offsets, self.order)
        place = np.minimum(np.searchsorted(self.grams, grams), max(len(self.grams) - 1, 0))
        known = self.grams[place] == grams if len(self.grams) else np.zeros(len(grams), bool)
        width = max(len(self.grams), 1)
        cells, counts = np.unique(sequence[known] * width + place[known], return_counts=True)
        sequence, place = cells // width, cells % width
        values = (1 + np.log(counts)) * self.idf[place]
        lengths = np.sqrt(np.bincount(sequence, values**2, minlength=len(offsets) - 1))
        return sequence, place, values / lengths[sequence]

    def matrix(self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]) -> Any:
        """A sparse matrix."""
        from scipy.sparse import csr_matrix

        sequence, place, values = self.entries(rows, offsets)
        shape = (len(offsets) - 1, len(self.grams))
        return csr_matrix((values, (sequence, place)), shape=shape)

    def scores(
        self,
        rows: np.ndarray,
        offsets: Int[np.ndarray, " boundary"],
        weights: Float[np.ndarray, "feature label"],
    ) -> Float[np.ndarray, "sequence label"]:
        """The product of the features and the weights, without SciPy."""
        sequence, place, values = self.entries(rows, offsets)
        found = np.zeros((len(offsets) - 1, weights.shape[1]))
        np.add.at(found, sequence, values[:, None] * weights[place])
        return found


def _ratios(matrix: Any, labels: np.ndarray, count: int) -> Float[np.ndarray, "feature label"]:
    """The absolute log-count ratio of every feature for each label against the others."""
    true = np.zeros((len(labels), count))
    true[np.arange(len(labels)), labels] = 1.0
    holds = matrix > 0
    inside = np.asarray(holds.T @ true)
    outside = np.asarray(holds.sum(axis=0)).ravel()[:, None] - inside + 1.0
    inside = inside + 1.0
    return np.abs(np.log(inside / inside.sum(axis=0)) - np.log(outside / outside.sum(axis=0)))


def _grams(
    rows: np.ndarray, offsets: np.ndarray, order: int
) -> tuple[Int64[np.ndarray, " gram"], Int64[np.ndarray, " gram"]]:
    """The codes of all n-grams of up to `order` tokens, with an end token before and after every
    sequence, and the sequence that contains each. N-grams that consist of one end token are left
    out.

    A code is a 64-bit hash: among a million n-grams, the probability that two have the same code is
    about 1e-8.
    """
    ended = np.insert(rows.astype(np.int64), np.concatenate([offsets[:-1], offsets[1:]]), END)
    sequence = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets) + 2)
    token = mixed_code(ended.astype(np.uint64) + np.uint64(1))
    whole, grams, places = np.zeros(len(ended), np.uint64), [], []
    for size in range(1, order + 1):
        count = max(len(ended) - size + 1, 0)
        # The n-gram that begins at each token: the shorter one, and the token after it.
        whole = joined_code(whole[:count], token[size - 1 :])
        kept = sequence[:count] == sequence[size - 1 :]
        if size == 1:
            kept &= ended != END
        grams.append(whole[kept].view(np.int64))
        places.append(sequence[:count][kept])
    return np.concatenate(grams), np.concatenate(places)
