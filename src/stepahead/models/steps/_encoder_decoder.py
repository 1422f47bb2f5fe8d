"""`EncoderDecoder`: a sequence-to-sequence forecast. One recurrent stack encodes the past, another
decodes all steps ahead."""

from dataclasses import dataclass, replace
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..._settings import Settings
from ..._types import Channels, Key, Observation, State
from ...ops import as_key, split_key
from ..body import Body, draws_of, known_by_step
from ..cells import RecurrentBody, recurrent_of
from ..heads import Outputs, Vector
from ._conditioning import FirstState
from ._projections import StateProjection


@dataclass(frozen=True)
class EncoderDecoder(Settings):
    """Two stacks of `body` with separate weights: the encoder reads the past, and its output sets
    the first state of the decoder, which takes one step for every step ahead (Sutskever et al.
    2014, on numbers).

    The inputs of the decoder are the relative step (k / horizon) and the known covariates of that
    step. It does not read its own output, so it emits all steps of the head at once.

    >>> from stepahead.models import GRU
    >>> body = EncoderDecoder(GRU(8)).build(Channels(2), Vector(1, horizon=30), 0)
    >>> body.decoder.readout.weight.shape  # a number a channel, at every step
    (2, 8)
    """

    body: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "body", recurrent_of(self.body))  # wraps a user's step

    def build(self, channels: Channels, head: Outputs, key: Key) -> "EncoderDecoderBody":
        """Draw both stacks, and the map from the encoder's output to the decoder's first state."""
        of_encoder, of_decoder, of_feed = split_key(as_key(key), 3)
        width = self.body.widths[-1]
        stack = replace(self.body, readout=True)
        encoder = replace(stack.build(channels, Vector(1), of_encoder), readout=None)
        of_step = Channels(
            1, known=(channels.known - channels.static) // head.horizon + channels.static
        )
        decoder = stack.build(of_step, Vector(channels.value * head.parameters), of_decoder)
        feed = FirstState().build(width, decoder, draws_of(of_feed))
        return EncoderDecoderBody(encoder, decoder, feed, channels, head.horizon)


class EncoderDecoderBody(Body):
    """Encoder and decoder. State: that of the encoder."""

    encoder: RecurrentBody
    decoder: RecurrentBody
    feed: StateProjection
    channels: Channels = eqx.field(static=True)
    horizon: int = eqx.field(static=True)

    def initial_state(self, batch: int) -> State:
        """Zeros."""
        return self.encoder.initial_state(batch)

    def step(self, state: State, x: Observation) -> tuple[State, Float[Array, "batch out"]]:
        """Encode one step, decode all steps ahead."""
        state, hidden = self.encoder.step(state, x)
        return state, self._ahead(hidden, x.known, None)

    def unroll(
        self,
        state: State,
        xs: Observation,
        *,
        lengths: Array | None,
        at: Array | None,
        key: Key | None,
    ) -> tuple[Float[Array, "batch chosen out"], State]:
        """Encode along sequences, and decode from every requested position."""
        hidden, state = self.encoder.unroll(state, xs, lengths=lengths, at=at, key=key)
        known = xs.known
        if known is not None and at is not None:
            known = jnp.take_along_axis(known, at[..., None], axis=1)
        places = hidden.shape[:2]
        flat = None if known is None else known.reshape(-1, known.shape[-1])
        return (
            self._ahead(hidden.reshape(-1, hidden.shape[-1]), flat, key).reshape(*places, -1),
            state,
        )

    def _ahead(
        self,
        hidden: Float[Array, "place state"],
        known: Float[Array, "place covariate"] | None,
        key: Key | None,
    ) -> Float[Array, "place out"]:
        """All steps ahead from each place, side by side."""
        share = jnp.arange(1, self.horizon + 1, dtype=hidden.dtype) / self.horizon
        clock = jnp.broadcast_to(share[:, None], (len(hidden), self.horizon, 1))
        beside = (
            None
            if known is None
            else jnp.moveaxis(known_by_step(known, self.channels, self.horizon), 0, 1)
        )
        fed = Observation(clock, known=beside)
        out, _ = self.decoder.unroll(
            self.feed(hidden, self.decoder), fed, lengths=None, at=None, key=key
        )
        return out.reshape(len(hidden), -1)
