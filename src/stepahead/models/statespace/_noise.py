"""White noise as a component, and a constant level."""

from dataclasses import dataclass

import numpy as np

from ._component import Block, Component, Free, Numbers, Parameter, constants


@dataclass(frozen=True)
class Noise(Component):
    """White noise as a state: an independent error at each step.

    For one series it is the same as `noise=True`; for several channels that are modelled jointly,
    the errors of one step are correlated.

    >>> Noise().block(0).transition
    ()
    """

    label = "noise"

    def block(self, columns: int) -> Block:
        """One state."""
        return Block((False,), (), ((0, 0),), ((0, 1.0),), (), (Parameter("variance of noise"),))

    def numbers(self, parameters: Free) -> Numbers:
        """Return T = 0; the first error has the same variance as all others."""
        return Numbers(constants(len(parameters)), parameters, parameters[:, :, None])

    def starts(self, columns: int) -> tuple[tuple[float, ...], ...]:
        """Return a small and a large variance."""
        return (0.15,), (0.7,)


@dataclass(frozen=True)
class Constant(Component):
    """A constant level with a diffuse prior.

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
        """Return no starts: there are no parameters."""
        return ((),)
