"""Tagging by a hidden Markov model whose states are the tags, counted from tagged text."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64, Real

from ..._check import Refusal, whole
from ..._settings import Settings

LEAST_SHARE = 1e-6
"""The least weight of the tag frequencies given fewer previous tags; without it some sentences
would have no possible tags."""

LEAST_COUNT = 0.5
"""The count of a tag that the training text does not have: a tagger that was fitted without the one
sentence with that tag does not hold it impossible."""


@dataclass(frozen=True)
class HMMTagger(Settings):
    """A hidden Markov model whose states are the tags (Brants 2000): p(tags, words) is the product
    of p(tag | the `order` tags before it) and p(word | tag). Fitted by counting, in a second.

    Probabilities of tags are interpolated with those given fewer previous tags, with weights by
    deleted interpolation. p(tag | word) is estimated from the word's counts in the training text
    plus `prior` observations distributed as those of its lower-cased spelling; these in turn have
    `prior` observations distributed as those of words with the same suffix. For suffixes, p(tag |
    last m letters) is the share among words that occur at most `rare` times and have the same kind
    of first letter (lower case, capital, neither); a part θ/(1 + θ) of it comes from the last m − 1
    letters, up to `suffix` letters.

    >>> HMMTagger()
    HMMTagger(order=2, suffix=10, rare=10, theta=1.0, prior=3.0)
    """

    order: int = 2
    suffix: int = 10
    rare: int = 10
    theta: float = 1.0
    prior: float = 3.0

    def __post_init__(self) -> None:
        if self.order not in (1, 2):
            raise Refusal(f"`order` must be 1 or 2, but it is {self.order!r}. Give 2.")
        whole("suffix", self.suffix, at_least=0), whole("rare", self.rare)
        for name, value in (("theta", self.theta), ("prior", self.prior)):
            if not 0 < value < np.inf:
                raise Refusal(f"`{name}` must be above 0, but it is {value!r}. Give 1.")

    def log_steps(
        self, counts: Int64[np.ndarray, "edge edge edge"]
    ) -> Float[np.ndarray, "edge edge edge"]:
        """Return log p(tag | the two previous tags), from counts of three in a row: Σ λₙ·share of n
        in a row, with λ by deleted interpolation. The last index is the boundary of a sequence."""
        threes = counts.astype(float)
        twos, ones = threes.sum(axis=0), threes.sum(axis=(0, 1))
        known = np.append(tag_counts(ones[:-1]), ones[-1])
        shares = [known / known.sum(), _shares(twos), _shares(threes)]
        weights = _interpolation([ones, twos, threes], self.order)
        mixed = sum(w * share for w, share in zip(weights, shares, strict=True))
        with np.errstate(divide="ignore"):
            return np.log(np.broadcast_to(mixed, threes.shape))


@dataclass(frozen=True, eq=False)
class TagCounts:
    """Counts of tagged text: `steps` of three tags in a row, where the last index stands for the
    boundary of a sequence, twice before it and once after it; and `words`, of every word with every
    tag."""

    steps: Int64[np.ndarray, "edge edge edge"]
    words: Int64[np.ndarray, "vocab tag"]


def tag_counts(counts: Real[np.ndarray, " tag"]) -> Float[np.ndarray, " tag"]:
    """The count of each tag, `LEAST_COUNT` where it is 0.

    >>> tag_counts(np.array([3, 0, 6])).tolist()
    [3.0, 0.5, 6.0]
    """
    return np.where(counts > 0, counts, LEAST_COUNT)


def _shares(counts: np.ndarray) -> np.ndarray:
    total = counts.sum(axis=-1, keepdims=True)
    return np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)


def _interpolation(counts: list[np.ndarray], order: int) -> np.ndarray:
    """Weights of the frequencies given 0, 1 and 2 previous tags. Every three tags in a row vote, as
    often as they occur, for the length with the highest frequency when that occurrence is left
    out."""
    threes = counts[2]
    votes = np.full((3, *threes.shape), -1.0)
    for length, seen in enumerate(counts[: order + 1]):
        rest = seen.sum(axis=-1, keepdims=True) - 1
        share = np.divide(seen - 1, rest, out=np.zeros_like(seen), where=rest > 0)
        votes[length] = np.broadcast_to(share, threes.shape)
    longest = 2 - votes[::-1].argmax(axis=0)  # the longest of equal ones
    found = np.array([threes[longest == length].sum() for length in range(3)])
    shares = np.maximum(found / found.sum(), np.where(np.arange(3) <= order, LEAST_SHARE, 0.0))
    return shares / shares.sum()
