"""`Direct`: one model for each step ahead, side by side, looking like one model that emits all steps at once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from .._types import Channels, Key, Observation, State, Step
from ..ops import as_key, split
from ._columns import known_by_step
from ._heads import Head
from ._model import Specification, scan_inside
from ._own_step import body_of


@dataclass(frozen=True)
class Direct:
    """As many copies of `spec` as the head has steps ahead, each with its own weights; copy k predicts step k only.

    Trained as one program: their losses add up and no weight is shared, so each learns its own step. Of what is known beforehand
    copy k sees what belongs to step k.
    """

    spec: Specification

    def build(self, channels: Channels, head: Head, key: Key) -> "DirectBody":
        """Draw `head.horizon` bodies, stacked along a leading axis."""
        one: Any = replace(cast("Any", head), horizon=1)
        of_step = replace(channels, known=(channels.known - channels.static) // head.horizon + channels.static)
        bodies = [body_of(self.spec, of_step, one, k) for k in split(as_key(key), head.horizon)]
        return DirectBody(jax.tree.map(lambda *leaves: jnp.stack(leaves), *bodies), channels, head.horizon)


class DirectBody(eqx.Module):
    """The copies, stacked. State: theirs, with the copies on axis 1, after the batch."""

    bodies: Step
    channels: Channels = eqx.field(static=True)
    horizon: int = eqx.field(static=True)

    @property
    def needs(self) -> int:
        """What one copy needs."""
        return getattr(self.bodies, "needs", 1)

    @property
    def reach(self) -> int | None:
        """How far back one copy looks; None: to the start."""
        return getattr(self.bodies, "reach", None)

    def initial_state(self, batch: int) -> State:
        """Every copy's initial state."""
        return eqx.filter_vmap(lambda body: body.initial_state(batch), out_axes=1)(self.bodies)

    @property
    def begin(self) -> Callable[[Float[Array, "batch channel"]], State] | None:
        """Every copy's state from what was before, where a copy has one."""
        if getattr(self.bodies, "begin", None) is None:
            return None
        return lambda before: eqx.filter_vmap(lambda body: cast("Any", body).begin(before), out_axes=1)(self.bodies)

    def step(self, state: State, x: Observation) -> tuple[State, Float[Array, "batch out"]]:
        """All copies take the same step."""

        def one(body: Step, s: State, known: Array | None) -> tuple[State, Array]:
            return body.step(s, x._replace(known=known))

        stepped = eqx.filter_vmap(one, in_axes=(eqx.if_array(0), 1, 0), out_axes=(1, 0))
        state, out = stepped(self.bodies, state, self._known(x))
        return state, _side_by_side(out, 1)

    def _known(self, x: Observation) -> Float[Array, "copy *axes covariate"] | None:
        """What each copy knows of its own step."""
        return None if x.known is None else known_by_step(x.known, self.channels, self.horizon)

    @property
    def stand_in(self) -> Callable[[State], Array] | None:
        """What one copy is fed where a value is missing, where that is no prediction."""
        last = getattr(self.bodies, "stand_in", None)
        return None if last is None else lambda state: last(jax.tree.map(lambda leaf: leaf[:, 0], state))

    def unroll(
        self, state: State, xs: Observation, *, lengths: Array | None, at: Array | None, key: Key | None
    ) -> tuple[Float[Array, "batch chosen out"], State]:
        """All copies along the same sequences."""

        def one(body: Step, s: State, known: Array | None) -> tuple[Array, State]:
            of_copy = xs._replace(known=known)
            fast = getattr(body, "unroll", None)
            if fast is not None:
                return fast(s, of_copy, lengths=lengths, at=at, key=key)
            s, out = scan_inside(body.step, s, of_copy, lengths)
            out = out.reshape(*out.shape[:2], -1)
            return (out if at is None else jnp.take_along_axis(out, at[..., None], axis=1)), s

        along = eqx.filter_vmap(one, in_axes=(eqx.if_array(0), 1, 0), out_axes=(0, 1))
        out, state = along(self.bodies, state, self._known(xs))
        return _side_by_side(out, 2), state


def _side_by_side(out: Float[Array, "copy ..."], leading: int) -> Float[Array, "..."]:
    """`[copy, batch, time?, ...]` to `[batch, time?, copy · rest]`."""
    flat = out.reshape(*out.shape[: 1 + leading], -1)
    return jnp.moveaxis(flat, 0, -2).reshape(*flat.shape[1:-1], -1)
