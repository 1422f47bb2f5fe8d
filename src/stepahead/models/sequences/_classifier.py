"""Classification of sequences by a network: an encoder with an output layer."""

from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from ..._check import Refusal, overflowed
from ..._types import Key
from ...ops import as_key, split_key
from ..body import draws_of, glorot, zeros
from ..cells import Readout
from ._encoder import Encoded, Encoder, EncoderBody
from ._length_batches import LengthBatch, length_batches


@dataclass(frozen=True)
class Classifier:
    """An `encoder` reads the sequence, and an output layer scores every label from its vector.

    A recurrent specification or a step of your own alone is read in one direction, and its last
    state is the vector.

    >>> from stepahead.models import GRU
    >>> Classifier(GRU(8)).reader
    Encoder(body=GRU(width=8, layers=1, dropout=0.0, readout=True), bidirectional=False,
    embedding=None, dropout=0.0, word_dropout=0.0, pool=LastState())
    """

    encoder: Any

    @property
    def reader(self) -> Encoder:
        """The encoder."""
        return self.encoder if isinstance(self.encoder, Encoder) else Encoder(self.encoder)

    def build(
        self, labels: int, key: Key, *, tokens: int | None = None, columns: int = 0
    ) -> "ClassifierModel":
        """Draw the weights, for a vocabulary of `tokens` or for rows of `columns` numbers."""
        of_encoder, of_readout = split_key(as_key(key), 2)
        encoder = (
            self.reader.of_rows(columns, of_encoder)
            if tokens is None
            else self.reader.of_tokens(tokens, of_encoder)
        )
        draws = draws_of(of_readout)
        return ClassifierModel(
            encoder, Readout(glorot(draws, labels, encoder.width), zeros(draws, labels))
        )


class ClassifierModel(eqx.Module):
    """A trained classifier network. A `SequenceClassifier`."""

    encoder: EncoderBody
    readout: Readout

    def logits(
        self, inputs: Array, lengths: Int[Array, " batch"], key: Key | None
    ) -> Float[Array, "batch label"]:
        """Scores of every label for whole sequences of tokens or rows; with a key, dropout is
        drawn."""
        return self.readout(self.encoder(inputs, lengths, key).summary)

    def log_probs(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, "sequence label"]:
        """The log probability of every label, in batches of similar length; refuse values that are
        not finite."""
        return _finite(
            np.asarray(jax.nn.log_softmax(self.readout(jnp.asarray(self.encode(rows, offsets)))))
        )

    def encode(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, "sequence width"]:
        """The encoder's vector of each sequence; refuse empty sequences, and vectors that are not
        finite."""
        empty = np.flatnonzero(np.diff(offsets) == 0)
        if len(empty):
            raise Refusal(
                f"Sequence {empty[0] + 1} is empty, so there is nothing to label. Leave it out."
            )
        found = np.zeros((len(offsets) - 1, self.encoder.width), np.float32)
        for batch in length_batches(offsets):
            found[batch.members] = encode_batch(self.encoder, rows, batch).summary[
                : len(batch.members)
            ]
        return _finite(found)


def _finite(said: Float[np.ndarray, "sequence number"]) -> Float[np.ndarray, "sequence number"]:
    """The outputs of a network; refuse values that are not finite."""
    bad = np.argwhere(~np.isfinite(said))
    if len(bad):
        raise overflowed(float(said[tuple(bad[0])]), f"sequence {bad[0, 0] + 1}")
    return said


def encode_batch(encoder: EncoderBody, rows: np.ndarray, batch: LengthBatch) -> Encoded:
    """The encoder's output for one batch."""
    return _encode_batch(encoder, jnp.asarray(rows[batch.rows]), jnp.asarray(batch.lengths))


@eqx.filter_jit
def _encode_batch(encoder: EncoderBody, inputs: Array, lengths: Int[Array, " batch"]) -> Encoded:
    return encoder(inputs, lengths, None)
