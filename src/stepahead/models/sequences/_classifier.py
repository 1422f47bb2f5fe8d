"""Classification of sequences by a network: an encoder with an output layer."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..._settings import Settings
from ..._types import Key
from ._encoder import Encoder

if TYPE_CHECKING:
    from ..networks import ClassifierModel


@dataclass(frozen=True)
class Classifier(Settings):
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
        from ...ops import as_key, split_key
        from ..body import draws_of, glorot, zeros
        from ..cells import Readout
        from ..networks import ClassifierModel

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
