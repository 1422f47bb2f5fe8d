"""Baum and Welch's algorithm: expectation maximisation for hidden Markov models of numbers and of
tokens (Baum et al. 1970; Rabiner 1989)."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import jax
import numpy as np
from jaxtyping import Float, Int, PRNGKeyArray

from ..._check import Refusal, whole
from ..._settings import Settings
from ...models import Transition
from ...native import Source, Totals
from ...ops import LogChain, expected_states, expected_totals, generator

SCREENING = 15
"""Iterations after which only the best start goes on."""


@dataclass(frozen=True)
class BaumWelch(Settings):
    """Recipe for hidden Markov models: expectation maximisation from `restarts` random starts. The
    best one after a few iterations continues until an iteration gains less than `tolerance` nats
    for each observation, or until `iterations` are done.

    `prior` observations of all data together are added to every state, and so many steps to every
    row of the transition matrix, so that no state vanishes and no variance collapses; 0 is maximum
    likelihood.

    With `batch`, the parameters are updated after each minibatch of this many sequences, from a
    running mean of the expected statistics, (1 − γ)·old + γ·new (online EM). The step size after t
    minibatches is γ = t^(−`power`): above 0.5 it converges; 0 keeps the newest minibatch alone,
    which with all sequences in it is the plain algorithm. An iteration is then a pass over all
    sequences, and three that gain too little end the run.
    """

    restarts: int = 6
    iterations: int = 200
    tolerance: float = 1e-6
    prior: float = 0.1
    batch: int | None = None
    power: float = 0.6

    def __post_init__(self) -> None:
        if self.batch is not None:
            whole("batch", self.batch)
        if not 0 <= self.power <= 1:
            raise Refusal(f"`power` must be from 0 to 1, but it is {self.power!r}. Give 0.6.")
        whole("restarts", self.restarts)
        whole("iterations", self.iterations)
        for name, value in (("tolerance", self.tolerance), ("prior", self.prior)):
            if not value >= 0:
                raise Refusal(f"`{name}` must be 0 or more, but it is {value!r}.")


class Hidden(NamedTuple):
    """A hidden Markov model while it is learned: its chain, and whatever describes its
    emissions."""

    chain: LogChain
    emission: Any


class Observed(Protocol):
    """Observations of one kind: how likely they are in each state, and what is learned from
    them."""

    @property
    def offsets(self) -> Int[np.ndarray, " boundary"]:
        """The rows at which sequences begin, and the end."""
        ...

    def scores(
        self, emission: Any, rows: Int[np.ndarray, " row"] | None = None
    ) -> Float[np.ndarray, "row state"]:
        """log p(x_t | state), 0 where nothing was seen: of all observations, or of these."""
        ...

    def learned(self, emission: Any, posterior: Float[np.ndarray, "total state"]) -> Any:
        """The emission under which the observations are more probable."""
        ...

    def source(self, emission: Any, rows: Int[np.ndarray, " row"] | None = None) -> Source | None:
        """The observations as kernels read them that compute scores by themselves, all or these;
        None where they cannot."""
        ...

    def learned_from(self, emission: Any, totals: Totals) -> Any:
        """As `learned`, from what the kernels summed over that source."""
        ...

    def guess(
        self, states: int, number: int, draws: np.random.Generator
    ) -> Float[np.ndarray, "total state"]:
        """Probabilities of the states to begin with."""
        ...

    def where(self, row: int) -> str:
        """The place of an observation, in words."""
        ...


class Iteration(NamedTuple):
    """A model, and the mean log likelihood of an observation under the one before it."""

    hidden: Hidden
    log_likelihood: float


def iteration(hidden: Hidden, observed: Observed, rules: "Rules") -> Iteration:
    """One expectation and one maximisation."""
    source = observed.source(hidden.emission)
    totals = None if source is None else expected_totals(source, observed.offsets, hidden.chain)
    if totals is not None:
        chain = rules.learned(hidden.chain, totals.steps, totals.first)
        emission = observed.learned_from(hidden.emission, totals)
        return Iteration(Hidden(chain, emission), totals.log_likelihood / int(observed.offsets[-1]))
    found = expected_states(observed.scores(hidden.emission), observed.offsets, hidden.chain)
    refuse_impossible(found.log_likelihood, observed, np.arange(len(found.log_likelihood)))
    chain = rules.learned(hidden.chain, found.steps, found.first)
    emission = observed.learned(hidden.emission, found.posterior)
    return Iteration(Hidden(chain, emission), float(found.log_likelihood.mean()))


def refuse_impossible(
    logs: Float[np.ndarray, " row"], observed: Observed, rows: Int[np.ndarray, " row"]
) -> None:
    """Refuse observations that no path of states can lead to, and say where the first one is."""
    impossible = np.flatnonzero(~np.isfinite(logs))
    if len(impossible):
        raise Refusal(
            f"No path of states can lead to {observed.where(int(rows[impossible[0]]))}: the steps "
            "that `transition` forbids make it impossible, or the states that are known. Forbid "
            "fewer, or allow more states."
        )


def first_guess(
    blank: Hidden, observed: Observed, rules: "Rules", number: int, key: PRNGKeyArray
) -> Hidden:
    """The start of this number, which the key draws."""
    posterior = observed.guess(rules.states, number, generator(key, number))
    chain = rules.guessed(posterior, observed.offsets)
    return Hidden(chain, observed.learned(blank.emission, posterior))


def screened(
    blank: Hidden, observed: Observed, rules: "Rules", recipe: BaumWelch, key: PRNGKeyArray
) -> Hidden:
    """The best of several starts after a few iterations each."""
    best, most = blank, -np.inf
    for number in range(recipe.restarts):
        hidden = first_guess(blank, observed, rules, number, key)
        if recipe.restarts == 1:
            return hidden
        for _ in range(min(SCREENING, recipe.iterations)):
            hidden, log_likelihood = iteration(hidden, observed, rules)
        if log_likelihood > most:
            best, most = hidden, log_likelihood
    return best


class Rules:
    """The structure of a transition matrix, which is learned from counts of steps."""

    def __init__(self, transition: Transition, states: int, prior: float) -> None:
        self.states, self.prior, self.transition = states, prior, transition
        self.allowed, self.begins = transition.allowed(states), transition.start(states)
        self.fixed = transition.fixed(states)

    def learned(self, before: LogChain, steps: np.ndarray, first: np.ndarray) -> LogChain:
        """Shares of counts; a row that was never left stays as it was."""
        start = _shares((first + self.prior / self.states) * self.begins, np.exp(before.start))
        counts = (steps + self.prior / self.states) * self.allowed * np.isnan(self.fixed)
        counts = self.transition.shared(counts)
        rest = 1 - np.nansum(self.fixed, axis=1)
        rows = [
            _shares(row, np.exp(old) * np.isnan(given)) * left
            for row, old, given, left in zip(
                counts, before.transition, self.fixed, rest, strict=True
            )
        ]
        matrix = np.where(np.isnan(self.fixed), np.stack(rows), self.fixed)
        with np.errstate(divide="ignore"):
            return LogChain(np.log(start), np.log(matrix))

    def guessed(self, posterior: np.ndarray, offsets: np.ndarray) -> LogChain:
        """From the steps between the states that seem most probable, one step of each kind
        added."""
        path = posterior.argmax(axis=1)
        inside = np.ones(len(path), bool)
        inside[offsets[:-1][offsets[:-1] < len(path)]] = False
        later = np.flatnonzero(inside)
        steps = np.ones((self.states, self.states))
        np.add.at(steps, (path[later - 1], path[later]), 1.0)
        first = np.ones(self.states)
        np.add.at(first, path[offsets[:-1][np.diff(offsets) > 0]], 1.0)
        flat = np.full(self.states, -np.log(self.states))
        return self.learned(LogChain(flat, np.tile(flat, (self.states, 1))), steps, first)


def _shares(counts: np.ndarray, before: np.ndarray) -> np.ndarray:
    total = counts.sum()
    if total > 0:
        return counts / total
    return before / max(before.sum(), np.finfo(float).tiny)


def one_of_each(path: Int[np.ndarray, " total"], states: int) -> Float[np.ndarray, "total state"]:
    """Nine parts in ten for the state of a path, the rest for all alike."""
    return 0.9 * np.eye(states)[path] + 0.1 / states


def along(offsets: Int[np.ndarray, " boundary"], states: int) -> Int[np.ndarray, " total"]:
    """The states one after the other, each for an equal part of every sequence."""
    lengths = np.diff(offsets)
    place = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
    return place * states // np.maximum(np.repeat(lengths, lengths), 1)


def ordered(hidden: Hidden, order: Int[np.ndarray, " state"], copies: int = 1) -> Hidden:
    """The same with its states in another order, each with its copies."""
    all_ = (order[:, None] * copies + np.arange(copies)).ravel()
    chain = LogChain(hidden.chain.start[all_], hidden.chain.transition[np.ix_(all_, all_)])
    return Hidden(chain, jax.tree.map(lambda leaf: leaf[order], hidden.emission))
