"""`Body`: what steps inside a model. Two methods are a body's own; all else has a default that
works for any step."""

from abc import abstractmethod
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from ..._types import Key, Observation, State
from ...ops import scan_step


class Body(eqx.Module):
    """A frozen tree of arrays that steps: `state', out = step(state, x)`.

    A body of your own may be any class with `initial_state` and `step`; it is wrapped where it is
    given. Derive it from this class to say more: how far back it looks, a faster way along a
    sequence, what it is fed where a value is missing.
    """

    @abstractmethod
    def initial_state(self, batch: int) -> State:
        """The state before anything was seen, for `batch` sequences: a tree of arrays with a
        leading axis `batch`."""

    @abstractmethod
    def step(self, state: State, x: Observation) -> tuple[State, Float[Array, "batch ..."]]:
        """Take in one observation; return the new state and the parameters of what comes next."""

    @property
    def needs(self) -> int:
        """How many values it must have seen before its output means something."""
        return 1

    @property
    def reach(self) -> int | None:
        """How many past values its output depends on; None: on all."""
        return None

    @property
    def repeats(self) -> int:
        """A missing value counts as seen, as the last one that so many steps (or a multiple) before
        was; 0: it does not."""
        return 0

    @property
    def any_unit(self) -> bool:
        """Whether its location of a·y + b is a·(that of y) + b up to rounding, so that it can be
        computed in the unit of the data."""
        return False

    @property
    def holds_last(self) -> bool:
        """Whether it is fed its last value where one is missing, and not the model's own
        prediction."""
        return False

    def begin(self, before: Float[Array, "batch channel"]) -> State:
        """The state of sequences that are taken to have held the value `before` all along."""
        return self.initial_state(len(before))

    def stand_in(
        self, state: State, predicted: Float[Array, "batch channel"]
    ) -> Float[Array, "batch channel"]:
        """What it is fed where a value is missing: the model's own prediction."""
        return predicted

    def close_gaps(
        self, state: State, xs: Observation, step_by_step: Callable[[], Array]
    ) -> Float[Array, "batch time channel"]:
        """What it is fed along sequences, gaps closed. `step_by_step` finds it by `stand_in`, one
        step after the other."""
        return step_by_step()

    def unroll(
        self,
        state: State,
        xs: Observation,
        *,
        lengths: Int[Array, " batch"] | None,
        at: Int[Array, "batch chosen"] | None,
        key: Key | None,
    ) -> tuple[Float[Array, "batch chosen ..."], State]:
        """Every output along sequences, or those at the places `at`, and the final state. Past
        `lengths` the state stands still."""
        state, out = scan_inside(self.step, state, xs, lengths)
        if at is not None:
            out = jnp.take_along_axis(out, at.reshape(*at.shape, *[1] * (out.ndim - 2)), axis=1)
        return out, state


class PlainStep(Body):
    """A step of a user's own that says no more than the two methods."""

    own: eqx.Module

    def initial_state(self, batch: int) -> State:
        """As the user's."""
        return self.own.initial_state(batch)  # type: ignore[attr-defined]

    def step(self, state: State, x: Observation) -> tuple[State, Float[Array, "batch ..."]]:
        """As the user's."""
        return self.own.step(state, x)  # type: ignore[attr-defined]


def scan_inside(
    step: Callable, state: State, xs: Observation, lengths: Int[Array, " batch"] | None
) -> tuple[State, Array]:
    """As `ops.scan_step`, with the state standing still past each sequence's length."""
    if lengths is None:
        return scan_step(lambda state, x: step(state, x), state, xs)  # noqa: PLW0108 - scan needs a hashable function

    def inside(state: State, x: tuple[Observation, Array]) -> tuple[State, Array]:
        after, out = step(state, x[0])
        return jax.tree.map(
            lambda new, old: jnp.where(x[1].reshape(-1, *[1] * (new.ndim - 1)), new, old),
            after,
            state,
        ), out

    return scan_step(inside, state, (xs, jnp.arange(xs.value.shape[1]) < lengths[:, None]))


def seen(xs: Observation) -> Bool[Array, "batch time channel"]:
    """True where a value was observed."""
    return jnp.ones(xs.value.shape, bool) if xs.observed is None else xs.observed


def last_seen(
    before: Float[Array, "batch channel"], xs: Observation
) -> Float[Array, "batch time channel"]:
    """The sequence with every missing value replaced by the last one seen before it (`before` where
    there is none)."""
    last = jax.lax.cummax(
        jnp.where(seen(xs), jnp.arange(1, xs.value.shape[1] + 1)[None, :, None], 0), axis=1
    )
    values = jnp.concatenate([before[:, None].astype(xs.value.dtype), xs.value], axis=1)
    return jnp.take_along_axis(values, last, axis=1)
