"""The network of a tagger: encoders of words and of their characters, an output layer, and scores
of neighbouring tags."""

from collections.abc import Iterator
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from ..._types import Key
from ...ops import ChainScores, log_marginals, log_partition, path_score, viterbi
from ..cells import Readout
from ..sequences import LengthBatch, check_finite_batch, length_batches
from ._encoder_body import EncoderBody, drop_words
from ._token_model import cross_entropy


class WordBatch(NamedTuple):
    """A batch of words: their numbers, the characters of each, and the number of characters."""

    words: Int[Array, "batch time"]
    letters: Int[Array, "batch time letter"]
    lengths: Int[Array, "batch time"]


class TaggerModel(eqx.Module):
    """A trained tagger: scores of every tag for every word, and of neighbouring tags if `chain` is
    not None."""

    embedding: Float[Array, "vocab column"]
    characters: EncoderBody | None
    encoder: EncoderBody
    readout: Readout
    chain: ChainScores | None
    word_dropout: float = eqx.field(static=True)

    def scores(
        self, spelling: WordBatch, lengths: Int[Array, " batch"], key: Key | None
    ) -> Float[Array, "batch time tag"]:
        """Scores of every tag for every word, without transitions; with a key, dropout is drawn."""
        of_words, of_characters, of_encoder = (
            (None,) * 3 if key is None else jax.random.split(key, 3)
        )
        columns = self.embedding[drop_words(spelling.words, self.word_dropout, of_words)]
        if self.characters is not None:
            batch, time, _ = spelling.letters.shape
            inside = jnp.arange(time) < lengths[:, None]
            letters = spelling.letters.reshape(batch * time, -1)
            spelled = self.characters(
                letters, jnp.where(inside, spelling.lengths, 0).reshape(-1), of_characters
            ).summary
            columns = jnp.concatenate([columns, spelled.reshape(batch, time, -1)], axis=-1)
        return self.readout(self.encoder(columns, lengths, of_encoder).along)

    def loss(
        self,
        scores: Float[Array, "batch time tag"],
        tags: Int[Array, "batch time"],
        lengths: Int[Array, " batch"],
    ) -> Float[Array, " batch"]:
        """−log p(tags | words) of each sequence, in nats."""
        if self.chain is None:
            inside = jnp.arange(tags.shape[1]) < lengths[:, None]
            return jnp.where(inside, cross_entropy(scores, tags), 0.0).sum(axis=1)
        return log_partition(scores, self.chain, lengths) - path_score(
            scores, self.chain, lengths, tags
        )

    def best(
        self, scores: Float[Array, "batch time tag"], lengths: Int[Array, " batch"]
    ) -> Int[Array, "batch time"]:
        """The most probable tags: of each word, or with transitions of the whole sequence."""
        return (
            scores.argmax(axis=-1)
            if self.chain is None
            else viterbi(scores, self.chain, lengths)[0]
        )

    def log_marginals(
        self, scores: Float[Array, "batch time tag"], lengths: Int[Array, " batch"]
    ) -> Float[Array, "batch time tag"]:
        """log p(tag of this word | words); with transitions, summed over all tag sequences."""
        if self.chain is None:
            return jax.nn.log_softmax(scores)
        return log_marginals(scores, self.chain, lengths)

    def predictions(
        self,
        words: np.ndarray,
        kinds: np.ndarray,
        letters: np.ndarray,
        lengths: np.ndarray,
        offsets: np.ndarray,
    ) -> Iterator[
        tuple[LengthBatch, Int[np.ndarray, "batch time"], Float[np.ndarray, "batch time tag"]]
    ]:
        """The best tags and the log marginals of all sequences, in batches of similar length.
        `words` and `kinds` are flat; refuse values that are not finite."""
        for batch in length_batches(offsets, 1 << 12):
            of = kinds[batch.rows]
            spelling = WordBatch(
                jnp.asarray(words[batch.rows]), jnp.asarray(letters[of]), jnp.asarray(lengths[of])
            )
            best, said = _tagged(self, spelling, jnp.asarray(batch.lengths))
            held = np.asarray(said)
            check_finite_batch(held, batch)
            yield batch, np.asarray(best), held


@eqx.filter_jit
def _tagged(
    model: TaggerModel, spelling: WordBatch, lengths: Int[Array, " batch"]
) -> tuple[Array, Array]:
    scores = model.scores(spelling, lengths, None)
    return model.best(scores, lengths), model.log_marginals(scores, lengths)
