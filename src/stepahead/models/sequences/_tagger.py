"""Sequence tagging: a tag for every step, from both directions, with or without transition scores
between neighbours."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..._check import Refusal
from ..._settings import Settings
from ..._types import Key
from ._encoder import Encoder

if TYPE_CHECKING:
    from ..networks import TaggerModel


@dataclass(frozen=True)
class Tagger(Settings):
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
        from ...ops import ChainScores, as_key, split_key
        from ..body import draws_of, glorot, uniform, zeros
        from ..cells import Readout
        from ..networks import TaggerModel

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
