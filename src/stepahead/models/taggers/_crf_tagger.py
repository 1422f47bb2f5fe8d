"""Tagging by a conditional random field with features of words in their sentence."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int, Int64

from ..._check import Refusal, whole
from ..._settings import Settings
from ._word_features import feature_codes

CHUNK = 20_000
"""Words that are scored at a time."""


@dataclass(frozen=True)
class CRFTagger(Settings):
    """A conditional random field (Lafferty, McCallum & Pereira 2001): p(tags | words) is
    proportional to exp(Σ w[feature, tag] + Σ step[tag, next tag]), over the features of every word
    (`models.FEATURES`) and over neighbouring tags.

    Features that fewer than `min_count` words of the training text have are left out. The
    likelihood of the training tags is maximised by AdaGrad (Duchi, Hazan & Singer 2011) at `rate`,
    over `epochs` epochs in batches of `batch` sentences, each feature of a word left out with
    probability `dropout`; the weights are the mean over the second half of all steps.

    >>> CRFTagger(epochs=3)
    CRFTagger(epochs=3, min_count=2, dropout=0.2, rate=0.1, batch=32)
    """

    epochs: int = 6
    min_count: int = 2
    dropout: float = 0.2
    rate: float = 0.1
    batch: int = 32

    def __post_init__(self) -> None:
        for name in ("epochs", "min_count", "batch"):
            whole(name, getattr(self, name))
        if not 0 <= self.dropout < 1:
            raise Refusal(
                f"`dropout` must be at least 0 and below 1, but it is {self.dropout!r}. Give 0.2."
            )
        if not 0 < self.rate < np.inf:
            raise Refusal(f"`rate` must be above 0, but it is {self.rate!r}. Give 0.1.")


@dataclass(frozen=True, eq=False)
class FeatureWeights:
    """The sorted codes of the features, the weight of each for every tag, and the scores of each
    tag after another; the last index stands for the boundary of a sentence."""

    features: Int64[np.ndarray, " feature"]
    weights: Float32[np.ndarray, "feature tag"]
    steps: Float32[np.ndarray, "edge edge"]

    def places(
        self, words: tuple[str, ...], ids: Int[np.ndarray, " word"], offsets: Int[np.ndarray, " b"]
    ) -> Int[np.ndarray, "word each"]:
        """Return the features of every word as positions in `features`; unknown ones are after the
        last."""
        codes = feature_codes(words, ids, offsets).view(np.int64)
        return feature_places(self.features, codes)

    def scores(
        self, words: tuple[str, ...], ids: Int[np.ndarray, " word"], offsets: Int[np.ndarray, " b"]
    ) -> Float32[np.ndarray, "word tag"]:
        """The sum of the weights of the features of every word, for each tag."""
        places = self.places(words, ids, offsets)
        weights = np.vstack([self.weights, np.zeros_like(self.weights[:1])])
        found = np.zeros((len(ids), self.weights.shape[1]), np.float32)
        for begin in range(0, len(ids), CHUNK):
            here = slice(begin, begin + CHUNK)
            found[here] = weights[places[here]].sum(axis=1)
        return found


def feature_places(
    features: Int64[np.ndarray, " feature"], codes: Int64[np.ndarray, "word each"]
) -> Int[np.ndarray, "word each"]:
    """Return the positions of codes in the sorted `features`; `len(features)` for an unknown one.

    >>> feature_places(np.array([3, 7]), np.array([[7, 5, 3]])).tolist()
    [[1, 2, 0]]
    """
    place = np.minimum(np.searchsorted(features, codes), len(features) - 1)
    return np.where(features[place] == codes, place, len(features)).astype(np.int32)
