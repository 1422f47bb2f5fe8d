"""`Component`: a part of a structural model, with its own states and parameters."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Inexact

from ..._settings import Settings
from ...ops.kalman import Parameters, Structure

Free = Inexact[np.ndarray, "series parameter"]
"""Parameters of many series; complex for derivatives by a complex step."""

Places = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Parameter:
    """One number that is estimated for each series: a variance, or one between two bounds.

    A variance is the square of the unconstrained number, σ² = x², so that 0 can be reached; any
    other is low + (high − low) / (1 + exp(−x)).
    """

    name: str
    low: float = 0.0
    high: float = np.inf

    @property
    def variance(self) -> bool:
        """True for a variance, which is in squared units of the series."""
        return self.high == np.inf

    def bounded(self, x: np.ndarray) -> np.ndarray:
        """Return the parameter for an unconstrained number x."""
        if self.variance:
            return x * x
        return self.low + (self.high - self.low) / (1 + np.exp(-x))


@dataclass(frozen=True)
class Block:
    """The positions of a component's nonzero entries, by its own states from 0; see
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
    """The entries at the positions of a block, for each series, and the covariance of the initial
    state."""

    transition: Inexact[np.ndarray, "series transition"]
    shock: Inexact[np.ndarray, "series shock"]
    start_cov: Inexact[np.ndarray, "series state state"] | None = None


class Component(Settings, ABC):
    """A part of a structural model. A subclass defines its block, and its entries as functions of
    its parameters."""

    @property
    @abstractmethod
    def label(self) -> str:
        """The name of its column in a table of components."""

    @property
    def span(self) -> float:
        """The number of steps after which it repeats; 0 if it does not."""
        return 0.0

    @abstractmethod
    def block(self, columns: int) -> Block:
        """Return its states and parameters, for series with this number of covariates."""

    @abstractmethod
    def numbers(self, parameters: Free) -> Numbers:
        """Return the entries at the positions of the block; complex parameters must work too, for
        derivatives by a complex step."""

    @abstractmethod
    def starts(self, columns: int) -> tuple[tuple[float, ...], ...]:
        """Return unconstrained parameters from which the search may start, for series whose changes
        have a size near 1; the most likely ones are used."""

    def copies(self, channels: int) -> int:
        """Return the number of its copies in a joint model of this number of channels: one each."""
        return channels

    def ties(self, copies: int) -> tuple[tuple[int, int], ...]:
        """Return the positions of the factor Λ of the covariance ΛΛ' of its shocks over the copies:
        on and below the diagonal, for an unrestricted covariance."""
        return tuple((i, j) for i in range(copies) for j in range(i + 1))

    def seen(self, channels: int) -> tuple[tuple[tuple[int, int, float], ...], ...]:
        """Return the entries of each channel's design: (copy, state, weight)."""
        design = self.block(0).design
        return tuple(
            tuple((channel, state, weight) for state, weight in design)
            for channel in range(channels)
        )

    def bounded(self, x: Free, columns: int) -> Free:
        """Return its parameters for unconstrained numbers x."""
        each = enumerate(self.block(columns).parameters)
        return np.column_stack([x[:, :0], *(one.bounded(x[:, k]) for k, one in each)])


class Assembly(ABC):
    """Components as one system: its structure, and its entries as functions of the parameters,
    which `parameters` names."""

    @property
    @abstractmethod
    def structure(self) -> Structure:
        """The positions of all entries."""

    @property
    @abstractmethod
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters, with their names."""

    @abstractmethod
    def bounded(self, x: Free) -> Free:
        """Return the parameters for unconstrained numbers x."""

    @abstractmethod
    def numbers(self, parameters: Free) -> Parameters:
        """Return the entries of every series at the positions of the structure."""

    @abstractmethod
    def starts(self) -> Float[np.ndarray, "start parameter"]:
        """Unconstrained parameters from which the search may start, for series whose changes have a
        size near 1."""


def constants(series: int, *numbers: float) -> np.ndarray:
    """Return the same numbers for each series."""
    return np.tile(np.array(numbers, float), (series, 1))
