"""`Translator`: sequence to sequence, with an encoder, a decoder and attention."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ..._check import Refusal
from ..._settings import Settings
from ..._types import Key
from ..cells import Recurrent
from ._attention import Additive, Attention, DotProduct
from ._decoder import Decoder
from ._encoder import Encoder

if TYPE_CHECKING:
    from ..networks import TranslatorModel


@dataclass(frozen=True)
class Translator(Settings):
    """A sequence-to-sequence model: an `encoder` reads the source, and its vector of the whole
    conditions the `decoder` (Sutskever et al. 2014; Cho et al. 2014).

    With `attention` (`DotProduct()`, `Additive()`), every decoder step also attends to the
    encoder's vectors of all steps (Bahdanau et al. 2015), after its recurrent layers (Luong et al.
    2015). None: no attention.

    >>> from stepahead.models import GRU
    >>> Translator(Encoder(GRU(8), bidirectional=True), Decoder(GRU(8))).attention
    DotProduct(width=None)
    """

    encoder: Encoder
    decoder: Decoder
    attention: Attention | None = field(default_factory=DotProduct)

    def __post_init__(self) -> None:
        if not isinstance(self.encoder, Encoder) or not isinstance(self.decoder, Decoder):
            raise Refusal(
                "A translator is made of an Encoder and a Decoder. Give "
                "`Translator(Encoder(GRU(256)), Decoder(GRU(256)))`."
            )
        if not isinstance(self.attention, DotProduct | Additive | None):
            raise Refusal(
                "`attention` must be DotProduct(), Additive() or None, but it is "
                f"{self.attention!r}. Give one of these."
            )

    def build(
        self, targets: int, key: Key, *, tokens: int | None = None, columns: int = 0
    ) -> "TranslatorModel":
        """Draw the weights, for a target vocabulary of `targets`, and sources of a vocabulary of
        `tokens` or of rows of `columns` numbers."""
        from ...ops import as_key, split_key
        from ..networks import TranslatorModel

        of_encoder, of_decoder, of_attention = split_key(as_key(key), 3)
        encoder = (
            self.encoder.of_rows(columns, of_encoder)
            if tokens is None
            else self.encoder.of_tokens(tokens, of_encoder)
        )
        decoder = self.decoder.of_tokens(targets, encoder.width, of_decoder)
        body = self.decoder.embedded.body
        assert isinstance(body, Recurrent)
        attention = (
            None
            if self.attention is None
            else self.attention.build(body.widths[-1], encoder.width, of_attention)
        )
        return TranslatorModel(encoder, decoder, attention)


class Source(NamedTuple):
    """A batch of source sequences, tokens `[batch, time]` or rows `[batch, time, column]`, and
    their lengths. Arrays of JAX or of NumPy."""

    inputs: Any
    lengths: Any


def without_attention() -> Refusal:
    """The refusal of attention weights by a translator that has none."""
    return Refusal(
        "This translator has no attention to look at. Fit one with `attention=DotProduct()`."
    )
