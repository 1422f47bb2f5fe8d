"""Hidden Markov models of numbers: a chain of hidden states, each with its own distribution of what
is observed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Shaped

from ..._check import Refusal, whole
from ..._types import Channels, Key, Observation, State
from ...ops import ChainScores, LogChain, k_best_states, only_allowed, viterbi
from ..heads import Emitting, Gaussian, Head, MixtureOf, mixed
from ._durations import Elapsed, Repeated
from ._emissions import Autoregressive, Emission, FullGaussian, blank
from ._latent_body import LatentBody
from ._transitions import Full, Transition


@dataclass(frozen=True)
class HMM:
    """A hidden Markov model: a chain of `states` that is not seen, and in each an `emission`, the
    distribution of what is.

    `emission` is `Gaussian()`, `StudentT()`, `Poisson()`, `NegativeBinomial()` or `MixtureOf(one of
    them, components)` for channels that are independent given the state, `FullGaussian()` for
    correlated ones, or `Autoregressive(lags)`, where the mean of each state regresses on the last
    values. Of tokens, the emission is a probability for each. `transition` says which steps are
    possible: `Full()`, `LeftToRight()`, `Banded()`, `Forbidden(pairs)`, `Fixed(entries)`,
    `Shared(groups)`. Learned by Baum and Welch's algorithm (`training.BaumWelch`).

    How long a state lasts is geometric. With `durations=d` it has a probability of its own for each
    duration below d, and is geometric from there on (a hidden semi-Markov model); a state is then
    followed by another one.

    >>> HMM(3)
    HMM(states=3, emission=Gaussian(horizon=1), transition=Full(), durations=1)
    """

    states: int
    emission: Emitting | FullGaussian | Autoregressive = field(default_factory=Gaussian)
    transition: Transition = field(default_factory=Full)
    durations: int = 1

    def __post_init__(self) -> None:
        whole("states", self.states)
        if not isinstance(self.emission, Emitting | FullGaussian | Autoregressive):
            raise Refusal(
                "`emission` must be a distribution such as Gaussian(), StudentT(), Poisson() or "
                f"FullGaussian(), but it is {self.emission!r}."
            )
        self.transition.allowed(self.states), self.transition.fixed(self.states)
        free = np.isnan(self.transition.fixed(self.states)).all()
        own = (self.transition.shared(np.eye(self.states)) == np.eye(self.states)).all()
        if whole("durations", self.durations) > 1 and not (self.states > 1 and free and own):
            raise Refusal(
                "`durations` above 1 are for two states or more whose steps are neither fixed nor "
                "shared, as each state is followed by another. Leave it out."
            )

    @property
    def size(self) -> int:
        """The number of states, each counted as often as it has copies."""
        return self.states * self.durations

    @property
    def structure(self) -> Transition:
        """The possible steps between all of them."""
        if self.durations == 1:
            return self.transition
        return Elapsed(self.transition, self.durations)

    @property
    def kind(self) -> Emitting:
        """The head of one channel in one state."""
        return self.blank(1).head

    def blank(self, channels: int) -> Emission:
        """Its emissions before anything was learned."""
        one = blank(self.emission, self.states, channels)
        return one if self.durations == 1 else Repeated(one, self.durations)

    def free(self, channels: int) -> int:
        """The number of free parameters: probabilities that are neither given nor the rest of a sum
        of 1, and those of the emissions.

        >>> HMM(2).free(1)  # 1 of the first state, 1 a row, 2 an emission
        7
        """
        learned = np.isnan(self.transition.fixed(self.states)) & self.transition.allowed(
            self.states
        )
        first = self.transition.start(self.states).sum() - 1
        if self.durations == 1:
            own = np.unique(self.transition.shared(np.eye(self.states)), axis=0, return_index=True)
            steps = np.maximum(learned[own[1]].sum(axis=1) - 1, 0).sum()
        else:  # of every state where it goes, and from each copy whether it goes
            out = (learned & ~np.eye(self.states, dtype=bool)).sum(axis=1)
            steps = (np.maximum(out - 1, 0) + self.durations * (out > 0)).sum()
        return int(first + steps) + self.blank(channels).free

    def head(self, horizon: int) -> MixtureOf:
        """The head of the next `horizon` steps: a mixture over states."""
        return MixtureOf(horizon, self.kind, self.size)

    def build(self, channels: Channels, head: Head, key: Key) -> "HMMBody":
        """All states alike and every allowed step as probable, until it was learned."""
        emission = self.blank(channels.value)
        if emission.lags and head.horizon > 1:
            raise Refusal(
                "An autoregressive emission says one step at a time, from the values before it. "
                "Leave out `strategy`, so that drawn values are fed back."
            )
        if head.parameters != self.size * (1 + self.kind.parameters):
            raise Refusal(
                f"A hidden Markov model is read by a mixture over its states, not by {head!r}. "
                "Name the distribution in `HMM(states, emission)`, and leave out `head`."
            )
        with np.errstate(divide="ignore"):
            start = np.log(self.structure.start(self.size).astype(np.float32))
            allowed = np.log(self.structure.allowed(self.size).astype(np.float32))
        return HMMBody(jnp.asarray(start), jnp.asarray(allowed), emission, head.horizon)


class HMMBelief(NamedTuple):
    """The log probability of every state, and the last values that the emission depends on."""

    log_probs: Float[Array, "batch state"]
    recent: Float[Array, "batch lag channel"]


class HMMBody(LatentBody):
    """Log probabilities of the first state and of every step, up to a constant in each row, and
    what each state emits."""

    log_start: Float[Array | np.ndarray, " state"]
    log_transition: Float[Array | np.ndarray, "state state"]
    emission: Emission
    ahead: int = eqx.field(static=True)

    @property
    def horizon(self) -> int:
        """The number of steps ahead that it puts out."""
        return self.ahead

    @property
    def chain(self) -> ChainScores:
        """Normalised log probabilities of its steps."""
        start = jax.nn.log_softmax(jnp.asarray(self.log_start))
        between = jax.nn.log_softmax(jnp.asarray(self.log_transition), axis=1)
        return ChainScores(between, start, jnp.zeros_like(start))

    def prior(self, batch: int) -> HMMBelief:
        """The first state's probabilities; no value was seen."""
        start, lags = self.chain.first, self.emission.lags
        return HMMBelief(
            jnp.broadcast_to(start, (batch, len(start))),
            jnp.zeros((batch, lags, self.emission.channels), start.dtype),
        )

    def begin(self, before: Float[Array, "batch channel"]) -> State:
        """The prior, after values that all were `before`."""
        prior = self.prior(len(before))
        recent = jnp.broadcast_to(before[:, None].astype(prior.recent.dtype), prior.recent.shape)
        return prior._replace(recent=recent)

    def observe(
        self, before: HMMBelief, x: Observation
    ) -> tuple[HMMBelief, Float[Array, " batch"]]:
        """p(state | x) ∝ p(state)·p(x | state)."""
        observed = jnp.ones(x.value.shape, bool) if x.observed is None else x.observed
        joint = before.log_probs + self.emission.scores(x.value, observed, before.recent)
        total = jax.nn.logsumexp(joint, axis=1)
        recent = before.recent
        if self.emission.lags:
            recent = jnp.concatenate([recent[:, 1:], x.value[:, None].astype(recent.dtype)], axis=1)
        return HMMBelief(joint - total[:, None], recent), total

    def advance(self, after: HMMBelief) -> HMMBelief:
        """One step of the chain."""
        joint = after.log_probs[:, :, None] + self.chain.between
        return after._replace(log_probs=jax.nn.logsumexp(joint, axis=1))

    def look_back(self, after: HMMBelief, smoothed_next: HMMBelief) -> HMMBelief:
        """p(state | all) = p(state | past)·Σ p(next | state)·p(next | all)/p(next | past)."""
        before_next = self.advance(after).log_probs
        gain = jnp.where(jnp.isneginf(before_next), -jnp.inf, smoothed_next.log_probs - before_next)
        back = jax.nn.logsumexp(self.chain.between + gain[:, None, :], axis=2)
        return after._replace(log_probs=after.log_probs + back)

    def expect(self, before: HMMBelief) -> Float[Array, "batch channel parameter"]:
        """A mixture over states."""
        parts = jnp.swapaxes(self.emission.marginals(before.recent), 1, 2)
        logs = jnp.broadcast_to(before.log_probs[:, None], parts.shape[:-1])
        return mixed(logs, parts)

    def best(self, xs: Observation) -> Int[Array, "batch time"]:
        """Viterbi's path."""
        scores = self._scores(xs)
        lengths = jnp.full(len(scores), scores.shape[1])
        return viterbi(scores, self.chain, lengths)[0] // self.emission.copies

    def best_paths(
        self, xs: Observation, count: int, fixed: np.ndarray | None, forbidden: np.ndarray | None
    ) -> Int[np.ndarray, "batch path time"]:
        """List Viterbi's paths; −1 where there are fewer."""
        copies = self.emission.copies
        each = only_allowed(
            np.asarray(self._scores(xs), np.float64)[..., ::copies], fixed, forbidden
        )
        scores = np.repeat(each, copies, axis=-1)
        batch, time, states = scores.shape
        chain = LogChain(*(np.asarray(a) for a in (self.chain.first, self.chain.between)))
        flat, ends = scores.reshape(-1, states), time * np.arange(batch + 1)
        paths = k_best_states(flat, ends, chain, count)[0] // copies
        return np.swapaxes(paths.reshape(count, batch, time), 0, 1)

    def _scores(self, xs: Observation) -> Float[Array, "batch time state"]:
        observed = jnp.ones(xs.value.shape, bool) if xs.observed is None else xs.observed
        return self.emission.scores(xs.value, observed, lagged(xs.value, self.emission.lags))

    def reaching(self, horizon: int) -> "HMMBody":
        """A mixture for each of so many steps; an autoregressive one is fed its draws instead."""
        if self.emission.lags or horizon <= self.ahead:
            return self
        return HMMBody(self.log_start, self.log_transition, self.emission, horizon)

    def close_gaps(
        self, state: State, xs: Observation, step_by_step: Callable[[], Array]
    ) -> Float[Array, "batch time channel"]:
        """Nothing stands in for a missing value, unless later ones regress on it."""
        return step_by_step() if self.emission.lags else xs.value


def lagged(
    value: Shaped[Any, "*axes time channel"], lags: int
) -> Shaped[Any, "*axes time lag channel"]:
    """The last `lags` values before every step, oldest first, the first value before the first
    step.

    >>> lagged(jnp.array([[1.0], [2.0], [3.0]]), 2)[..., 0].tolist()
    [[1.0, 1.0], [1.0, 1.0], [1.0, 2.0]]
    """
    place = np.arange(value.shape[-2])[:, None] - np.arange(lags, 0, -1)
    return value[..., np.maximum(place, 0), :]
