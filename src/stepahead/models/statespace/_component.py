"""`Component`: a part of a structural model, with its own states and parameters."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Inexact

from ..._settings import Settings
from ...ops.kalman import Parameters, Structure

Free = Inexact[np.ndarray, "series parameter"]
"""Parameters of many series; complex where a derivative is taken along the imaginary axis."""

Places = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Parameter:
    """One number that is learned for each series: a variance, or one between two bounds.

    A variance is the square of what is searched, σ² = x², so that 0 is reached; the other is low +
    (high − low) / (1 + exp(−x)).
    """

    name: str
    low: float = 0.0
    high: float = np.inf

    @property
    def variance(self) -> bool:
        """True for a variance, which is in squared units of the series."""
        return self.high == np.inf

    def bounded(self, x: np.ndarray) -> np.ndarray:
        """The parameter, given the number that is searched without bounds."""
        if self.variance:
            return x * x
        return self.low + (self.high - self.low) / (1 + np.exp(-x))


@dataclass(frozen=True)
class Block:
    """The places of a component's numbers that are not 0, by its own states from 0; see
    `ops.kalman.Structure`. `design` lists (state, weight), `columns` the state that each covariate
    multiplies."""

    diffuse: tuple[bool, ...]
    transition: Places
    shock: Places
    design: tuple[tuple[int, float], ...] = ()
    columns: tuple[int, ...] = ()
    parameters: tuple[Parameter, ...] = ()

    @property
    def states(self) -> int:
        """The number of states."""
        return len(self.diffuse)


class Numbers(NamedTuple):
    """The numbers at the places of a block, for each series, and the covariance of its start."""

    transition: Inexact[np.ndarray, "series transition"]
    shock: Inexact[np.ndarray, "series shock"]
    start_cov: Inexact[np.ndarray, "series state state"] | None = None


class Component(Settings, ABC):
    """A part of a structural model. A leaf says its block, and its numbers given its parameters."""

    @property
    @abstractmethod
    def label(self) -> str:
        """The name of its column in a table of components."""

    @property
    def span(self) -> float:
        """The number of steps after which it repeats; 0 where it does not."""
        return 0.0

    @abstractmethod
    def block(self, columns: int) -> Block:
        """Its states and parameters, where the series come with so many covariates."""

    @abstractmethod
    def numbers(self, parameters: Free) -> Numbers:
        """The numbers at the places of the block; for complex parameters too, without a step on
        which the derivative depends."""

    @abstractmethod
    def starts(self, columns: int) -> tuple[tuple[float, ...], ...]:
        """Places where the search for its parameters may begin, without bounds, for series whose
        changes have a size near 1; the likeliest are taken."""

    def copies(self, channels: int) -> int:
        """The number of its copies in a joint model of so many channels: one each."""
        return channels

    def ties(self, copies: int) -> tuple[tuple[int, int], ...]:
        """The places of the factor Λ of the covariance ΛΛ' of its shocks over the copies: on and
        below the diagonal, so that they are correlated in any way."""
        return tuple((i, j) for i in range(copies) for j in range(i + 1))

    def seen(self, channels: int) -> tuple[tuple[tuple[int, int, float], ...], ...]:
        """The entries that each channel sees of it: (copy, state, weight)."""
        design = self.block(0).design
        return tuple(
            tuple((channel, state, weight) for state, weight in design)
            for channel in range(channels)
        )

    def bounded(self, x: Free, columns: int) -> Free:
        """Its parameters, given the numbers that are searched without bounds."""
        each = enumerate(self.block(columns).parameters)
        return np.column_stack([x[:, :0], *(one.bounded(x[:, k]) for k, one in each)])


class Assembly(ABC):
    """Components as one system: its structure, and how the numbers of a series follow from its
    parameters, which `parameters` names."""

    @property
    @abstractmethod
    def structure(self) -> Structure:
        """The places of all numbers."""

    @property
    @abstractmethod
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters by name."""

    @abstractmethod
    def bounded(self, x: Free) -> Free:
        """The parameters, given the numbers that are searched without bounds."""

    @abstractmethod
    def numbers(self, parameters: Free) -> Parameters:
        """The numbers of every series at the places of the structure."""

    @abstractmethod
    def starts(self) -> Float[np.ndarray, "start parameter"]:
        """Places where the search may begin, for series whose changes have a size near 1."""


def constants(series: int, *numbers: float) -> np.ndarray:
    """The same numbers for each series."""
    return np.tile(np.array(numbers, float), (series, 1))
