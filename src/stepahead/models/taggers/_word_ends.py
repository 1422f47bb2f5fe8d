"""p(tag | word) for any word: by its spelling, its lower-cased spelling, its suffix."""

import numpy as np
from jaxtyping import Float, Int

from ._hmm_tagger import HMMTagger, tag_counts


class WordEnds:
    """Tags of words by their spelling, from counts of words with tags."""

    def __init__(
        self, spec: HMMTagger, words: tuple[str, ...], counts: Int[np.ndarray, "vocab tag"]
    ) -> None:
        self.spec = spec
        times = tag_counts(counts.sum(axis=0))
        self.tags = times / times.sum()
        seen = np.flatnonzero(counts.sum(axis=1) > 0).tolist()
        rare = [n for n in seen if counts[n].sum() <= spec.rare]
        self.exact = _table([(words[n], n) for n in seen], counts)
        self.lowered = _table([(words[n].lower(), n) for n in seen], counts)
        self.ends = [
            _table([(_end(words[n], m), n) for n in rare if len(words[n]) >= m], counts)
            for m in range(spec.suffix + 1)
        ]

    def log_scores(self, words: list[str]) -> Float[np.ndarray, "word tag"]:
        """Return log p(word | tag), up to a constant for each word: p(tag | word)/p(tag) by Bayes'
        rule."""
        return np.log(self.probabilities(words) / self.tags)

    def probabilities(self, words: list[str]) -> Float[np.ndarray, "word tag"]:
        """Return p(tag | word)."""
        found, known = np.tile(self.tags, (len(words), 1)), np.ones(len(words), bool)
        for m, (places, counts) in enumerate(self.ends):
            rows = np.array([places.get(_end(w, m), -1) if len(w) >= m else -1 for w in words])
            known &= rows >= 0  # if a suffix is unknown, longer ones are too
            share = counts[rows[known]] / counts[rows[known]].sum(axis=1, keepdims=True)
            found[known] = (share + self.spec.theta * found[known]) / (1 + self.spec.theta)
        for (places, counts), spelled in (
            (self.lowered, [word.lower() for word in words]),
            (self.exact, words),
        ):
            rows = np.array([places.get(word, -1) for word in spelled])
            there = rows >= 0
            own = counts[rows[there]]
            total = own.sum(axis=1, keepdims=True) + self.spec.prior
            found[there] = (own + self.spec.prior * found[there]) / total
        return found


_Table = tuple[dict[str, int], np.ndarray]
"""The row of each text, and the counts of the rows."""


def _table(rows: list[tuple[str, int]], counts: np.ndarray) -> _Table:
    """The counts of all words of one text, summed."""
    places: dict[str, int] = {}
    at = [places.setdefault(text, len(places)) for text, _ in rows]
    found = np.zeros((len(places), counts.shape[1]))
    np.add.at(found, at, counts[[number for _, number in rows]])
    return places, found


def _end(word: str, letters: int) -> str:
    """The kind of first letter (lower case, capital, neither), and the last letters in lower
    case."""
    kind = "a" if word[:1].islower() else "A" if word[:1].isupper() else "1"
    return kind + word[len(word) - letters :].lower()
