"""`Anchored`: a model of changes. Its input is differenced, and its output is relative to the last
value."""

from collections.abc import Callable
from dataclasses import dataclass

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..._check import Refusal
from ..._settings import Settings
from ..._types import Channels, Key, Observation, State
from ..body import Body, body_of, last_seen
from ..heads import Head, Location
from ._model import Specification, dtype_of, with_axes


@dataclass(frozen=True)
class Anchored(Settings):
    """`spec` on the changes of a series: the input is x_t − x_{t−1}, and x_t is added to its
    location at every step ahead.

    The forecast moves with the level of the series, so one model serves series of any level, and a
    trend does not leave the range seen in training. Source: the last-value normalisation of NLinear
    (Zeng et al. 2023) and the residual connection, for any step. The first change of a series is 0.
    """

    spec: Specification

    def build(self, channels: Channels, head: Head, key: Key) -> "AnchoredBody":
        """Build the inner body."""
        if not isinstance(head, Location):
            raise Refusal(
                f"`Anchored` adds the last value to a location, which {type(head).__name__} does "
                f"not have. Use {self.spec!r} itself."
            )
        return AnchoredBody(body_of(self.spec, channels, head, key), head, channels)


class AnchoredBody(Body):
    """State: that of the inner body, the last value, and a flag for whether there is one."""

    body: Body
    head: Location = eqx.field(static=True)
    channels: Channels = eqx.field(static=True)

    @property
    def needs(self) -> int:
        """One value more than the inner body needs."""
        return self.body.needs + 1

    @property
    def reach(self) -> int | None:
        """One value more than the inner body; None: all."""
        inner = self.body.reach
        return None if inner is None else inner + 1

    @property
    def depth(self) -> int:
        """As the inner body."""
        return self.body.depth

    @property
    def holds_last(self) -> bool:
        """The same as for the inner body; the last value is then a change of 0."""
        return self.body.holds_last

    def stand_in(
        self, state: State, predicted: Float[Array, "batch channel"]
    ) -> Float[Array, "batch channel"]:
        """The last value, a change of 0, if the inner body holds its last value too."""
        return state[1] if self.holds_last else predicted

    def close_gaps(
        self, state: State, xs: Observation, step_by_step: Callable[[], Array]
    ) -> Float[Array, "batch time channel"]:
        """The last observed values, all at once, if the inner body holds its last value too."""
        return last_seen(state[1], xs) if self.holds_last else step_by_step()

    def initial_state(self, batch: int) -> State:
        """The inner state, and no value yet."""
        last = jnp.zeros((batch, self.channels.value), dtype_of(self.body))
        return self.body.initial_state(batch), last, jnp.zeros((batch, 1), bool)

    def begin(self, before: Float[Array, "batch channel"]) -> State:
        """The inner state, and this value as the last one."""
        inner, last, begun = self.initial_state(len(before))
        return inner, before.astype(last.dtype), begun

    def step(
        self, state: State, x: Observation
    ) -> tuple[State, Float[Array, "batch horizon channel parameter"]]:
        """Feed the change, then add the value to the location."""
        inner, last, begun = state
        change = jnp.where(begun, x.value - last, 0)
        inner, out = self.body.step(inner, x._replace(value=change))
        return (inner, x.value, jnp.ones_like(begun)), self._anchor(out, x.value)

    def unroll(
        self,
        state: State,
        xs: Observation,
        *,
        lengths: Array | None,
        at: Array | None,
        key: Key | None,
    ) -> tuple[Float[Array, "batch chosen horizon channel parameter"], State]:
        """The inner body along the changes."""
        inner, last, begun = state
        before = jnp.concatenate([last[:, None].astype(xs.value.dtype), xs.value[:, :-1]], axis=1)
        changes = (xs.value - before).at[:, 0].multiply(begun)
        out, inner = self.body.unroll(
            inner, xs._replace(value=changes), lengths=lengths, at=at, key=key
        )
        anchors = xs.value if at is None else jnp.take_along_axis(xs.value, at[..., None], axis=1)
        ends = jnp.full(last.shape[:1], xs.value.shape[1]) if lengths is None else lengths
        final = jnp.take_along_axis(xs.value, jnp.maximum(ends - 1, 0)[:, None, None], axis=1)[:, 0]
        seen = (ends > 0)[:, None]
        return self._anchor(out, anchors), (inner, jnp.where(seen, final, last), begun | seen)

    def _anchor(
        self, out: Array, value: Float[Array, "*axes channel"]
    ) -> Float[Array, "*axes horizon channel parameter"]:
        return with_axes(out, self.head, self.channels).at[..., 0].add(value[..., None, :])
