"""Coefficients of known covariates, constant or drifting."""

from dataclasses import dataclass

from ._component import Block, Component, Free, Numbers, Parameter, constants


@dataclass(frozen=True)
class Regression(Component):
    """The covariates of each step times coefficients, which are states with a diffuse prior.

    The coefficients are constant or, if `drifting`, random walks, each with its own variance.
    Source: Durbin & Koopman 2012, 3.6.

    >>> Regression(drifting=True).block(2).parameters[1].name
    'variance of weight 2'
    """

    drifting: bool = False
    label = "covariates"

    def block(self, columns: int) -> Block:
        """Return a state for each covariate."""
        states = range(columns)
        moving = states if self.drifting else range(0)
        return Block(
            (True,) * columns,
            tuple((k, k) for k in states),
            tuple((k, k) for k in moving),
            (),
            tuple(states),
            tuple(Parameter(f"variance of weight {k + 1}") for k in moving),
        )

    def numbers(self, parameters: Free) -> Numbers:
        """Return T = 1, which the assembly repeats for each covariate."""
        return Numbers(constants(len(parameters), 1.0), parameters)

    def starts(self, columns: int) -> tuple[tuple[float, ...], ...]:
        """Return a small variance."""
        return ((0.05,) * columns if self.drifting else (),)
