"""The body of a hidden Markov model of numbers: its state is the probability of every hidden
state."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Shaped

from ..._types import Key, Observation, State
from ...ops import ChainScores, LogChain, k_best_states, only_allowed, viterbi
from ..heads import NOISE, Head, mixed
from ._emission import Emission
from ._latent_body import LatentBody


class HMMBelief(NamedTuple):
    """The log probability of every state, and the past values that the emission uses."""

    log_probs: Float[Array, "batch state"]
    recent: Float[Array, "batch lag channel"]


class HMMBody(LatentBody):
    """Log probabilities of the initial state and of every transition, up to a constant in each row,
    and the emission of each state."""

    log_start: Float[Array | np.ndarray, " state"]
    log_transition: Float[Array | np.ndarray, "state state"]
    emission: Emission
    ahead: int = eqx.field(static=True)

    @property
    def horizon(self) -> int:
        """The number of steps ahead in one output."""
        return self.ahead

    @property
    def chain(self) -> ChainScores:
        """Normalised log probabilities of the transitions."""
        start = jax.nn.log_softmax(jnp.asarray(self.log_start))
        between = jax.nn.log_softmax(jnp.asarray(self.log_transition), axis=1)
        return ChainScores(between, start, jnp.zeros_like(start))

    def prior(self, batch: int) -> HMMBelief:
        """Return the probabilities of the initial state, without past values."""
        start, lags = self.chain.first, self.emission.lags
        return HMMBelief(
            jnp.broadcast_to(start, (batch, len(start))),
            jnp.zeros((batch, lags, self.emission.channels), start.dtype),
        )

    def begin(self, before: Float[Array, "batch channel"]) -> State:
        """Return the prior, with all past values equal to `before`."""
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
        """Return the belief after a transition."""
        joint = after.log_probs[:, :, None] + self.chain.between
        return after._replace(log_probs=jax.nn.logsumexp(joint, axis=1))

    def look_back(self, after: HMMBelief, smoothed_next: HMMBelief) -> HMMBelief:
        """p(state | all) = p(state | past)·Σ p(next | state)·p(next | all)/p(next | past)."""
        before_next = self.advance(after).log_probs
        gain = jnp.where(jnp.isneginf(before_next), -jnp.inf, smoothed_next.log_probs - before_next)
        back = jax.nn.logsumexp(self.chain.between + gain[:, None, :], axis=2)
        return after._replace(log_probs=after.log_probs + back)

    def expect(self, before: HMMBelief) -> Float[Array, "batch channel parameter"]:
        """Return the parameters of a mixture over states."""
        parts = jnp.swapaxes(self.emission.marginals(before.recent), 1, 2)
        logs = jnp.broadcast_to(before.log_probs[:, None], parts.shape[:-1])
        return mixed(logs, parts)

    def draw(
        self, head: Head, out: Float[Array, "*axes channel parameter"], key: Key
    ) -> Float[Array, "*axes channel"]:
        """Return a draw: a state by its probability, the same for all channels, then a draw from
        its emission."""
        of_state, of_value = jax.random.split(key)
        logs, parts = self._parts(out)
        chosen = logs[..., 0, :]
        noise = jax.random.gumbel(of_state, chosen.shape, NOISE)
        state = jnp.argmax(chosen + noise, axis=-1)
        own = jnp.take_along_axis(parts, state[..., None, None, None], axis=-2)[..., 0, :]
        return self.emission.draw(own, state, of_value)

    def log_density(
        self, head: Head, out: Float[Array, "*axes channel parameter"], target: Observation
    ) -> Float[Array, "*axes channel"]:
        """Return log p(channel | the channels before it); their sum is the joint log density."""
        observed = (
            jnp.ones(target.value.shape, bool) if target.observed is None else target.observed
        )
        logs, parts = self._parts(out)
        each = self.emission.conditional(parts, target.value, observed)
        upto = jax.nn.logsumexp(logs + jnp.cumsum(each, axis=-2), axis=-1)
        return jnp.diff(upto, axis=-1, prepend=0.0)

    def _parts(self, out: Array) -> tuple[Array, Array]:
        """Log probabilities of the states, and the parameters of each."""
        states = self.log_start.shape[0]
        logs, rest = out[..., :states], out[..., states:]
        return jax.nn.log_softmax(logs, axis=-1), rest.reshape(*rest.shape[:-1], states, -1)

    def best(self, xs: Observation) -> Int[Array, "batch time"]:
        """Return the most probable path (Viterbi)."""
        scores = self._scores(xs)
        lengths = jnp.full(len(scores), scores.shape[1])
        return viterbi(scores, self.chain, lengths)[0] // self.emission.copies

    def best_paths(
        self, xs: Observation, count: int, fixed: np.ndarray | None, forbidden: np.ndarray | None
    ) -> Int[np.ndarray, "batch path time"]:
        """Return the most probable paths (list Viterbi); −1 if there are fewer."""
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
        """Return the body with a mixture for each of `horizon` steps; an autoregressive one is
        unchanged, because it is fed its draws instead."""
        if self.emission.lags or horizon <= self.ahead:
            return self
        return HMMBody(self.log_start, self.log_transition, self.emission, horizon)

    def one_step(self) -> "HMMBody":
        """Return the body with a mixture for the next step only."""
        return HMMBody(self.log_start, self.log_transition, self.emission, 1)

    def close_gaps(
        self, state: State, xs: Observation, step_by_step: Callable[[], Array]
    ) -> Float[Array, "batch time channel"]:
        """Return the values unchanged, unless later ones regress on them; then gaps are filled."""
        return step_by_step() if self.emission.lags else xs.value


def lagged(
    value: Shaped[Any, "*axes time channel"], lags: int
) -> Shaped[Any, "*axes time lag channel"]:
    """Return the last `lags` values before every step, oldest first; before the first step all are
    the first value.

    >>> lagged(jnp.array([[1.0], [2.0], [3.0]]), 2)[..., 0].tolist()
    [[1.0, 1.0], [1.0, 1.0], [1.0, 2.0]]
    """
    place = np.arange(value.shape[-2])[:, None] - np.arange(lags, 0, -1)
    return value[..., np.maximum(place, 0), :]
