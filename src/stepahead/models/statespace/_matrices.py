"""A component with custom matrices."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._check import Refusal
from ._component import Block, Component, Free, Numbers, Parameter, constants
from ._cycles import stationary

Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class OwnMatrices(Component):
    """States α_{t+1} = T α_t + η_t, observed as z'α, with `transition` T and `design` z.

    `shocks` are the variances of η, None for one that is estimated, or its covariance as a matrix.
    In a joint model (`StateSpace(…, joint=True)`) a `design` with a row for each channel makes one
    system, which is not copied. If every eigenvalue of T is inside the unit circle, the states
    start in their stationary distribution, else in a diffuse one. An eigenvalue outside the unit
    circle and a covariance that is not positive semidefinite are refused.

    >>> OwnMatrices(((1.0,),), (1.0,), (None,)).block(0).parameters[0].name
    'variance of state 1'
    >>> OwnMatrices(((1.0,),), ((1.0,), (0.5,)), (None,)).seen(2)
    (((0, 0, 1.0),), ((0, 0, 0.5),))
    """

    transition: Rows
    design: tuple[float, ...] | Rows
    shocks: tuple[float | None, ...] | Rows
    label: str = "states"

    def __post_init__(self) -> None:
        refuse_strange_numbers(self.transition, self._rows, self.shocks)
        states, shape = self._states, np.shape(self.transition)
        wide = {len(row) for row in self._rows}
        if shape != (states, states) or wide != {states} or len(self.shocks) != states:
            raise Refusal(
                f"`transition` must be a square matrix with a row for each number of `design` and "
                f"of `shocks`, but its shape is {shape} beside {max(wide, default=0)} and "
                f"{len(self.shocks)}. Give all three for the same states."
            )
        size = float(np.abs(np.linalg.eigvals(np.array(self.transition))).max())
        if not size <= 1 + 1e-9:
            raise Refusal(
                f"`transition` explodes: its largest eigenvalue has the size {size:.4g}, so that "
                "the series would leave every bound. Give a matrix whose eigenvalues are at most 1 "
                "in size."
            )
        if self._correlated:
            refuse_indefinite(np.array(self.shocks, float), states)
        elif not (np.diag(self._given) >= 0).all():
            raise Refusal(
                f"`shocks` are variances, at least 0 or None where one is learned, but they are "
                f"{self.shocks!r}. Correct them."
            )

    @property
    def _states(self) -> int:
        return len(self.transition)

    @property
    def _wide(self) -> bool:
        """True if each channel has a row of the design."""
        return np.ndim(self.design) == 2

    @property
    def _rows(self) -> Rows:
        return self.design if self._wide else (self.design,)  # type: ignore[return-value]

    @property
    def _correlated(self) -> bool:
        """True if the shocks are given as a matrix."""
        return any(isinstance(each, tuple) for each in self.shocks)

    @property
    def _settles(self) -> bool:
        return bool(np.abs(np.linalg.eigvals(np.array(self.transition))).max() < 1 - 1e-9)

    @property
    def _given(self) -> np.ndarray:
        """The covariance of the shocks, 0 for a variance that is estimated."""
        if self._correlated:
            return np.array(self.shocks, float)
        return np.diag([0.0 if each is None else each for each in self.shocks])

    @property
    def _learned(self) -> list[int]:
        return [i for i, each in enumerate(self.shocks) if each is None]

    def copies(self, channels: int) -> int:
        """Return 1 if each channel has a row of the design, else one copy for each channel."""
        return 1 if self._wide else channels

    def seen(self, channels: int) -> tuple[tuple[tuple[int, int, float], ...], ...]:
        """Return the entries of each channel's design: (copy, state, weight)."""
        if not self._wide:
            return super().seen(channels)
        if len(self._rows) != channels:
            raise Refusal(
                f"`design` has {len(self._rows)} rows, but the series have {channels} channels. "
                "Give a row for each channel."
            )
        return tuple(
            tuple((0, state, float(weight)) for state, weight in enumerate(row) if weight)
            for row in self._rows
        )

    def block(self, columns: int) -> Block:
        """Return every entry of T, and every shock."""
        states = range(self._states)
        places = [(i, j) for i in states for j in states if i == j or (i > j and self._correlated)]
        return Block(
            (not self._settles,) * self._states,
            tuple((i, j) for i in states for j in states if self.transition[i][j]),
            tuple(places),
            tuple((i, float(weight)) for i, weight in enumerate(self._rows[0]) if weight),
            (),
            tuple(Parameter(f"variance of state {i + 1}") for i in self._learned),
        )

    def numbers(self, parameters: Free) -> Numbers:
        """Return T as given, and the shocks as given or estimated."""
        count = len(parameters)
        entries = [each for row in self.transition for each in row if each]
        square = np.tile(self._given.astype(parameters.dtype), (count, 1, 1))
        for place, i in enumerate(self._learned):
            square[:, i, i] = parameters[:, place]
        places = np.array(self.block(0).shock).T
        start = None
        if self._settles:
            start = stationary(np.tile(np.array(self.transition), (count, 1, 1)), square)
        shock = square[:, places[0], places[1]]
        return Numbers(constants(count, *entries), shock, start)

    def starts(self, columns: int) -> tuple[tuple[float, ...], ...]:
        """Return a small and a large variance."""
        learned = len(self._learned)
        return ((0.1,) * learned, (0.5,) * learned) if learned else ((),)


def refuse_strange_numbers(*given: Any) -> None:
    """Refuse rows of unequal length, and numbers that are not finite."""
    for name, rows in zip(("transition", "design", "shocks"), given, strict=True):
        nested = [row if isinstance(row, tuple) else (row,) for row in rows]
        flat = [each for row in nested for each in row if each is not None]
        if len({len(row) for row in nested}) > 1 or not np.isfinite(np.array(flat, float)).all():
            raise Refusal(
                f"`{name}` must have rows of one length and finite numbers, but it is {rows!r}. "
                "Correct it."
            )


def refuse_indefinite(cov: np.ndarray, states: int) -> None:
    """Refuse a matrix that is not a covariance of this number of states."""
    square = cov.shape == (states, states)
    if not square or not np.allclose(cov, cov.T) or np.linalg.eigvalsh(cov).min() < -1e-9:
        least = f"its least eigenvalue is {np.linalg.eigvalsh(cov).min():.4g}" if square else ""
        wrong = least if square and np.allclose(cov, cov.T) else f"its shape is {cov.shape}"
        wrong = "it is not symmetric" if square and not np.allclose(cov, cov.T) else wrong
        raise Refusal(
            f"`shocks` must be a covariance: a symmetric {states} × {states} matrix without a "
            f"negative eigenvalue, but {wrong}. Correct it, for instance as B B'."
        )
