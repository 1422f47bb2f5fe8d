"""Hidden Markov models of tokens: a probability for every token in each hidden state."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

import numpy as np
from jaxtyping import Bool, Float, Int

from ..._types import State
from ...ops import LogChain, k_best_states, loop_step, only_allowed, step_log_likelihood
from ..counts import no_counts


@dataclass(frozen=True, eq=False)
class HMMTokens:
    """Log probabilities of the initial state, of every transition, and of every token in each
    state. It is a `TokenStep`, and a `LatentState` whose observations are masks of the tokens
    allowed at a position, `[batch, vocab]`. All arrays are NumPy.

    A sequence ends with the end token, which a state emits like any other.
    """

    log_start: Float[np.ndarray, " state"]
    log_transition: Float[np.ndarray, "state state"]
    log_emission: Float[np.ndarray, "state vocab"]

    scan = staticmethod(loop_step)

    @property
    def size(self) -> int:
        """The size of the vocabulary."""
        return self.log_emission.shape[1]

    @property
    def chain(self) -> LogChain:
        """The probabilities of initial states and transitions."""
        return LogChain(self.log_start, self.log_transition)

    @cached_property
    def _probs(self) -> tuple[np.ndarray, np.ndarray]:
        return np.exp(self.log_transition), np.exp(self.log_emission)

    def prior(self, batch: int) -> Float[np.ndarray, "batch state"]:
        """Return the probabilities of the initial state."""
        return np.repeat(np.exp(self.log_start)[None], batch, axis=0)

    def observe(
        self, before: Float[np.ndarray, "batch state"], x: Bool[np.ndarray, "batch vocab"]
    ) -> tuple[Float[np.ndarray, "batch state"], Float[np.ndarray, " batch"]]:
        """Return p(state | one of the allowed tokens); all 0 if none is possible."""
        return self._conditioned(before, x @ self._probs[1].T)

    def advance(self, after: Float[np.ndarray, "batch state"]) -> Float[np.ndarray, "batch state"]:
        """Return the distribution of the state after a transition."""
        return after @ self._probs[0]

    def look_back(
        self,
        after: Float[np.ndarray, "batch state"],
        smoothed_next: Float[np.ndarray, "batch state"],
    ) -> Float[np.ndarray, "batch state"]:
        """Return p(state | all), from the smoothed distribution at the next token."""
        before_next = self.advance(after)
        gain = smoothed_next / np.where(before_next > 0, before_next, 1)
        return after * (gain @ self._probs[0].T)

    def expect(self, before: Float[np.ndarray, "batch state"]) -> Float[np.ndarray, "batch vocab"]:
        """Return the probability of every token."""
        return before @ self._probs[1]

    def best(self, xs: Bool[np.ndarray, "batch time vocab"]) -> Int[np.ndarray, "batch time"]:
        """Return the most probable path (Viterbi)."""
        return self.best_paths(xs, 1, None, None)[:, 0]

    def best_paths(
        self,
        xs: Bool[np.ndarray, "batch time vocab"],
        count: int,
        fixed: np.ndarray | None,
        forbidden: np.ndarray | None,
    ) -> Int[np.ndarray, "batch path time"]:
        """Return the most probable paths (list Viterbi); −1 if there are fewer."""
        with np.errstate(divide="ignore"):
            scores = only_allowed(np.log(xs @ self._probs[1].T), fixed, forbidden)
        batch, time, states = scores.shape
        ends = time * np.arange(batch + 1)
        paths = k_best_states(scores.reshape(-1, states), ends, self.chain, count)[0]
        return np.swapaxes(paths.reshape(count, batch, time), 0, 1)

    def counts(self) -> NoReturn:
        """Refused: it has no n-gram tables."""
        raise no_counts("a hidden Markov model")

    def start(self, batch: int) -> tuple[State, Float[np.ndarray, "batch vocab"]]:
        """Return the prior, and the log probabilities of the first token."""
        return self._next_token(self.prior(batch))

    def step(
        self, state: State, token: Int[np.ndarray, " batch"]
    ) -> tuple[State, Float[np.ndarray, "batch vocab"]]:
        """Process one token."""
        after, _ = self._conditioned(state, self._probs[1][:, np.asarray(token)].T)
        return self._next_token(self.advance(after))

    def log_probs(
        self, tokens: Int[np.ndarray, " total"], offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, " total"]:
        """Return the log probability of every token, by the forward pass."""
        scores = np.ascontiguousarray(self.log_emission[:, np.asarray(tokens)].T)
        return step_log_likelihood(scores, np.asarray(offsets), self.chain)

    def _conditioned(self, before: np.ndarray, likelihood: np.ndarray) -> tuple[Any, Any]:
        joint = before * likelihood
        total = joint.sum(axis=1)
        with np.errstate(divide="ignore"):
            return joint / np.where(total > 0, total, 1)[:, None], np.log(total)

    def _next_token(self, before: np.ndarray) -> tuple[State, np.ndarray]:
        with np.errstate(divide="ignore"):
            return before, np.log(self.expect(before))
