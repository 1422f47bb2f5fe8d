"""Baselines: naive, seasonal naive, drift and mean, each a step like any other model.

They output a location (the forecast) and, around it, the distribution of their own past errors
(`shape`), which training estimates in closed form. They see no covariates. Their location is
equivariant to the level and the unit of a series (`any_unit`).
"""

from dataclasses import dataclass

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..._check import whole
from ..._settings import Settings
from ..._types import Channels, Key, Observation, State
from ..body import Body, Draws, draws_of, floating, zeros
from ..heads import Head, Location, location_of


class LocationBody(Body):
    """A body with a location for each step ahead and one fixed error distribution, `shape`, around
    it.

    With `shape` all zeros, parameter 0 of its output is the location.
    """

    shape: eqx.AbstractVar[Float[Array, "horizon channel parameter"]]
    head: eqx.AbstractVar[Location]


class Baseline(LocationBody):
    """A body whose only parameters are its error distribution; a subclass defines the location."""

    shape: Float[Array, "horizon channel parameter"]
    head: Location = eqx.field(static=True)

    @property
    def any_unit(self) -> bool:
        """True."""
        return True

    def zeros(self, batch: int) -> Float[Array, "batch channel"]:
        """A 0 for every channel."""
        return jnp.zeros((batch, self.shape.shape[1]), floating(self.shape))


def no_errors(
    channels: Channels, head: Head, draws: Draws
) -> Float[Array, "horizon channel parameter"]:
    """The error distribution before fitting: raw parameters of 0."""
    return zeros(draws, head.horizon, channels.value, head.parameters)


@dataclass(frozen=True)
class Naive(Settings):
    """The naive forecast: every step ahead is the last value. Optimal for a random walk."""

    def build(self, channels: Channels, head: Head, key: Key) -> "NaiveBody":
        """Return the body, without random numbers."""
        return NaiveBody(no_errors(channels, head, draws_of(key)), location_of(head))


class NaiveBody(Baseline):
    """State: none."""

    @property
    def reach(self) -> int:
        """The last value."""
        return 1

    @property
    def repeats(self) -> int:
        """The value before."""
        return 1

    def initial_state(self, batch: int) -> State:
        """An empty state."""
        return ()

    def step(
        self, state: State, x: Observation
    ) -> tuple[State, Float[Array, "batch horizon channel parameter"]]:
        """Forecast the value itself at every step ahead."""
        return state, self.head.at(
            jnp.repeat(x.value[:, None], self.head.horizon, axis=1), self.shape
        )


@dataclass(frozen=True)
class SeasonalNaive(Settings):
    """The seasonal naive forecast: every step ahead is the value a whole number of seasons before
    it. `season` is in steps.

    A missing value is replaced by the last one observed at that phase of the season, or, if there
    is none, by the value before it. Before its first step a series counts as constant.
    """

    season: int

    def __post_init__(self) -> None:
        whole("season", self.season)

    def build(self, channels: Channels, head: Head, key: Key) -> "SeasonalNaiveBody":
        """Return the body, without random numbers."""
        return SeasonalNaiveBody(
            no_errors(channels, head, draws_of(key)), location_of(head), self.season
        )


class SeasonalNaiveBody(Baseline):
    """State: the last season, oldest first."""

    season: int = eqx.field(static=True)

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
        """Zeros: forecasts are valid after one season."""
        return jnp.zeros((batch, self.season, self.shape.shape[1]), floating(self.shape))

    def begin(self, before: Float[Array, "batch channel"]) -> Float[Array, "batch season channel"]:
        """A season of this value."""
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
class Drift(Settings):
    """The drift forecast (random walk with drift): the line through the first and the last value,
    x_T + k·(x_T − x_1)/(T − 1)."""

    def build(self, channels: Channels, head: Head, key: Key) -> "DriftBody":
        """Return the body, without random numbers."""
        return DriftBody(no_errors(channels, head, draws_of(key)), location_of(head))


class DriftBody(Baseline):
    """State: the first observed value, and the number of steps since then (1 if it is the
    newest)."""

    @property
    def needs(self) -> int:
        """Two values make a line."""
        return 2

    def initial_state(
        self, batch: int
    ) -> tuple[Float[Array, "batch channel"], Float[Array, "batch channel"]]:
        """No value yet."""
        return self.zeros(batch), self.zeros(batch)

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
class Mean(Settings):
    """The mean forecast: every step ahead is the mean of all observed values. Optimal for
    independent draws."""

    def build(self, channels: Channels, head: Head, key: Key) -> "MeanBody":
        """Return the body, without random numbers."""
        return MeanBody(no_errors(channels, head, draws_of(key)), location_of(head))


class MeanBody(Baseline):
    """State: the running mean and the number of observed values in it."""

    def initial_state(
        self, batch: int
    ) -> tuple[Float[Array, "batch channel"], Float[Array, "batch channel"]]:
        """No value yet."""
        return self.zeros(batch), self.zeros(batch)

    def begin(
        self, before: Float[Array, "batch channel"]
    ) -> tuple[Float[Array, "batch channel"], Float[Array, "batch channel"]]:
        """This value, until one is observed."""
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
