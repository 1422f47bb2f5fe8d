"""`Body`: the step inside a model. A subclass needs two methods; everything else has a default that
works for any step."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from ..._types import Key, Observation, State
from ...ops import scan_step
from ..heads import Head, density_of, sampler_of


class Body(eqx.Module):
    """A frozen tree of arrays with a step: `state', out = step(state, x)`.

    A body of your own may be any class with `initial_state` and `step`; it is wrapped when it is
    built. Derive it from this class to override a default: the number of past values it depends on,
    a faster way along a sequence, the stand-in for a missing value.
    """

    @abstractmethod
    def initial_state(self, batch: int) -> State:
        """The state before the first observation, for `batch` sequences: a tree of arrays with a
        leading axis `batch`."""

    @abstractmethod
    def step(self, state: State, x: Observation) -> tuple[State, Float[Array, "batch ..."]]:
        """Process one observation; return the new state and the parameters of the next value's
        distribution."""

    @property
    def needs(self) -> int:
        """The number of values it must see before its output is valid."""
        return 1

    @property
    def reach(self) -> int | None:
        """The number of past values that its output depends on; None: all."""
        return None

    @property
    def repeats(self) -> int:
        """The lag, in steps, at which a missing value is replaced by an earlier one (the last
        observed at a multiple of it); 0: never."""
        return 0

    @property
    def any_unit(self) -> bool:
        """True if the body is equivariant to affine changes of unit: its location of a·y + b is
        a·(that of y) + b, up to rounding. It is then computed in the unit of the data."""
        return False

    @property
    def holds_last(self) -> bool:
        """True if a missing input is replaced by the last value, and not by the model's own
        prediction."""
        return False

    @property
    def depth(self) -> int:
        """The number of layers stacked on one another."""
        return 1

    def begin(self, before: Float[Array, "batch channel"]) -> State:
        """The initial state of sequences whose earlier values are taken to be all `before`."""
        return self.initial_state(len(before))

    def stand_in(
        self, state: State, predicted: Float[Array, "batch channel"]
    ) -> Float[Array, "batch channel"]:
        """The input that replaces a missing value: the model's own prediction."""
        return predicted

    def reaching(self, horizon: int) -> "Body":
        """The same body with an output of at least `horizon` steps, where it has one for any number
        of steps; else itself."""
        return self

    def one_step(self) -> "Body":
        """The same body with an output of one step where it can have one, so that what is drawn is
        fed back step by step; else itself."""
        return self

    def draw(
        self, head: Head, out: Float[Array, "*axes channel parameter"], key: Key
    ) -> Float[Array, "*axes channel"]:
        """One draw of the next values, each channel independently."""
        return sampler_of(head).draw(out, key)

    def log_density(
        self, head: Head, out: Float[Array, "*axes channel parameter"], target: Observation
    ) -> Float[Array, "*axes channel"]:
        """The log density of the next values, each channel separately, in nats."""
        return density_of(head).log_density(out, target.value)

    def close_gaps(
        self, state: State, xs: Observation, step_by_step: Callable[[], Array]
    ) -> Float[Array, "batch time channel"]:
        """The inputs along sequences with every gap filled. `step_by_step` fills them one step
        after the other by `stand_in`."""
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
        """All outputs along sequences, or those at the places `at`, and the final state. Past
        `lengths` the state stays the same."""
        state, out = scan_inside(self.step, state, xs, lengths)
        if at is not None:
            out = jnp.take_along_axis(out, at.reshape(*at.shape, *[1] * (out.ndim - 2)), axis=1)
        return out, state


class PlainStep(Body):
    """A wrapper around a user's own step that has the two methods only."""

    own: eqx.Module

    def initial_state(self, batch: int) -> State:
        """The user's."""
        return self.own.initial_state(batch)  # type: ignore[attr-defined]

    def step(self, state: State, x: Observation) -> tuple[State, Float[Array, "batch ..."]]:
        """The user's."""
        return self.own.step(state, x)  # type: ignore[attr-defined]


def scan_inside(
    step: Callable, state: State, xs: Observation, lengths: Int[Array, " batch"] | None
) -> tuple[State, Any]:
    """`ops.scan_step` with a state that stays the same past each sequence's length."""
    if lengths is None:
        return scan_step(lambda state, x: step(state, x), state, xs)  # noqa: PLW0108 - scan needs a hashable function

    def inside(state: State, x: tuple[Observation, Array]) -> tuple[State, Any]:
        after, out = step(state, x[0])
        return jax.tree.map(
            lambda new, old: jnp.where(x[1].reshape(-1, *[1] * (new.ndim - 1)), new, old),
            after,
            state,
        ), out

    return scan_step(inside, state, (xs, jnp.arange(xs.value.shape[1]) < lengths[:, None]))


def seen(xs: Observation) -> Bool[Array, "batch time channel"]:
    """A mask of the observed values."""
    return jnp.ones(xs.value.shape, bool) if xs.observed is None else xs.observed


def last_seen(
    before: Float[Array, "batch channel"], xs: Observation
) -> Float[Array, "batch time channel"]:
    """The sequence with every missing value replaced by the last observed one before it (`before`
    at the start)."""
    last = jax.lax.cummax(
        jnp.where(seen(xs), jnp.arange(1, xs.value.shape[1] + 1)[None, :, None], 0), axis=1
    )
    values = jnp.concatenate([before[:, None].astype(xs.value.dtype), xs.value], axis=1)
    return jnp.take_along_axis(values, last, axis=1)
