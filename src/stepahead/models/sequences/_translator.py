"""`Translator`: sequence to sequence, with an encoder, a decoder and attention."""

from dataclasses import dataclass, field
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from ..._check import Refusal
from ..._types import END, Key, Observation, State
from ...ops import as_key, split_key
from ..cells import Recurrent
from ._attention import Additive, Attention, AttentionBody, DotProduct
from ._decoder import Decoder, TokenDecoder
from ._encoder import Encoder, EncoderBody
from ._token_model import dropout


@dataclass(frozen=True)
class Translator:
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
    """A batch of source sequences, and their lengths."""

    inputs: Int[Array, "batch time"] | Float[Array, "batch time column"]
    lengths: Int[Array, " batch"]


class TranslationState(NamedTuple):
    """The state of a translation: the decoder's state, and the encoder's vectors for attention."""

    body: State
    keys: Float[Array, "batch time width"]
    memory: Float[Array, "batch time memory"]
    inside: Bool[Array, "batch time"]


class TranslatorModel(eqx.Module):
    """A trained encoder, decoder and attention. `given` are the sources of a batch."""

    encoder: EncoderBody
    decoder: TokenDecoder
    attention: AttentionBody | None

    def hidden(
        self,
        given: Source,
        target: Int[Array, "batch time"],
        lengths: Int[Array, " batch"],
        key: Key | None,
    ) -> Float[Array, "batch time state"]:
        """Inputs of the output layer at every step of known targets (teacher forcing), their ends
        included in `lengths`."""
        of_encoder, of_decoder, of_joined = (None,) * 3 if key is None else jax.random.split(key, 3)
        encoded = self.encoder(given.inputs, given.lengths, of_encoder)
        hidden = self.decoder.hidden(encoded.summary, target, lengths, of_decoder)
        if self.attention is None:
            return hidden
        joined = self.attention(
            hidden, self.attention.keys(encoded.along), encoded.along, _inside(given)
        )
        return dropout(joined, self.decoder.net.dropout, of_joined)

    def logits(self, hidden: Float[Array, "*axes state"]) -> Float[Array, "*axes vocab"]:
        """A score for every token."""
        return self.decoder.logits(hidden)

    def start(self, given: Source) -> tuple[TranslationState, Float[Array, "batch vocab"]]:
        """The state before the first token, and the log probabilities of the first token."""
        return _start(self, Source(*map(jnp.asarray, given)))

    def step(
        self, state: TranslationState, token: Int[Array | np.ndarray, " batch"]
    ) -> tuple[TranslationState, Float[Array, "batch vocab"]]:
        """Process one token; return the state and the log probability of every next token."""
        return _step(self, state, jnp.asarray(token))

    def attended(
        self, given: Source, target: Int[Array, "batch time"], lengths: Int[Array, " batch"]
    ) -> Float[Array, "batch time source"]:
        """Attention weights of each token of known targets over the steps of its source; rows sum
        to 1."""
        if self.attention is None:
            raise Refusal(
                "This translator has no attention to look at. Fit one with "
                "`attention=DotProduct()`."
            )
        encoded = self.encoder(given.inputs, given.lengths, None)
        hidden = self.decoder.hidden(encoded.summary, target, lengths, None)
        return self.attention.weights(hidden, self.attention.keys(encoded.along), _inside(given))

    def with_bias(self, bias: Float[Array | np.ndarray, " vocab"]) -> "TranslatorModel":
        """The same model with another bias of the output layer."""
        return TranslatorModel(self.encoder, self.decoder.with_bias(bias), self.attention)


def _inside(given: Source) -> Bool[Array, "batch time"]:
    return jnp.arange(given.inputs.shape[1]) < given.lengths[:, None]


@eqx.filter_jit
def _start(
    model: TranslatorModel, given: Source
) -> tuple[TranslationState, Float[Array, "batch vocab"]]:
    encoded = model.encoder(given.inputs, given.lengths, None)
    body = model.decoder.feed(encoded.summary, model.decoder.body)
    memory = encoded.along if model.attention is not None else encoded.along[..., :0]
    keys = memory if model.attention is None else model.attention.keys(memory)
    return _stepped(
        model,
        TranslationState(body, keys, memory, _inside(given)),
        jnp.full(len(given.lengths), END),
    )


@eqx.filter_jit
def _step(
    model: TranslatorModel, state: TranslationState, token: Int[Array, " batch"]
) -> tuple[TranslationState, Float[Array, "batch vocab"]]:
    return _stepped(model, state, token)


def _stepped(
    model: TranslatorModel, state: TranslationState, token: Int[Array, " batch"]
) -> tuple[TranslationState, Float[Array, "batch vocab"]]:
    net = model.decoder.net
    body, out = net.body.step(state.body, Observation(net.embedding[token]))
    if model.attention is not None:
        out = model.attention(out[:, None], state.keys, state.memory, state.inside)[:, 0]
    return state._replace(body=body), jax.nn.log_softmax(net.logits(out))
