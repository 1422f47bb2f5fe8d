"""The network of a translator: an encoder, a decoder and attention."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from ..._types import END, Key, Observation, State
from ..sequences import Source, without_attention
from ._attention_body import AttentionBody
from ._decoders import TokenDecoder, log_probs_given
from ._encoder_body import EncoderBody
from ._token_model import dropout


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
        return _start(self, _on_device(given))

    def step(
        self, state: TranslationState, token: Int[Array | np.ndarray, " batch"]
    ) -> tuple[TranslationState, Float[Array, "batch vocab"]]:
        """Process one token; return the state and the log probability of every next token."""
        return _step(self, state, jnp.asarray(token))

    def attended(
        self,
        given: Source,
        target: Int[Array | np.ndarray, "batch time"],
        lengths: Int[Array | np.ndarray, " batch"],
    ) -> Float[Array, "batch time source"]:
        """Attention weights of each token of known targets over the steps of its source; rows sum
        to 1."""
        if self.attention is None:
            raise without_attention()
        return _attended(self, _on_device(given), jnp.asarray(target), jnp.asarray(lengths))

    def log_probs_of(
        self,
        given: Source,
        target: Int[np.ndarray, "batch time"],
        lengths: Int[np.ndarray, " batch"],
    ) -> Float[np.ndarray, "batch time"]:
        """The log probability of every token of known targets, their ends included in
        `lengths`."""
        return log_probs_given(self, _on_device(given), target, lengths)

    def with_bias(self, bias: Float[Array | np.ndarray, " vocab"]) -> "TranslatorModel":
        """The same model with another bias of the output layer."""
        return TranslatorModel(self.encoder, self.decoder.with_bias(bias), self.attention)


def _on_device(given: Source) -> Source:
    return Source(*map(jnp.asarray, given))


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


@eqx.filter_jit
def _attended(
    model: TranslatorModel,
    given: Source,
    target: Int[Array, "batch time"],
    lengths: Int[Array, " batch"],
) -> Float[Array, "batch time source"]:
    assert model.attention is not None
    encoded = model.encoder(given.inputs, given.lengths, None)
    hidden = model.decoder.hidden(encoded.summary, target, lengths, None)
    return model.attention.weights(hidden, model.attention.keys(encoded.along), _inside(given))
