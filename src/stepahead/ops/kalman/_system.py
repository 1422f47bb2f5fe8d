"""A linear Gaussian state-space model as arrays: the structure that all series share, the
parameters of each series, and the series."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True)
class Structure:
    """The positions of the nonzero entries, the same for all series.

    y_t = z_t'α_t + ε_t, ε_t ~ N(0, noise); α_{t+1} = T α_t + η_t, η_t ~ N(0, shock). z_t holds
    `design` at the states `design_state` and the covariates of step t at `column_state`. `diffuse`
    marks the states whose initial value is unknown. The signal z'α is decomposed by the groups of
    the entries of z. `transition` and `shock` list positions (row, column); for the covariance of
    the shocks, those on and below the diagonal. With several `channels`, their values follow each
    other at each step: the state advances after the last of them, and covariates distinguish their
    designs.
    """

    states: int
    transition: tuple[tuple[int, int], ...]
    shock: tuple[tuple[int, int], ...]
    design_state: tuple[int, ...]
    design: tuple[float, ...]
    diffuse: tuple[bool, ...]
    column_state: tuple[int, ...] = ()
    design_group: tuple[int, ...] = ()
    column_group: tuple[int, ...] = ()
    groups: int = field(default=0)
    channels: int = 1

    @property
    def unknowns(self) -> int:
        """The number of diffuse states: at least this number of values is needed to identify
        them."""
        return sum(self.diffuse)


class Parameters(NamedTuple):
    """The numbers of each series: the entries of T and of the shocks' covariance at the positions
    of the structure, the variance of the noise, and the initial state."""

    transition: Float[np.ndarray, "series transition"]
    shock: Float[np.ndarray, "series shock"]
    noise: Float[np.ndarray, " series"]
    start_mean: Float[np.ndarray, "series state"]
    start_cov: Float[np.ndarray, "series state state"]

    def take(self, chosen: np.ndarray | slice) -> "Parameters":
        """Return those of some series."""
        return Parameters(*(each[chosen] for each in self))


class SeriesData(NamedTuple):
    """Series of unequal length in one array: `values` (NaN: missing) and `covariates`, each series
    at `offsets[k]:offsets[k + 1]`."""

    values: Float[np.ndarray, " total"]
    offsets: Int[np.ndarray, " boundary"]
    covariates: Float[np.ndarray, "total column"]

    @property
    def lengths(self) -> Int[np.ndarray, " series"]:
        """The number of steps of each series."""
        return np.diff(self.offsets)

    def take(self, chosen: Int[np.ndarray, " chosen"]) -> "SeriesData":
        """Return some series, in this order."""
        lengths = self.lengths[chosen]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        rows = np.arange(offsets[-1]) + np.repeat(self.offsets[chosen] - offsets[:-1], lengths)
        return SeriesData(self.values[rows], offsets, self.covariates[rows])


def whole_matrices(
    structure: Structure, parameters: Parameters
) -> tuple[Float[np.ndarray, "series state state"], Float[np.ndarray, "series state state"]]:
    """Return T and the covariance of the shocks as full matrices.

    >>> level = Structure(1, ((0, 0),), ((0, 0),), (0,), (1.0,), (True,))
    >>> one = Parameters(*(np.ones(s) for s in [(1, 1), (1, 1), 1, (1, 1), (1, 1, 1)]))
    >>> [each.tolist() for each in whole_matrices(level, one)]
    [[[[1.0]]], [[[1.0]]]]
    """
    count, m = len(parameters.noise), structure.states
    transition, shock = np.zeros((2, count, m, m))
    for place, (i, j) in enumerate(structure.transition):
        transition[:, i, j] += parameters.transition[:, place]
    for place, (i, j) in enumerate(structure.shock):
        shock[:, i, j] += parameters.shock[:, place]
        if i != j:
            shock[:, j, i] += parameters.shock[:, place]
    return transition, shock
