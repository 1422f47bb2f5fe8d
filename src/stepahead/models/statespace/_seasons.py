"""Seasons that change slowly: as dummy variables, and as Fourier terms."""

from dataclasses import dataclass

import numpy as np

from ..._check import Refusal, whole
from ._component import Block, Component, Free, Numbers, Parameter, constants


@dataclass(frozen=True)
class DummySeason(Component):
    """A season of `period` steps whose effects sum to a shock: γ_{t+1} = −Σ_{j=1}^{s−1} γ_{t+1−j} +
    ω_t.

    Source: Durbin & Koopman 2012, 3.2.2.

    >>> DummySeason(12).block(0).states
    11
    """

    period: int

    def __post_init__(self) -> None:
        whole("period", self.period, at_least=2)

    @property
    def label(self) -> str:
        """The name, with its length."""
        return f"season {self.period}"

    @property
    def span(self) -> float:
        """The period."""
        return self.period

    def block(self, columns: int) -> Block:
        """Return the effects of the last s − 1 steps as states, newest first."""
        states = self.period - 1
        return Block(
            (True,) * states,
            (*((0, j) for j in range(states)), *((j + 1, j) for j in range(states - 1))),
            ((0, 0),),
            ((0, 1.0),),
            (),
            (Parameter(f"variance of season {self.period}"),),
        )

    def numbers(self, parameters: Free) -> Numbers:
        """Return T: minus ones in the first row, and a shift of the effects."""
        states = self.period - 1
        return Numbers(
            constants(len(parameters), *[-1.0] * states, *[1.0] * (states - 1)), parameters
        )

    def starts(self, columns: int) -> tuple[tuple[float, ...], ...]:
        """Return a small and a larger variance."""
        return (0.03,), (0.25,)


@dataclass(frozen=True)
class TrigonometricSeason(Component):
    """A season of `period` steps as a sum of Fourier terms that rotate by 2πj/s in a step, j = 1,
    2, …

    `harmonics` is their number; by default as many as describe every season (s/2). All shocks have
    one variance. Source: Durbin & Koopman 2012, 3.2.2.

    >>> TrigonometricSeason(12).block(0).states, TrigonometricSeason(12, 2).block(0).states
    (11, 4)
    """

    period: float
    harmonics: int | None = None

    def __post_init__(self) -> None:
        if not self.period >= 2:
            raise Refusal(
                f"`period` must be at least 2 steps, but it is {self.period!r}. Give 12 for months."
            )
        if self.harmonics is not None and whole("harmonics", self.harmonics) > self.period / 2:
            raise Refusal(
                f"`harmonics` must be at most half the period, {self.period / 2:g}, but it is "
                f"{self.harmonics}. Leave it out to take all."
            )

    @property
    def label(self) -> str:
        """The name, with its length."""
        return f"season {self.period:g}"

    @property
    def span(self) -> float:
        """The period."""
        return self.period

    def _waves(self) -> range:
        return range(1, 1 + (self.harmonics or int(self.period // 2)))

    def _half(self, wave: int) -> bool:
        """True for the term that rotates by π in a step, whose sine is always 0."""
        return 2 * wave == self.period

    def block(self, columns: int) -> Block:
        """Return a pair of states for each term, the first of which is observed."""
        transition: list[tuple[int, int]] = []
        seen, states = [], 0
        for wave in self._waves():
            seen.append((states, 1.0))
            wide = range(states, states + (1 if self._half(wave) else 2))
            transition += [(i, j) for i in wide for j in wide]
            states = wide.stop
        return Block(
            (True,) * states,
            tuple(transition),
            tuple((i, i) for i in range(states)),
            tuple(seen),
            (),
            (Parameter(f"variance of {self.label}"),),
        )

    def numbers(self, parameters: Free) -> Numbers:
        """Return T: a rotation for each term."""
        turned: list[float] = []
        for wave in self._waves():
            angle = 2 * np.pi * wave / self.period
            c, s = float(np.cos(angle)), float(np.sin(angle))
            turned += [-1.0] if self._half(wave) else [c, s, -s, c]
        return Numbers(
            constants(len(parameters), *turned),
            np.repeat(parameters, self.block(0).states, axis=1),
        )

    def starts(self, columns: int) -> tuple[tuple[float, ...], ...]:
        """Return a small and a larger variance."""
        return (0.01,), (0.1,)
