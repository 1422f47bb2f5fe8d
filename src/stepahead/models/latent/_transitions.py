"""The allowed transitions of a hidden Markov model, and the probabilities that are given."""

from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from jaxtyping import Array, Bool, Float

from ..._check import Refusal, whole
from ..._settings import Settings

Numbers = TypeVar("Numbers", Array, np.ndarray)


class Transition(Protocol):
    """The structure of a transition matrix. States are counted from 0."""

    def allowed(self, states: int) -> Bool[np.ndarray, "state state"]:
        """Return True if the transition from state i to state j is allowed."""
        ...

    def start(self, states: int) -> Bool[np.ndarray, " state"]:
        """Return True for states in which a sequence may begin."""
        ...

    def fixed(self, states: int) -> Float[np.ndarray, "state state"]:
        """Return the probabilities that are given; NaN if they are fitted."""
        ...

    def shared(self, counts: Float[Numbers, "state state"]) -> Float[Numbers, "state state"]:
        """Return counts of transitions whose proportions are the maximum-likelihood probabilities,
        for matrices with equal rows. The operations work in JAX and NumPy."""
        ...


class _Free(Settings):
    """All transitions are allowed and no probability is given, unless a subclass changes that."""

    def allowed(self, states: int) -> Bool[np.ndarray, "state state"]:
        """Return True for all transitions."""
        return np.ones((states, states), bool)

    def start(self, states: int) -> Bool[np.ndarray, " state"]:
        """Return True for all states."""
        return np.ones(states, bool)

    def fixed(self, states: int) -> Float[np.ndarray, "state state"]:
        """Return NaN everywhere."""
        return np.full((states, states), np.nan)

    def shared(self, counts: Float[Numbers, "state state"]) -> Float[Numbers, "state state"]:
        """Return the counts unchanged."""
        return counts


@dataclass(frozen=True)
class Full(_Free):
    """All transitions between all states."""


@dataclass(frozen=True)
class LeftToRight(_Free):
    """A sequence begins in the first state, and then stays or advances by at most `skip` states at
    a time; the last state is never left.

    >>> LeftToRight().allowed(3).astype(int).tolist()
    [[1, 1, 0], [0, 1, 1], [0, 0, 1]]
    """

    skip: int = 1

    def __post_init__(self) -> None:
        whole("skip", self.skip)

    def allowed(self, states: int) -> Bool[np.ndarray, "state state"]:
        """Return True from i to i … i + skip."""
        ahead = np.arange(states) - np.arange(states)[:, None]
        return (ahead >= 0) & (ahead <= self.skip)

    def start(self, states: int) -> Bool[np.ndarray, " state"]:
        """Return True for the first state."""
        return np.arange(states) == 0


@dataclass(frozen=True)
class Banded(_Free):
    """States are ordered, and a transition changes the state by at most `width` up or down.

    >>> Banded().allowed(3).astype(int).tolist()
    [[1, 1, 0], [1, 1, 1], [0, 1, 1]]
    """

    width: int = 1

    def __post_init__(self) -> None:
        whole("width", self.width)

    def allowed(self, states: int) -> Bool[np.ndarray, "state state"]:
        """Return True from i − width to i + width."""
        return np.abs(np.arange(states) - np.arange(states)[:, None]) <= self.width


@dataclass(frozen=True)
class Forbidden(_Free):
    """All transitions except these pairs (from, to), with states counted from 0."""

    pairs: tuple[tuple[int, int], ...]

    def allowed(self, states: int) -> Bool[np.ndarray, "state state"]:
        """Return False for the given pairs; refused if a state then has no transition."""
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
    """The states of a group, counted from 0, have the same row of the transition matrix.

    >>> Shared(((0, 2),)).shared(np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])).tolist()
    [[8.0, 10.0, 12.0], [4.0, 5.0, 6.0], [8.0, 10.0, 12.0]]
    """

    groups: tuple[tuple[int, ...], ...]

    def allowed(self, states: int) -> Bool[np.ndarray, "state state"]:
        """Return True for all transitions; refused if a group names a state that does not exist, or
        a state is in two groups."""
        named = [state for group in self.groups for state in group]
        for state in named:
            _refuse_strange((state, state), states)
        if len(set(named)) < len(named):
            raise Refusal("A state stands in two groups of `Shared`. Join them.")
        return np.ones((states, states), bool)

    def shared(self, counts: Float[Numbers, "state state"]) -> Float[Numbers, "state state"]:
        """Return the counts summed over each group."""
        together: Any = np.eye(len(counts))
        for group in self.groups:
            together[np.ix_(group, group)] = 1.0
        return together @ counts


@dataclass(frozen=True)
class Fixed(_Free):
    """Some probabilities are given, as (from, to, probability); the others are fitted.

    >>> Fixed(((0, 0, 0.9),)).fixed(2).tolist()
    [[0.9, nan], [nan, nan]]
    """

    entries: tuple[tuple[int, int, float], ...]

    def allowed(self, states: int) -> Bool[np.ndarray, "state state"]:
        """Return False for those that are given as 0."""
        return ~(self.fixed(states) == 0)

    def fixed(self, states: int) -> Float[np.ndarray, "state state"]:
        """Return those given; refused if a row sums to more than 1, or is complete and does not sum
        to 1."""
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
