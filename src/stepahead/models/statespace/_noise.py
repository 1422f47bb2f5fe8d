"""White noise as a component, and a level that never moves."""

from dataclasses import dataclass

import numpy as np

from ._component import Block, Component, Free, Numbers, Parameter, constants


@dataclass(frozen=True)
class Noise(Component):
    """White noise: an error of each step, as a state that nothing lasts of.

    Of one series it is what `noise=True` gives; of several channels that are modelled jointly, the
    errors of one step are correlated.

    >>> Noise().block(0).transition
    ()
    """

    label = "noise"

    def block(self, columns: int) -> Block:
        """One state."""
        return Block((False,), (), ((0, 0),), ((0, 1.0),), (), (Parameter("variance of noise"),))

    def numbers(self, parameters: Free) -> Numbers:
        """T = 0; the first error is like all others."""
        return Numbers(constants(len(parameters)), parameters, parameters[:, :, None])

    def starts(self, columns: int) -> tuple[tuple[float, ...], ...]:
        """Little and much."""
        return (0.15,), (0.7,)


@dataclass(frozen=True)
class Constant(Component):
    """A level that never moves, of which nothing is known beforehand.

    >>> Constant().block(0).parameters
    ()
    """

    label = "trend"

    def block(self, columns: int) -> Block:
        """One state without a shock."""
        return Block((True,), ((0, 0),), (), ((0, 1.0),))

    def numbers(self, parameters: Free) -> Numbers:
        """T = 1."""
        return Numbers(constants(len(parameters), 1.0), np.zeros_like(parameters[:, :0]))

    def starts(self, columns: int) -> tuple[tuple[float, ...], ...]:
        """Nothing is searched."""
        return ((),)
