"""The Baum–Welch algorithm: expectation maximisation for hidden Markov models of numbers and of
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
"""Iterations after which only the best start is continued."""


@dataclass(frozen=True)
class BaumWelch(Settings):
    """Recipe for hidden Markov models: expectation maximisation from `restarts` random starts. The
    best one after a few iterations continues until an iteration gains less than `tolerance` nats
    for each observation, or until `iterations` are done.

    `prior` observations with the distribution of all data are added to every state, and that many
    transitions to every row of the transition matrix, so that no state vanishes and no variance
    collapses; 0 is maximum likelihood.

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
    """A hidden Markov model during training: its chain, and the parameters of its emissions."""

    chain: LogChain
    emission: Any


class Observed(Protocol):
    """Observations of one kind: their scores in each state, and the update of the emission."""

    @property
    def offsets(self) -> Int[np.ndarray, " boundary"]:
        """The rows at which sequences begin, and the end of the last."""
        ...

    def scores(
        self, emission: Any, rows: Int[np.ndarray, " row"] | None = None
    ) -> Float[np.ndarray, "row state"]:
        """Return log p(x_t | state), 0 if nothing was observed: of all observations, or of these
        rows."""
        ...

    def learned(self, emission: Any, posterior: Float[np.ndarray, "total state"]) -> Any:
        """Return the emission that increases the likelihood of the observations."""
        ...

    def source(self, emission: Any, rows: Int[np.ndarray, " row"] | None = None) -> Source | None:
        """Return the observations, all or these rows, for kernels that compute scores themselves;
        None if they cannot."""
        ...

    def learned_from(self, emission: Any, totals: Totals) -> Any:
        """As `learned`, from the sums that the kernels computed from that source."""
        ...

    def guess(
        self, states: int, number: int, draws: np.random.Generator
    ) -> Float[np.ndarray, "total state"]:
        """Return initial probabilities of the states, for start number `number`."""
        ...

    def where(self, row: int) -> str:
        """Return the position of an observation in words."""
        ...


class Iteration(NamedTuple):
    """A model, and the mean log likelihood of an observation under the previous one."""

    hidden: Hidden
    log_likelihood: float


def iteration(hidden: Hidden, observed: Observed, rules: "Rules") -> Iteration:
    """Do one expectation step and one maximisation step."""
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
    """Refuse observations that no path of states can produce, and say where the first one is."""
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
    """Return the start of this number, drawn with the key."""
    posterior = observed.guess(rules.states, number, generator(key, number))
    chain = rules.guessed(posterior, observed.offsets)
    return Hidden(chain, observed.learned(blank.emission, posterior))


def screened(
    blank: Hidden, observed: Observed, rules: "Rules", recipe: BaumWelch, key: PRNGKeyArray
) -> Hidden:
    """Return the best of several starts after a few iterations each."""
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
    """The structure of a transition matrix, which is estimated from counts of transitions."""

    def __init__(self, transition: Transition, states: int, prior: float) -> None:
        self.states, self.prior, self.transition = states, prior, transition
        self.allowed, self.begins = transition.allowed(states), transition.start(states)
        self.fixed = transition.fixed(states)

    def learned(self, before: LogChain, steps: np.ndarray, first: np.ndarray) -> LogChain:
        """Return probabilities proportional to the counts `steps` and `first`; a row without counts
        keeps its probabilities."""
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
        """Return probabilities from transitions between the most probable states, with one
        transition of each kind added."""
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
    """Return probability 0.9 for the state of a path, and the rest spread equally."""
    return 0.9 * np.eye(states)[path] + 0.1 / states


def along(offsets: Int[np.ndarray, " boundary"], states: int) -> Int[np.ndarray, " total"]:
    """Return the states in order, each for an equal part of every sequence."""
    lengths = np.diff(offsets)
    place = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
    return place * states // np.maximum(np.repeat(lengths, lengths), 1)


def ordered(hidden: Hidden, order: Int[np.ndarray, " state"], copies: int = 1) -> Hidden:
    """Return the model with its states, and their copies, in another order."""
    all_ = (order[:, None] * copies + np.arange(copies)).ravel()
    chain = LogChain(hidden.chain.start[all_], hidden.chain.transition[np.ix_(all_, all_)])
    return Hidden(chain, jax.tree.map(lambda leaf: leaf[order], hidden.emission))
