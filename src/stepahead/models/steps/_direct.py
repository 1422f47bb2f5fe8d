"""`Direct`: a separate model for each step ahead, combined into one model that emits all steps at
once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..._settings import Settings
from ..._types import Channels, Key, Observation, State
from ...ops import as_key, split_key
from ..body import Body, body_of, known_by_step
from ..heads import Head
from ._model import Specification


@dataclass(frozen=True)
class Direct(Settings):
    """As many copies of `spec` as the head has steps ahead, each with its own weights; copy k
    predicts step k only.

    All copies are trained in one program: their losses are added and no weight is shared, so each
    learns its own step. Of the known covariates copy k sees those of step k.
    """

    spec: Specification

    def build(self, channels: Channels, head: Head, key: Key) -> "DirectBody":
        """Draw `head.horizon` bodies, stacked along a leading axis."""
        one: Any = replace(cast("Any", head), horizon=1)
        of_step = replace(
            channels, known=(channels.known - channels.static) // head.horizon + channels.static
        )
        bodies = [body_of(self.spec, of_step, one, k) for k in split_key(as_key(key), head.horizon)]
        return DirectBody(
            jax.tree.map(lambda *leaves: jnp.stack(leaves), *bodies), channels, head.horizon
        )


class DirectBody(Body):
    """The copies, stacked. State: theirs, with the copies on axis 1, after the batch."""

    bodies: Body
    channels: Channels = eqx.field(static=True)
    horizon: int = eqx.field(static=True)

    @property
    def depth(self) -> int:
        """As each copy."""
        return self.bodies.depth

    @property
    def needs(self) -> int:
        """The same as for one copy."""
        return self.bodies.needs

    @property
    def reach(self) -> int | None:
        """The same as for one copy."""
        return self.bodies.reach

    def initial_state(self, batch: int) -> State:
        """Every copy's initial state."""
        return eqx.filter_vmap(lambda body: body.initial_state(batch), out_axes=1)(self.bodies)

    def begin(self, before: Float[Array, "batch channel"]) -> State:
        """Every copy's initial state."""
        return eqx.filter_vmap(lambda body: body.begin(before), out_axes=1)(self.bodies)

    def step(self, state: State, x: Observation) -> tuple[State, Float[Array, "batch out"]]:
        """All copies take the same step."""

        def one(body: Body, s: State, known: Array | None) -> tuple[State, Array]:
            return body.step(s, x._replace(known=known))

        stepped = eqx.filter_vmap(one, in_axes=(eqx.if_array(0), 1, 0), out_axes=(1, 0))
        state, out = stepped(self.bodies, state, self._known(x))
        return state, _side_by_side(out, 1)

    def _known(self, x: Observation) -> Float[Array, "copy *axes covariate"] | None:
        """The known covariates of each copy's own step."""
        return None if x.known is None else known_by_step(x.known, self.channels, self.horizon)

    @property
    def holds_last(self) -> bool:
        """The same as for one copy."""
        return self.bodies.holds_last

    def stand_in(
        self, state: State, predicted: Float[Array, "batch channel"]
    ) -> Float[Array, "batch channel"]:
        """The stand-in of the first copy."""
        return self.bodies.stand_in(_first(state), predicted)

    def close_gaps(
        self, state: State, xs: Observation, step_by_step: Callable[[], Array]
    ) -> Float[Array, "batch time channel"]:
        """Filled by the first copy."""
        return self.bodies.close_gaps(_first(state), xs, step_by_step)

    def unroll(
        self,
        state: State,
        xs: Observation,
        *,
        lengths: Array | None,
        at: Array | None,
        key: Key | None,
    ) -> tuple[Float[Array, "batch chosen out"], State]:
        """All copies along the same sequences."""

        def one(body: Body, s: State, known: Array | None) -> tuple[Array, State]:
            out, s = body.unroll(s, xs._replace(known=known), lengths=lengths, at=at, key=key)
            return out.reshape(*out.shape[:2], -1), s

        along = eqx.filter_vmap(one, in_axes=(eqx.if_array(0), 1, 0), out_axes=(0, 1))
        out, state = along(self.bodies, state, self._known(xs))
        return _side_by_side(out, 2), state


def _first(state: State) -> State:
    """The state of the first copy."""
    return jax.tree.map(lambda leaf: leaf[:, 0], state)


def _side_by_side(out: Float[Array, "copy ..."], leading: int) -> Float[Array, "..."]:
    """`[copy, batch, time?, ...]` to `[batch, time?, copy · rest]`."""
    flat = out.reshape(*out.shape[: 1 + leading], -1)
    return jnp.moveaxis(flat, 0, -2).reshape(*flat.shape[1:-1], -1)
