"""A block of states with matrices of one's own."""

from dataclasses import dataclass

import numpy as np

from ..._check import Refusal
from ._component import Block, Component, Free, Numbers, Parameter, constants
from ._cycles import stationary

Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class OwnMatrices(Component):
    """States α_{t+1} = T α_t + η_t that the series sees as z'α, with `transition` T and `design` z.

    `shocks` are the variances of η, None where one is to be learned. Where every eigenvalue of T
    lies inside the unit circle the states begin in their stationary distribution, else nothing is
    known of them. Refused: an eigenvalue outside the unit circle.

    >>> OwnMatrices(((1.0,),), (1.0,), (None,)).block(0).parameters[0].name
    'variance of state 1'
    """

    transition: Rows
    design: tuple[float, ...]
    shocks: tuple[float | None, ...]
    label: str = "states"

    def __post_init__(self) -> None:
        states = len(self.design)
        shape = np.shape(self.transition)
        if shape != (states, states) or len(self.shocks) != states or not states:
            raise Refusal(
                f"`transition` must be a square matrix with a row for each number of `design` and "
                f"of `shocks`, but its shape is {shape} beside {states} and {len(self.shocks)}. "
                "Give all three for the same states."
            )
        size = float(np.abs(np.linalg.eigvals(np.array(self.transition))).max())
        if not size <= 1 + 1e-9:
            raise Refusal(
                f"`transition` explodes: its largest eigenvalue has the size {size:.4g}, so that "
                "the series would leave every bound. Give a matrix whose eigenvalues are at most 1 "
                "in size."
            )
        if any(each is not None and not each >= 0 for each in self.shocks):
            raise Refusal(
                f"`shocks` are variances, at least 0 or None where one is learned, but they are "
                f"{self.shocks!r}. Correct them."
            )

    @property
    def _settles(self) -> bool:
        return bool(np.abs(np.linalg.eigvals(np.array(self.transition))).max() < 1 - 1e-9)

    def block(self, columns: int) -> Block:
        """Every entry of T, and every shock."""
        states = range(len(self.design))
        return Block(
            (not self._settles,) * len(self.design),
            tuple((i, j) for i in states for j in states if self.transition[i][j]),
            tuple((i, i) for i in states),
            tuple((i, float(weight)) for i, weight in enumerate(self.design) if weight),
            (),
            tuple(
                Parameter(f"variance of state {i + 1}") for i in states if self.shocks[i] is None
            ),
        )

    def numbers(self, parameters: Free) -> Numbers:
        """T as it is, and the shocks that are given or learned."""
        states = len(self.design)
        entries = [each for row in self.transition for each in row if each]
        shock = np.zeros((len(parameters), states), parameters.dtype)
        learned = 0
        for i, given in enumerate(self.shocks):
            shock[:, i] = parameters[:, learned] if given is None else given
            learned += given is None
        start = None
        if self._settles:
            matrix = np.tile(np.array(self.transition), (len(parameters), 1, 1))
            square = np.zeros((len(parameters), states, states), parameters.dtype)
            square[:, range(states), range(states)] = shock
            start = stationary(matrix, square)
        return Numbers(constants(len(parameters), *entries), shock, start)

    def starts(self, columns: int) -> tuple[tuple[float, ...], ...]:
        """Little and much."""
        learned = sum(each is None for each in self.shocks)
        return ((0.1,) * learned, (0.5,) * learned) if learned else ((),)
