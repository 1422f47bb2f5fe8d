"""`Bidirectional`: a recurrent network in both directions that imputes missing values. It cannot
forecast."""

from dataclasses import dataclass
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from ..._check import whole
from ..._settings import Settings
from ..._types import Key
from ..body import draws_of, zeros
from ..cells import GRU, Cell, Readout


@dataclass(frozen=True)
class Bidirectional(Settings):
    """A stack of `layers`, each of two GRU layers of `width`, one forward and one backward in time.

    Source: Schuster & Paliwal 1997; for gaps Yoon et al. 2017 (M-RNN) and Cao et al. 2018 (BRITS).
    The output, in units of a typical change from step to step, is added to linear interpolation,
    with which it starts.
    """

    width: int = 64
    layers: int = 1

    def __post_init__(self) -> None:
        whole("width", self.width), whole("layers", self.layers)

    def build(self, unit: Float[Array, " channel"], known: int, key: Key) -> "BidirectionalBody":
        """Draw the weights; the output layer starts at 0. `unit` is the typical change of each
        channel."""
        draws, channels, stack = draws_of(key), len(unit), GRU(self.width)
        sizes = (5 * channels + known, *(2 * self.width,) * (self.layers - 1))
        both = tuple(
            tuple(stack.layer(size, self.width, draws) for _ in ("along", "against"))
            for size in sizes
        )
        return BidirectionalBody(
            both, Readout(zeros(draws, channels, 2 * self.width), zeros(draws, channels)), unit
        )


class BidirectionalBody(eqx.Module):
    """Pairs of forward and backward layers, each fed the outputs of the pair below, and the output
    layer."""

    layers: tuple[tuple[Cell, ...], ...]
    readout: Readout
    unit: Float[Array, " channel"]

    def __call__(
        self,
        value: Float[Array, "batch time channel"],
        seen: Bool[Array, "batch time channel"],
        known: Float[Array, "batch time known"] | None,
        lengths: Int[Array, " batch"],
    ) -> Float[Array, "batch time channel"]:
        """The value at every step given the observed values on both sides; `value` is ignored at
        places that are not `seen`."""
        sides = interpolated(value, seen, lengths)
        change = jnp.diff(sides.between, axis=1, prepend=sides.between[:, :1]) / self.unit
        columns = [
            sides.between,
            change,
            seen.astype(value.dtype),
            jnp.log1p(sides.since),
            jnp.log1p(sides.until),
        ]
        hidden = jnp.concatenate([*columns, *([] if known is None else [known])], axis=-1)
        for pair in self.layers:
            along, against = (
                cell.unroll(cell.initial_state(len(value)), hidden, lengths=lengths, reverse=back)[
                    0
                ]
                for cell, back in zip(pair, (False, True), strict=True)
            )
            hidden = jnp.concatenate([along, against], axis=-1)
        return sides.between + self.unit * self.readout(hidden)


class Sides(NamedTuple):
    """The linear interpolation at every step, and the distances to the last and the next observed
    value."""

    between: Float[Array, "batch time channel"]
    since: Float[Array, "batch time channel"]
    until: Float[Array, "batch time channel"]


def interpolated(
    value: Float[Array, "batch time channel"],
    seen: Bool[Array, "batch time channel"],
    lengths: Int[Array, " batch"],
) -> Sides:
    """Linear interpolation between observed values; the nearest value at the ends; 0 if nothing is
    observed.

    Without a value on a side, the distance is the length of the sequence.

    >>> value = jnp.array([[9.0, 1.0, 9.0, 5.0]])[..., None]
    >>> seen = jnp.array([[False, True, False, True]])[..., None]
    >>> interpolated(value, seen, jnp.array([4])).between[0, :, 0].tolist()
    [1.0, 1.0, 3.0, 5.0]
    """
    time = value.shape[1]
    place = jnp.broadcast_to(jnp.arange(time)[None, :, None], value.shape)
    seen = seen & (place < lengths[:, None, None])
    before = jax.lax.cummax(jnp.where(seen, place, -1), axis=1)
    after = jax.lax.cummin(jnp.where(seen, place, time), axis=1, reverse=True)
    has = (before >= 0, after < time)
    left, right = (
        jnp.take_along_axis(value, jnp.clip(at, 0, time - 1), axis=1) for at in (before, after)
    )
    far = lengths[:, None, None]
    since, until = jnp.where(has[0], place - before, far), jnp.where(has[1], after - place, far)
    share = since / jnp.maximum(since + until, 1)
    both = jnp.where(
        has[0] & has[1],
        left + share * (right - left),
        jnp.where(has[0], left, jnp.where(has[1], right, 0.0)),
    )
    return Sides(both.astype(value.dtype), since.astype(value.dtype), until.astype(value.dtype))
