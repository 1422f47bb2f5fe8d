"""The steps from state to state that a hidden Markov model allows, and those of their probabilities
that are given."""

from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from jaxtyping import Array, Bool, Float

from ..._check import Refusal, whole
from ..._settings import Settings

Numbers = TypeVar("Numbers", Array, np.ndarray)


class Transition(Protocol):
    """The structure of a transition matrix."""

    def allowed(self, states: int) -> Bool[np.ndarray, "state state"]:
        """True where a step from state i to state j is possible."""
        ...

    def start(self, states: int) -> Bool[np.ndarray, " state"]:
        """True where a sequence may begin."""
        ...

    def fixed(self, states: int) -> Float[np.ndarray, "state state"]:
        """Probabilities that are given; NaN where they are learned."""
        ...

    def shared(self, counts: Float[Numbers, "state state"]) -> Float[Numbers, "state state"]:
        """Counts of steps whose shares are the most probable probabilities, where some of these are
        the same. Written in operators that JAX can trace and NumPy can run."""
        ...


class _Free(Settings):
    """Everything is allowed and nothing given, unless a structure says more."""

    def allowed(self, states: int) -> Bool[np.ndarray, "state state"]:
        """All steps."""
        return np.ones((states, states), bool)

    def start(self, states: int) -> Bool[np.ndarray, " state"]:
        """All states."""
        return np.ones(states, bool)

    def fixed(self, states: int) -> Float[np.ndarray, "state state"]:
        """None."""
        return np.full((states, states), np.nan)

    def shared(self, counts: Float[Numbers, "state state"]) -> Float[Numbers, "state state"]:
        """As they are."""
        return counts


@dataclass(frozen=True)
class Full(_Free):
    """From every state to every state."""


@dataclass(frozen=True)
class LeftToRight(_Free):
    """A sequence begins in the first state and stays or goes on, by at most `skip` states at a
    time; the last state is never left.

    >>> LeftToRight().allowed(3).astype(int).tolist()
    [[1, 1, 0], [0, 1, 1], [0, 0, 1]]
    """

    skip: int = 1

    def __post_init__(self) -> None:
        whole("skip", self.skip)

    def allowed(self, states: int) -> Bool[np.ndarray, "state state"]:
        """From i to i … i + skip."""
        ahead = np.arange(states) - np.arange(states)[:, None]
        return (ahead >= 0) & (ahead <= self.skip)

    def start(self, states: int) -> Bool[np.ndarray, " state"]:
        """The first."""
        return np.arange(states) == 0


@dataclass(frozen=True)
class Banded(_Free):
    """States stand in a row, and a step leads at most `width` of them up or down.

    >>> Banded().allowed(3).astype(int).tolist()
    [[1, 1, 0], [1, 1, 1], [0, 1, 1]]
    """

    width: int = 1

    def __post_init__(self) -> None:
        whole("width", self.width)

    def allowed(self, states: int) -> Bool[np.ndarray, "state state"]:
        """From i − width to i + width."""
        return np.abs(np.arange(states) - np.arange(states)[:, None]) <= self.width


@dataclass(frozen=True)
class Forbidden(_Free):
    """All steps but these pairs (from, to), states counted from 0."""

    pairs: tuple[tuple[int, int], ...]

    def allowed(self, states: int) -> Bool[np.ndarray, "state state"]:
        """All but those named; refused where they leave a state no way on."""
        found = np.ones((states, states), bool)
        for pair in self.pairs:
            _refuse_strange(pair, states)
            found[tuple(pair)] = False
        if not found.any(axis=1).all():
            raise Refusal(
                f"No step is allowed from state {int(np.argmin(found.any(axis=1)))}. Forbid fewer."
            )
        return found


@dataclass(frozen=True)
class Shared(_Free):
    """States of a group, counted from 0, are left in the same way: their rows of the transition
    matrix are one.

    >>> Shared(((0, 2),)).shared(np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])).tolist()
    [[8.0, 10.0, 12.0], [4.0, 5.0, 6.0], [8.0, 10.0, 12.0]]
    """

    groups: tuple[tuple[int, ...], ...]

    def allowed(self, states: int) -> Bool[np.ndarray, "state state"]:
        """All; refused where a group names a state that is not there, or one is in two."""
        named = [state for group in self.groups for state in group]
        for state in named:
            _refuse_strange((state, state), states)
        if len(set(named)) < len(named):
            raise Refusal("A state stands in two groups of `Shared`. Join them.")
        return np.ones((states, states), bool)

    def shared(self, counts: Float[Numbers, "state state"]) -> Float[Numbers, "state state"]:
        """The sum over each group."""
        together: Any = np.eye(len(counts))
        for group in self.groups:
            together[np.ix_(group, group)] = 1.0
        return together @ counts


@dataclass(frozen=True)
class Fixed(_Free):
    """Some probabilities are given, as (from, to, probability); the others are learned.

    >>> Fixed(((0, 0, 0.9),)).fixed(2).tolist()
    [[0.9, nan], [nan, nan]]
    """

    entries: tuple[tuple[int, int, float], ...]

    def allowed(self, states: int) -> Bool[np.ndarray, "state state"]:
        """All but those that are given as 0."""
        return ~(self.fixed(states) == 0)

    def fixed(self, states: int) -> Float[np.ndarray, "state state"]:
        """Those given; refused where a row holds more than 1, or all of it and not 1."""
        found = np.full((states, states), np.nan)
        for i, j, probability in self.entries:
            _refuse_strange((i, j), states)
            found[i, j] = probability
        total = np.nansum(found, axis=1)
        off = (total > 1 + 1e-9) | (np.nan_to_num(found) < 0).any(axis=1)
        off |= ~np.isnan(found).any(axis=1) & (np.abs(total - 1) > 1e-9)
        if off.any():
            raise Refusal(
                f"The given probabilities of steps from state {int(np.argmax(off))} sum to "
                f"{total[np.argmax(off)]:g}. Give at most 1, none below 0, and 1 where all are "
                "given."
            )
        return found


def _refuse_strange(pair: tuple[int, int], states: int) -> None:
    if not all(0 <= state < states for state in pair):
        raise Refusal(
            f"States are numbered from 0 to {states - 1}, but the step {tuple(pair)} is named."
        )
