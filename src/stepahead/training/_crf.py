"""`train_crf`: fit a conditional random field with features of words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float32, Int

from ..models import CRFTagger, FeatureWeights, feature_codes, feature_places
from ..ops import first_order_shares

SMALLEST = 1e-3
"""Added to the sum of squared gradients, so that the first steps are not too long."""


def train_crf(
    spec: CRFTagger,
    words: tuple[str, ...],
    ids: Int[np.ndarray, " word"],
    tags: Int[np.ndarray, " word"],
    offsets: Int[np.ndarray, " boundary"],
    *,
    tag_count: int,
    seed: int,
    on_epoch: Callable[[int, float], None] = lambda number, right: None,
) -> FeatureWeights:
    """Fit a conditional random field to tagged sentences, by the settings of `spec`. `ids` are
    indices of `words`; sentence s has the words offsets[s] … offsets[s + 1] − 1.

    The result is a function of the arguments. After every epoch, `on_epoch` receives its number and
    the share of correct tags in it, and may raise.

    >>> words, ids, tags = ("a", "cat", "the"), np.array([0, 1, 2, 1]), np.array([0, 1, 0, 1])
    >>> found = train_crf(CRFTagger(), words, ids, tags, np.array([0, 2, 4]), tag_count=2, seed=0)
    >>> found.scores(words, ids, np.array([0, 2, 4])).argmax(axis=1).tolist()
    [0, 1, 0, 1]
    """
    codes = feature_codes(words, ids, offsets).view(np.int64)
    kinds, times = np.unique(codes, return_counts=True)
    features = kinds[times >= min(spec.min_count, times.max())]
    places = feature_places(features, codes)
    draws, lengths = np.random.default_rng(seed), np.diff(offsets)
    filled = np.flatnonzero(lengths > 0)
    descent = _Descent(spec, len(features), tag_count, -(-len(filled) // spec.batch))
    for epoch in range(1, spec.epochs + 1):
        right = 0
        for members in _batches(filled, lengths, spec.batch, draws):
            rows = np.concatenate([np.arange(offsets[n], offsets[n + 1]) for n in members])
            inside = np.concatenate([[0], np.cumsum(lengths[members])])
            kept = places[rows]
            kept[draws.random(kept.shape, np.float32) < spec.dropout] = len(features)
            right += descent.step(kept, tags[rows], inside)
        on_epoch(epoch, right / len(ids))
    return FeatureWeights(features, *descent.mean())


def _batches(
    filled: np.ndarray, lengths: np.ndarray, size: int, draws: np.random.Generator
) -> list[np.ndarray]:
    """Batches of sentences of similar length, in random order."""
    drawn = draws.permutation(filled)
    near = lengths[drawn] + draws.uniform(0, 3, len(drawn))
    order = drawn[np.argsort(near, kind="stable")]
    parts = [order[begin : begin + size] for begin in range(0, len(order), size)]
    return [parts[place] for place in draws.permutation(len(parts))]


@dataclass(eq=False)
class _Averaged:
    """Parameters that are updated by AdaGrad, the sums of their squared gradients, and the sums of
    their changes weighted by the number of steps of the second half before each."""

    values: Float32[np.ndarray, "..."]
    squares: Float32[np.ndarray, "..."]
    late: Float32[np.ndarray, "..."]

    @classmethod
    def zeros(cls, *shape: int) -> "_Averaged":
        return cls(*(np.zeros(shape, np.float32) for _ in range(3)))

    def descend(self, rows: Any, slope: np.ndarray, rate: float, age: int) -> None:
        """Update these rows; `age` steps of the second half were done before."""
        squares = self.squares[rows] + slope**2
        change = np.float32(rate) * slope / np.sqrt(squares + np.float32(SMALLEST))
        self.squares[rows] = squares
        self.values[rows] -= change
        if age > 0:
            self.late[rows] += change * np.float32(age)

    def mean(self, steps: int) -> Float32[np.ndarray, "..."]:
        """The mean over the last `steps` steps."""
        return self.values + self.late / np.float32(steps)


class _Descent:
    """The weights of features, the scores of transitions between tags, and the number of steps
    done. The last row of weights is for features that are left out, and stays 0."""

    def __init__(self, spec: CRFTagger, features: int, tags: int, batches: int) -> None:
        self.rate, self.scale = spec.rate, np.float32(1 / (1 - spec.dropout))
        self.done, self.late = 0, max(1, spec.epochs * batches // 2)
        self.first_late = spec.epochs * batches - self.late
        self.features, self.steps = (
            _Averaged.zeros(features + 1, tags),
            _Averaged.zeros(tags + 1, tags + 1),
        )

    def step(self, places: np.ndarray, tags: np.ndarray, offsets: np.ndarray) -> int:
        """Do one step on these sentences; return the number of words whose most probable tag is
        correct."""
        scores = self.features.values[places].sum(axis=1) * self.scale
        shares = first_order_shares(scores, offsets, self.steps.values)
        error = shares.tags.copy()
        error[np.arange(len(tags)), tags] -= 1
        edge = len(self.steps.values) - 1
        path = np.full(len(tags) + len(offsets), edge)  # a boundary between sentences
        path[np.arange(len(tags)) + np.repeat(np.arange(1, len(offsets)), np.diff(offsets))] = tags
        slope = shares.steps.astype(np.float32)
        np.subtract.at(slope, (path[:-1], path[1:]), 1)
        age = self.done - self.first_late
        self.features.descend(*self._slopes(places, error), self.rate, age)
        self.steps.descend(slice(None), slope, self.rate, age)
        self.done += 1
        return int((shares.tags.argmax(axis=1) == tags).sum())

    def _slopes(self, places: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The features that occur, and the gradient of each: the sum of the errors of its words."""
        order = np.argsort(places, axis=None, kind="stable")
        flat = places.ravel()[order]
        begins = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
        slopes = np.add.reduceat(error[order // places.shape[1]], begins) * self.scale
        known = flat[begins] < len(self.features.values) - 1
        return flat[begins][known], slopes[known]

    def mean(self) -> tuple[Float32[np.ndarray, "feature tag"], Float32[np.ndarray, "edge edge"]]:
        """The mean of the weights, and of the transition scores, over the second half."""
        return self.features.mean(self.late)[:-1], self.steps.mean(self.late)
