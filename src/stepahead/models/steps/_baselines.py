"""Baselines to be honest against: naive, seasonal naive, drift and mean, each a step like any other
model.

They put out a location (their forecast) and around it the distribution of their own past errors
(`shape`), which training reads off the data in closed form. They see no covariates. A location
moves with the level and the unit of a series (`any_unit`).
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..._check import whole
from ..._types import Channels, Key, Observation, State
from ..body import Body, Draws, draws_of, floating, zeros
from ..heads import Head, Location, location_of


@runtime_checkable
class Located(Protocol):
    """A body that puts out a location for each step ahead, and one error distribution `shape`
    around it at all times.

    With `shape` all zeros, parameter 0 of its output is the location.
    """

    shape: Float[Array, "horizon channel parameter"]
    head: Location


def no_errors(
    channels: Channels, head: Head, draws: Draws
) -> Float[Array, "horizon channel parameter"]:
    """The error distribution before anything was fitted: raw parameters of 0."""
    return zeros(draws, head.horizon, channels.value, head.parameters)


@dataclass(frozen=True)
class Naive:
    """Tomorrow is as today: every step ahead is the last value. The best forecast of a random
    walk."""

    def build(self, channels: Channels, head: Head, key: Key) -> "NaiveBody":
        """Make the body; nothing is drawn."""
        return NaiveBody(no_errors(channels, head, draws_of(key)), location_of(head))


class NaiveBody(Body):
    """State: nothing but the step itself."""

    shape: Float[Array, "horizon channel parameter"]
    head: Location = eqx.field(static=True)

    @property
    def reach(self) -> int:
        """The last value."""
        return 1

    @property
    def repeats(self) -> int:
        """The value before."""
        return 1

    @property
    def any_unit(self) -> bool:
        """Yes."""
        return True

    def initial_state(self, batch: int) -> State:
        """Nothing."""
        return ()

    def step(
        self, state: State, x: Observation
    ) -> tuple[State, Float[Array, "batch horizon channel parameter"]]:
        """Expect the value itself at every step ahead."""
        return state, self.head.at(
            jnp.repeat(x.value[:, None], self.head.horizon, axis=1), self.shape
        )


@dataclass(frozen=True)
class SeasonalNaive:
    """Every step ahead is the value one season (or the fewest whole seasons) before it. `season` is
    in steps.

    A value that is missing there is the last one observed at that place of the season; where none
    ever was, the value before it. Before the first step a series is taken to have stood at its
    first value.
    """

    season: int

    def __post_init__(self) -> None:
        whole("season", self.season)

    def build(self, channels: Channels, head: Head, key: Key) -> "SeasonalNaiveBody":
        """Make the body; nothing is drawn."""
        return SeasonalNaiveBody(
            no_errors(channels, head, draws_of(key)), location_of(head), self.season
        )


class SeasonalNaiveBody(Body):
    """State: the last season, oldest first."""

    shape: Float[Array, "horizon channel parameter"]
    head: Location = eqx.field(static=True)
    season: int = eqx.field(static=True)

    @property
    def any_unit(self) -> bool:
        """Yes."""
        return True

    @property
    def repeats(self) -> int:
        """One season."""
        return self.season

    @property
    def needs(self) -> int:
        """One season."""
        return self.season

    @property
    def reach(self) -> int:
        """One season."""
        return self.season

    def initial_state(self, batch: int) -> Float[Array, "batch season channel"]:
        """Zeros: until a season was seen, the forecast means nothing."""
        return jnp.zeros((batch, self.season, self.shape.shape[1]), floating(self.shape))

    def begin(self, before: Float[Array, "batch channel"]) -> Float[Array, "batch season channel"]:
        """A season that stood at this value."""
        return jnp.repeat(before[:, None].astype(floating(self.shape)), self.season, axis=1)

    def stand_in(
        self, state: State, predicted: Float[Array, "batch channel"]
    ) -> Float[Array, "batch channel"]:
        """The value one season before."""
        return state[:, 0]

    def step(
        self, state: State, x: Observation
    ) -> tuple[State, Float[Array, "batch horizon channel parameter"]]:
        """Drop the oldest value, append the newest; k steps ahead is place (k − 1) mod season."""
        state = jnp.concatenate([state[:, 1:], x.value[:, None].astype(state.dtype)], axis=1)
        return state, self.head.at(
            state[:, jnp.arange(self.head.horizon) % self.season], self.shape
        )


@dataclass(frozen=True)
class Drift:
    """The line through the first and the last value goes on: x_T + k·(x_T − x_1)/(T − 1)."""

    def build(self, channels: Channels, head: Head, key: Key) -> "DriftBody":
        """Make the body; nothing is drawn."""
        return DriftBody(no_errors(channels, head, draws_of(key)), location_of(head))


class DriftBody(Body):
    """State: the first value that was observed and how many steps ago that was (1 where it is the
    newest)."""

    shape: Float[Array, "horizon channel parameter"]
    head: Location = eqx.field(static=True)

    @property
    def needs(self) -> int:
        """Two values make a line."""
        return 2

    @property
    def any_unit(self) -> bool:
        """Yes."""
        return True

    def initial_state(
        self, batch: int
    ) -> tuple[Float[Array, "batch channel"], Float[Array, "batch channel"]]:
        """Nothing seen."""
        zeros = jnp.zeros((batch, self.shape.shape[1]), floating(self.shape))
        return zeros, zeros

    def step(
        self, state: State, x: Observation
    ) -> tuple[State, Float[Array, "batch horizon channel parameter"]]:
        """Keep the first value; extend the line through it and this one."""
        first, seen = state
        first = jnp.where(seen == 0, x.value, first)
        slope = (x.value - first) / jnp.maximum(seen, 1)
        ahead = jnp.arange(1, self.head.horizon + 1, dtype=slope.dtype)[:, None]
        begun = (seen > 0) | (True if x.observed is None else x.observed)
        return (first, seen + begun), self.head.at(
            x.value[:, None] + ahead * slope[:, None], self.shape
        )


@dataclass(frozen=True)
class Mean:
    """Every step ahead is the mean of all that was seen. The best forecast of independent draws."""

    def build(self, channels: Channels, head: Head, key: Key) -> "MeanBody":
        """Make the body; nothing is drawn."""
        return MeanBody(no_errors(channels, head, draws_of(key)), location_of(head))


class MeanBody(Body):
    """State: the running mean and how many values it is made of; a value that was not observed does
    not count."""

    shape: Float[Array, "horizon channel parameter"]
    head: Location = eqx.field(static=True)

    @property
    def any_unit(self) -> bool:
        """Yes."""
        return True

    def initial_state(
        self, batch: int
    ) -> tuple[Float[Array, "batch channel"], Float[Array, "batch channel"]]:
        """Nothing seen."""
        zeros = jnp.zeros((batch, self.shape.shape[1]), floating(self.shape))
        return zeros, zeros

    def begin(
        self, before: Float[Array, "batch channel"]
    ) -> tuple[Float[Array, "batch channel"], Float[Array, "batch channel"]]:
        """This value, which counts until one was observed."""
        return before.astype(floating(self.shape)), jnp.zeros_like(before, floating(self.shape))

    def step(
        self, state: State, x: Observation
    ) -> tuple[State, Float[Array, "batch horizon channel parameter"]]:
        """mean ← mean + (x − mean)/n."""
        mean, seen = state
        new = jnp.ones_like(mean) if x.observed is None else x.observed.astype(mean.dtype)
        seen = seen + new
        mean = mean + new * (x.value - mean) / jnp.maximum(seen, 1)
        return (mean, seen), self.head.at(
            jnp.repeat(mean[:, None], self.head.horizon, axis=1), self.shape
        )
