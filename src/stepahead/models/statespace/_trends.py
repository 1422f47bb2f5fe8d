"""Trends: a local level, a local linear trend, a damped one."""

from dataclasses import dataclass

import numpy as np

from ._component import Block, Component, Free, Numbers, Parameter, constants


@dataclass(frozen=True)
class LocalLevel(Component):
    """A level that drifts: μ_{t+1} = μ_t + η_t, η ~ N(0, σ²). Source: Durbin & Koopman 2012, 2.1.

    >>> LocalLevel().block(0).parameters[0].name
    'variance of level'
    """

    label = "trend"

    def block(self, columns: int) -> Block:
        """One state."""
        return Block(
            (True,), ((0, 0),), ((0, 0),), ((0, 1.0),), (), (Parameter("variance of level"),)
        )

    def numbers(self, parameters: Free) -> Numbers:
        """Return T = 1."""
        return Numbers(constants(len(parameters), 1.0), parameters)

    def starts(self, columns: int) -> tuple[tuple[float, ...], ...]:
        """Return a small and a large share of the changes."""
        return (0.15,), (0.7,)


@dataclass(frozen=True)
class LocalLinearTrend(Component):
    """A level that moves by a slope, which is itself a random walk: μ_{t+1} = μ_t + ν_t + ξ_t,
    ν_{t+1} = ν_t + ζ_t.

    Without `level` the level has no shocks (a smooth trend), without `slope` the slope is constant.
    Source: Durbin & Koopman 2012, 3.2.

    >>> [each.name for each in LocalLinearTrend(level=False).block(0).parameters]
    ['variance of slope']
    """

    level: bool = True
    slope: bool = True
    label = "trend"

    def block(self, columns: int) -> Block:
        """Return the states: the level, then the slope."""
        shocks = tuple(
            (state, name)
            for state, name, learned in ((0, "level", self.level), (1, "slope", self.slope))
            if learned
        )
        return Block(
            (True, True),
            ((0, 0), (0, 1), (1, 1)),
            tuple((state, state) for state, _ in shocks),
            ((0, 1.0),),
            (),
            tuple(Parameter(f"variance of {name}") for _, name in shocks),
        )

    def numbers(self, parameters: Free) -> Numbers:
        """Return T = [[1, 1], [0, 1]]."""
        return Numbers(constants(len(parameters), 1.0, 1.0, 1.0), parameters)

    def starts(self, columns: int) -> tuple[tuple[float, ...], ...]:
        """Return a slope that is nearly constant, and one that changes."""
        level, slope = ((0.15,), (0.7,)) if self.level else ((),), ((0.01,), (0.1,))
        return tuple((*a, *b) for a in level for b in (slope if self.slope else ((),)))


@dataclass(frozen=True)
class DampedTrend(Component):
    """A linear trend whose slope decays: ν_{t+1} = φ ν_t + ζ_t, 0.8 < φ < 0.995.

    With a smaller φ the slope would hardly be a trend, with a larger one it would hardly decay. The
    first slope has a diffuse prior, like the first level. Source: Harvey 1989, 2.3.6.

    >>> [each.name for each in DampedTrend().block(0).parameters]
    ['variance of level', 'variance of slope', 'damping of slope']
    """

    label = "trend"

    def block(self, columns: int) -> Block:
        """Return the states: the level, then the slope."""
        return Block(
            (True, True),
            ((0, 0), (0, 1), (1, 1)),
            ((0, 0), (1, 1)),
            ((0, 1.0),),
            (),
            (
                Parameter("variance of level"),
                Parameter("variance of slope"),
                Parameter("damping of slope", 0.8, 0.995),
            ),
        )

    def numbers(self, parameters: Free) -> Numbers:
        """Return T = [[1, 1], [0, φ]]."""
        damping = parameters[:, 2:]
        one = np.ones_like(damping)
        return Numbers(np.concatenate([one, one, damping], axis=1), parameters[:, :2])

    def starts(self, columns: int) -> tuple[tuple[float, ...], ...]:
        """Return φ = 0.93, with a small and a larger drift."""
        return (0.15, 0.02, 0.7), (0.6, 0.02, 0.7), (0.3, 0.2, 0.7)
