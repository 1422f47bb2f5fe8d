"""A tagger in NumPy."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from ...ops import best_first_order, first_order_shares
from ..sequences import LengthBatch, Tagger, check_finite_batch, length_batches
from ._encoder import NumpyEncoder
from ._layers import NumpyLinear, log_softmax, quiet

Tagged = tuple[LengthBatch, Int[np.ndarray, "batch time"], Float[np.ndarray, "batch time tag"]]
"""A batch, the best tags of its words, and the log probabilities of all tags."""


@dataclass(frozen=True, eq=False)
class NumpyTagger:
    """The network of a tagger in NumPy: the results equal those of `TaggerModel` up to rounding.
    `steps[i, j]` scores tag j after i, its last index the boundary of a sequence; None without
    transitions."""

    embedding: Float[np.ndarray, "vocab column"]
    characters: NumpyEncoder | None
    encoder: NumpyEncoder
    readout: NumpyLinear
    steps: Float[np.ndarray, "edge edge"] | None

    @staticmethod
    def can_run(spec: Any) -> bool:
        """Return True for a tagger with RNN, LSTM or GRU layers."""
        return (
            type(spec) is Tagger
            and NumpyEncoder.can_run(spec.encoder)
            and (spec.characters is None or NumpyEncoder.can_run(spec.characters))
        )

    @classmethod
    def of(cls, spec: Tagger, arrays: Mapping[str, np.ndarray], at: str) -> "NumpyTagger":
        """Return the network of these sizes, from its arrays by their paths below `at`."""
        characters = (
            None
            if spec.characters is None
            else NumpyEncoder.of(spec.characters, arrays, f"{at}.characters")
        )
        encoder = NumpyEncoder.of(spec.encoder, arrays, f"{at}.encoder")
        steps = None
        if spec.transitions:
            between, first, last = (
                arrays[f"{at}.chain.{name}"].astype(np.float64)
                for name in ("between", "first", "last")
            )
            steps = np.block([[between, last[:, None]], [first[None], np.zeros((1, 1))]])
        readout = NumpyLinear.of(arrays, f"{at}.readout")
        return cls(arrays[f"{at}.embedding"], characters, encoder, readout, steps)

    def predictions(
        self,
        words: np.ndarray,
        kinds: np.ndarray,
        letters: np.ndarray,
        lengths: np.ndarray,
        offsets: np.ndarray,
    ) -> Iterator[Tagged]:
        """Yield the best tags and the log marginals of all sequences, in batches of similar length.
        `words` and `kinds` hold all sequences in one array; values that are not finite are
        refused."""
        columns = self._columns(words, kinds, letters, lengths)
        for batch in length_batches(offsets, 1 << 12):
            scores = self._scores(columns[batch.rows], batch.lengths)
            check_finite_batch(scores, batch)
            if self.steps is None:
                yield batch, scores.argmax(axis=-1), log_softmax(scores)
            else:
                yield batch, *_along_chain(scores.astype(np.float64), batch, self.steps)

    @quiet
    def _columns(
        self, words: np.ndarray, kinds: np.ndarray, letters: np.ndarray, lengths: np.ndarray
    ) -> Float[np.ndarray, "word column"]:
        """Every word's embedding and, with characters, the output of the character encoder, which
        reads each distinct word once."""
        columns = self.embedding[words]
        if self.characters is None:
            return columns
        spelled = np.asarray(self.characters(letters, lengths).summary)
        return np.concatenate([columns, spelled[kinds]], axis=-1)

    @quiet
    def _scores(
        self, columns: Float[np.ndarray, "batch time column"], lengths: Int[np.ndarray, " batch"]
    ) -> Float[np.ndarray, "batch time tag"]:
        return self.readout(np.asarray(self.encoder(columns, lengths).along))


def _along_chain(
    scores: Float[np.ndarray, "batch time tag"],
    batch: LengthBatch,
    steps: Float[np.ndarray, "edge edge"],
) -> tuple[Int[np.ndarray, "batch time"], Float[np.ndarray, "batch time tag"]]:
    """The best path (Viterbi), and log marginals (forward-backward)."""
    offsets = np.concatenate([[0], np.cumsum(batch.lengths, dtype=np.int64)])
    flat = scores[batch.inside]
    best, log_probs = np.zeros(scores.shape[:2], np.int32), np.zeros_like(scores)
    best[batch.inside] = best_first_order(flat, offsets, steps)
    with np.errstate(divide="ignore"):
        log_probs[batch.inside] = np.log(first_order_shares(flat, offsets, steps).tags)
    return best, log_probs
