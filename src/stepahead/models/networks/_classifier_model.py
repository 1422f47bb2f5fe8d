"""The network of a classifier of sequences: an encoder with an output layer."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from ..._types import Key
from ..cells import Readout
from ..sequences import (
    Encoded,
    LengthBatch,
    check_filled,
    check_finite_rows,
    length_batches,
)
from ._encoder_body import EncoderBody


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
        return check_finite_rows(
            np.asarray(jax.nn.log_softmax(self.readout(jnp.asarray(self.encode(rows, offsets)))))
        )

    def encode(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, "sequence width"]:
        """The encoder's vector of each sequence; refuse empty sequences, and vectors that are not
        finite."""
        check_filled(offsets)
        found = np.zeros((len(offsets) - 1, self.encoder.width), np.float32)
        for batch in length_batches(offsets):
            found[batch.members] = encode_batch(self.encoder, rows, batch).summary[
                : len(batch.members)
            ]
        return check_finite_rows(found)


def encode_batch(encoder: EncoderBody, rows: np.ndarray, batch: LengthBatch) -> Encoded:
    """The encoder's output for one batch."""
    return _encode_batch(encoder, jnp.asarray(rows[batch.rows]), jnp.asarray(batch.lengths))


@eqx.filter_jit
def _encode_batch(encoder: EncoderBody, inputs: Array, lengths: Int[Array, " batch"]) -> Encoded:
    return encoder(inputs, lengths, None)
