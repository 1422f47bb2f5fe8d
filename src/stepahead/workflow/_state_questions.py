"""Results on hidden states, of numbers and of tokens alike: the best paths, and the probability of
each state."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from .._check import Refusal, counted, whole
from ..models import fold
from ..ops import LogChain, best_states, expected_states, k_best_states, only_allowed
from ..training import known_states


class Answers(NamedTuple):
    """The best paths, numbered from 1; the log probability of each path by sequence; the
    probability of each state at every step; the log likelihood of every step given those before
    it."""

    paths: Int[np.ndarray, "path total"]
    log_probs: Float[np.ndarray, "path sequence"]
    posterior: Float[np.ndarray, "total state"]
    log_likelihood: Float[np.ndarray, " total"]


class DecodedStates:
    """The part that hidden states of numbers and of tokens share."""

    paths: Int[np.ndarray, "path total"]
    posterior: Float[np.ndarray, "total state"]

    @property
    def path(self) -> Int[np.ndarray, " total"]:
        """The most probable path."""
        return self.paths[0]

    @property
    def likeliest(self) -> Int[np.ndarray, " total"]:
        """The most probable state at each single step or token (posterior decoding), numbered
        from 1."""
        return self.posterior.argmax(axis=1) + 1

    def state_columns(self) -> dict[str, np.ndarray]:
        """Columns of a table: the state of the best path, and the probability of every state."""
        return {
            "state": self.path,
            **{f"p{k + 1}": column for k, column in enumerate(self.posterior.T)},
        }


def answers(
    scores: Float[np.ndarray, "total copy"],
    offsets: Int[np.ndarray, " boundary"],
    chain: LogChain,
    copies: int,
    *,
    k: int,
    fixed: np.ndarray | None,
    forbidden: np.ndarray | None,
    where: Callable[[int], str],
) -> Answers:
    """Return the `k` best paths and the posterior, given states that are fixed (numbered from 1, 0
    if unknown) or forbidden. If no path is possible, refuse and name the place by `where`."""
    scores = np.repeat(_restricted(scores[:, ::copies], fixed, forbidden), copies, axis=1)
    found = expected_states(scores, offsets, chain)
    impossible = np.flatnonzero(~np.isfinite(found.log_likelihood))
    if len(impossible):
        raise Refusal(
            f"No path of states is possible at {where(int(impossible[0]))}: the fixed and forbidden"
            " states, and the steps that the model forbids, leave none. Fix or forbid fewer."
        )
    if whole("k", k) == 1:
        path, highest = best_states(scores, offsets, chain)
        paths, logs = path[None], highest[None]
    else:
        paths, logs = k_best_states(scores, offsets, chain, k)
    return Answers(paths // copies + 1, logs, fold(found.posterior, copies), found.log_likelihood)


def _restricted(
    scores: np.ndarray, fixed: np.ndarray | None, forbidden: np.ndarray | None
) -> np.ndarray:
    """Scores with −∞ for states that are not possible."""
    total, states = scores.shape
    if forbidden is not None and np.shape(forbidden) != scores.shape:
        raise Refusal(
            f"`forbidden` must have a row for each of {counted(total, 'step')} and a column for "
            f"each of {counted(states, 'state')}, but its shape is {np.shape(forbidden)}."
        )
    known = None if fixed is None else known_states("fixed", fixed, states, total) - 1
    ruled_out = None if forbidden is None else np.asarray(forbidden, bool)
    return only_allowed(scores, known, ruled_out)
