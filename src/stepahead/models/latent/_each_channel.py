"""Channels that are independent given the hidden state, each of its own kind."""

from typing import TypeVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, PyTree

from ..heads import Emitting, OneOf
from ._emission import Emission, Weighted

Numbers = TypeVar("Numbers", Array, np.ndarray)


class EachChannel(Emission):
    """An emission for each channel: log p(observation | state) is their sum."""

    parts: tuple[Emission, ...]

    @property
    def head(self) -> OneOf:
        """The head of a channel; its first parameter is the index of the kind."""
        return OneOf(heads=self.kinds)

    @property
    def kinds(self) -> tuple[Emitting, ...]:
        """The heads of all channels."""
        return tuple(part.head for part in self.parts)

    @property
    def channels(self) -> int:
        """The number of channels, one for each part."""
        return len(self.parts)

    @property
    def lags(self) -> int:
        """The largest number of past values that a part uses."""
        return max(part.lags for part in self.parts)

    @property
    def free(self) -> int:
        """The number of free parameters over all parts."""
        return sum(part.free for part in self.parts)

    def scores(
        self,
        value: Float[Array, "*axes channel"],
        observed: Bool[Array, "*axes channel"],
        recent: Float[Array, "*axes lag channel"],
    ) -> Float[Array, "*axes state"]:
        """Return log p(observation | state), summed over parts."""
        each = [
            part.scores(value[..., c : c + 1], observed[..., c : c + 1], _recent(recent, c, part))
            for c, part in enumerate(self.parts)
        ]
        return jnp.stack(each).sum(axis=0)

    def marginals(
        self, recent: Float[Array, "batch lag channel"]
    ) -> Float[Array, "batch state channel parameter"]:
        """Return the marginals of the parts, each preceded by its index."""
        each = [
            self.head.padded(c, part.marginals(_recent(recent, c, part)))
            for c, part in enumerate(self.parts)
        ]
        return jnp.concatenate(each, axis=2)

    def around(
        self, mean: Float[np.ndarray, " channel"], spread: Float[np.ndarray, " channel"]
    ) -> "EachChannel":
        """Return initial parameters for each part."""
        ends = zip(self.parts, mean[:, None], spread[:, None], strict=True)
        return EachChannel(tuple(part.around(m, s) for part, m, s in ends))

    def learned(self, given: Weighted) -> "EachChannel":
        """Return the emission with each part fitted."""
        return EachChannel(
            tuple(part.learned(_alone(given, c, part)) for c, part in enumerate(self.parts))
        )

    def unconstrained(self) -> PyTree:
        """The parameters of the parts."""
        return tuple(part.unconstrained() for part in self.parts)

    def constrained(self, numbers: PyTree) -> "EachChannel":
        """Return the emission with these parameters."""
        return EachChannel(
            tuple(part.constrained(own) for part, own in zip(self.parts, numbers, strict=True))
        )


def _recent(recent: Numbers, channel: int, part: Emission) -> Numbers:
    """The newest values of one channel, as many as its part uses."""
    return recent[..., recent.shape[-2] - part.lags :, channel : channel + 1]


def _alone(given: Weighted, channel: int, part: Emission) -> Weighted:
    """The weighted values of one channel."""
    one = slice(channel, channel + 1)
    return given._replace(
        values=given.values[:, one],
        observed=given.observed[:, one],
        lagged=_recent(given.lagged, channel, part),
        mean=given.mean[one],
        spread=given.spread[one],
    )
