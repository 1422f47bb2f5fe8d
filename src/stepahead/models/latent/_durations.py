"""Explicit durations: a hidden semi-Markov model as a Markov chain of states and the time spent in
them."""

from dataclasses import dataclass

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PyTree

from ..._types import Key
from ..heads import Emitting
from ._emission import Emission, Weighted
from ._transitions import Numbers, Transition


@dataclass(frozen=True)
class Elapsed:
    """Transitions between `copies` copies of each state: copy c is the state after c steps in it. A
    copy is followed by the next copy (the last one by itself), or by the first copy of another
    state, as `within` allows. The probabilities of the next state do not depend on the copy.

    >>> from ._transitions import Full
    >>> Elapsed(Full(), 2).allowed(4).astype(int).tolist()
    [[0, 1, 1, 0], [0, 1, 1, 0], [1, 0, 0, 1], [1, 0, 0, 1]]
    """

    within: Transition
    copies: int

    def allowed(self, states: int) -> Bool[np.ndarray, "state state"]:
        """Return True for transitions to the next copy, and to first copies of allowed states."""
        number, copy = np.divmod(np.arange(states), self.copies)
        between = self.within.allowed(states // self.copies)[np.ix_(number, number)]
        out = between & (number[:, None] != number) & (copy == 0)
        on = (number[:, None] == number) & (copy == np.minimum(copy + 1, self.copies - 1)[:, None])
        return out | on

    def start(self, states: int) -> Bool[np.ndarray, " state"]:
        """Return True for first copies."""
        first = np.arange(states) % self.copies == 0
        return first & np.repeat(self.within.start(states // self.copies), self.copies)

    def fixed(self, states: int) -> Float[np.ndarray, "state state"]:
        """Return NaN everywhere: no probability is given."""
        return np.full((states, states), np.nan)

    def shared(self, counts: Float[Numbers, "state state"]) -> Float[Numbers, "state state"]:
        """Return counts in which all copies of a state have the same proportions of next states."""
        copies, states = self.copies, len(counts) // self.copies
        firsts = np.repeat(np.eye(states), copies, axis=1) * (np.arange(len(counts)) % copies == 0)
        others = np.repeat(1 - np.eye(states), copies, axis=0) @ firsts
        exits = (counts * others)[:, ::copies].reshape(states, copies, states)
        shares = exits.sum(axis=1, keepdims=True)
        total = shares.sum(axis=2, keepdims=True)
        pooled = exits.sum(axis=2, keepdims=True) * (shares / (total + (total == 0)))
        return counts * (1 - others) + pooled.reshape(-1, states) @ firsts


class Repeated(Emission):
    """The emission of states that have `times` copies each."""

    each: Emission
    times: int = eqx.field(static=True)

    @property
    def head(self) -> Emitting:
        """The head of one channel."""
        return self.each.head

    @property
    def kinds(self) -> tuple[Emitting, ...]:
        """The heads of all channels."""
        return self.each.kinds

    @property
    def channels(self) -> int:
        """The number of channels."""
        return self.each.channels

    @property
    def lags(self) -> int:
        """The number of past values in the regression."""
        return self.each.lags

    @property
    def free(self) -> int:
        """The number of free parameters; copies share them."""
        return self.each.free

    @property
    def copies(self) -> int:
        """The number of copies of each state."""
        return self.times

    def scores(
        self,
        value: Float[Array, "*axes channel"],
        observed: Bool[Array, "*axes channel"],
        recent: Float[Array, "*axes lag channel"],
    ) -> Float[Array, "*axes state"]:
        """Return the scores of the states, repeated for the copies."""
        return jnp.repeat(self.each.scores(value, observed, recent), self.times, axis=-1)

    def marginals(
        self, recent: Float[Array, "batch lag channel"]
    ) -> Float[Array, "batch state channel parameter"]:
        """Return the marginals of the states, repeated for the copies."""
        return jnp.repeat(self.each.marginals(recent), self.times, axis=1)

    def around(
        self, mean: Float[np.ndarray, " channel"], spread: Float[np.ndarray, " channel"]
    ) -> "Repeated":
        """Return initial parameters, which the copies share."""
        return Repeated(self.each.around(mean, spread), self.times)

    def learned(self, given: Weighted) -> "Repeated":
        """Return the emission fitted with the summed weights of the copies of each state."""
        folded = given._replace(weights=fold(given.weights, self.times))
        return Repeated(self.each.learned(folded), self.times)

    def conditional(
        self,
        own: Float[Array, "*axes channel state parameter"],
        value: Float[Array, "*axes channel"],
        observed: Bool[Array, "*axes channel"],
    ) -> Float[Array, "*axes channel state"]:
        """Return those of the states, repeated for the copies."""
        alone = self.each.conditional(own[..., :: self.times, :], value, observed)
        return jnp.repeat(alone, self.times, axis=-1)

    def draw(
        self,
        own: Float[Array, "*axes channel parameter"],
        state: Int[Array, "*axes"],
        key: Key,
    ) -> Float[Array, "*axes channel"]:
        """Return a draw from the emission of the state."""
        return self.each.draw(own, state // self.times, key)

    def unconstrained(self) -> PyTree:
        """The parameters, which the copies share."""
        return self.each.unconstrained()

    def constrained(self, numbers: PyTree) -> "Repeated":
        """Return the emission with these parameters."""
        return Repeated(self.each.constrained(numbers), self.times)


def fold(weights: Float[np.ndarray, "*axes copy"], copies: int) -> Float[np.ndarray, "*axes state"]:
    """Return the sum over the copies of each state.

    >>> fold(np.array([[0.1, 0.2, 0.3, 0.4]]), 2).round(1).tolist()
    [[0.3, 0.7]]
    """
    return weights.reshape(*weights.shape[:-1], -1, copies).sum(axis=-1)


def between_states(
    transition: Float[np.ndarray, "copy copy"], copies: int
) -> Float[np.ndarray, "state state"]:
    """Return transition probabilities between states with the same mean durations: 1 − 1/(mean
    duration) to stay, and the rest in the proportions in which the state is left.

    >>> last_two = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [0.5, 0, 0, 0.5], [0.5, 0, 0, 0.5]])
    >>> between_states(last_two, 2).tolist()  # two steps exactly, and two on average
    [[0.5, 0.5], [0.5, 0.5]]
    """
    if copies == 1:
        return transition
    states = len(transition) // copies
    found = np.zeros((states, states))
    for k in range(states):
        rows = transition[k * copies : (k + 1) * copies]
        out = rows[:, ::copies].copy()
        out[:, k] = 0.0
        leave = out.sum(axis=1)
        reached = np.concatenate([[1.0], np.cumprod(1 - leave[:-1])])
        if leave[-1] == 0 and reached[-1] > 0:
            found[k, k] = 1.0
            continue
        reached[-1] = reached[-1] / leave[-1] if reached[-1] > 0 else 0.0
        duration = reached.sum()
        found[k] = reached @ out / duration
        found[k, k] = 1 - 1 / duration
    return found
