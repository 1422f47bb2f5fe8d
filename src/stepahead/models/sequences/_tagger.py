"""Sequence tagging: a tag for every step, from both directions, with or without transition scores
between neighbours."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from ..._check import Refusal, overflowed
from ..._types import Key
from ...ops import ChainScores, as_key, log_marginals, log_partition, path_score, split_key, viterbi
from ..body import draws_of, glorot, uniform, zeros
from ..cells import Readout
from ._encoder import Encoder, EncoderBody, drop_words
from ._length_batches import LengthBatch, length_batches
from ._token_model import cross_entropy


@dataclass(frozen=True)
class Tagger:
    """An `encoder` over words gives a vector for each, and an output layer scores every tag.

    A word is represented by its embedding and, with `characters`, by the vector that this encoder
    computes from its characters (Ling et al. 2015), side by side. With `lower`, words are looked up
    in lower case (characters keep their case). With `transitions`, neighbouring tags have scores of
    their own, training maximises the probability of the whole tag sequence, and the best sequence
    is found by Viterbi (a linear-chain conditional random field, Lafferty et al. 2001).
    """

    encoder: Encoder
    characters: Encoder | None = None
    transitions: bool = False
    lower: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.encoder, Encoder) or not isinstance(self.characters, Encoder | None):
            raise Refusal(
                "A tagger is made of encoders: `Tagger(Encoder(LSTM(100), bidirectional=True), "
                "characters=Encoder(GRU(32), "
                "bidirectional=True, embedding=16))`. Give an Encoder."
            )

    def build(self, words: int, characters: int, tags: int, key: Key) -> "TaggerModel":
        """Draw the weights for vocabularies of `words` and `characters` and a number of `tags`; all
        transitions start equal."""
        of_ends, of_encoder, of_characters = split_key(as_key(key), 3)
        draws = draws_of(of_ends)
        inside = (
            None
            if self.characters is None
            else self.characters.of_tokens(characters, of_characters)
        )
        encoder = self.encoder.of_rows(
            self.encoder.columns + (0 if inside is None else inside.width), of_encoder
        )
        chain = (
            ChainScores(zeros(draws, tags, tags), zeros(draws, tags), zeros(draws, tags))
            if self.transitions
            else None
        )
        readout = Readout(glorot(draws, tags, encoder.width), zeros(draws, tags))
        return TaggerModel(
            uniform(draws, 0.1, words, self.encoder.columns),
            inside,
            encoder,
            readout,
            chain,
            self.encoder.word_dropout,
        )


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


def predict_tags(
    model: TaggerModel,
    words: np.ndarray,
    kinds: np.ndarray,
    letters: np.ndarray,
    lengths: np.ndarray,
    offsets: np.ndarray,
) -> Iterator[
    tuple[LengthBatch, Int[np.ndarray, "batch time"], Float[np.ndarray, "batch time tag"]]
]:
    """The best tags and the log marginals of all sequences, in batches of similar length. `words`
    and `kinds` are flat."""
    for batch in length_batches(offsets, 1 << 12):
        of = kinds[batch.rows]
        spelling = WordBatch(
            jnp.asarray(words[batch.rows]), jnp.asarray(letters[of]), jnp.asarray(lengths[of])
        )
        best, said = _tagged(model, spelling, jnp.asarray(batch.lengths))
        held = np.asarray(said)
        bad = np.argwhere(~np.isfinite(held[batch.inside]))
        if len(bad):
            sequence, step = (place[bad[0, 0]] for place in batch.inside)
            raise overflowed(
                float(held[sequence, step, bad[0, 1]]),
                f"word {step + 1} of sequence {batch.members[sequence] + 1}",
            )
        yield batch, np.asarray(best), held


@eqx.filter_jit
def _tagged(
    model: TaggerModel, spelling: WordBatch, lengths: Int[Array, " batch"]
) -> tuple[Array, Array]:
    scores = model.scores(spelling, lengths, None)
    return model.best(scores, lengths), model.log_marginals(scores, lengths)
