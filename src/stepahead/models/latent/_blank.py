"""Emissions before fitting."""

from typing import Any

import jax.numpy as jnp

from ..._check import Refusal, counted
from ..heads import Emitting
from ._autoregressive import Autoregressive, Switching
from ._by_channel import ByChannel
from ._each_channel import EachChannel
from ._emission import Emission
from ._full_gaussian import FullGaussian, Joint


def blank(emission: Any, states: int, channels: int) -> Emission:
    """Return an emission of this kind before fitting."""
    return _BLANK.get(type(emission), _by_channel)(emission, states, channels)


def _each_channel(kinds: tuple[Any, ...], states: int, channels: int) -> Emission:
    if len(kinds) != channels:
        raise Refusal(
            f"`emission` names {counted(len(kinds), 'distribution')}, one for each channel, but "
            f"there {'is' if channels == 1 else 'are'} {counted(channels, 'channel')}. Give as "
            "many, or one distribution for all."
        )
    return EachChannel(tuple(blank(kind, states, 1) for kind in kinds))


def _by_channel(kind: Emitting, states: int, channels: int) -> Emission:
    return ByChannel(jnp.zeros((states, channels, kind.parameters), jnp.float32), kind)


def _joint(kind: FullGaussian, states: int, channels: int) -> Emission:
    eye = jnp.broadcast_to(jnp.eye(channels, dtype=jnp.float32), (states, channels, channels))
    return Joint(jnp.zeros((states, channels), jnp.float32), eye, kind.tied)


def _switching(kind: Autoregressive, states: int, channels: int) -> Emission:
    return Switching(
        jnp.zeros((states, channels, kind.lags), jnp.float32),
        jnp.zeros((states, channels, 2), jnp.float32),
    )


_BLANK: dict[type, Any] = {
    FullGaussian: _joint,
    Autoregressive: _switching,
    tuple: _each_channel,
}
"""Functions for the kinds of emission that are not heads."""
