"""`beam_search`: probable continuations, by keeping the best few at every step."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int, Int32

from ..._check import Refusal, counted, overflowed, whole
from ..._types import END

TakesToken = Callable[[Any, Int[np.ndarray, " row"]], tuple[Any, Any]]
"""A step over a batch of sequences: `(state, token) -> (state, log probabilities of the next
token)`."""


MOST_VALUES = 200_000_000
"""The most numbers that a search may hold at once (sequences · beams · tokens): 1.6 GB."""


class Beams(NamedTuple):
    """The best continuations of each sequence of a batch, best first: tokens, padded with END, and
    log probabilities."""

    tokens: Int32[np.ndarray, "batch width step"]
    log_probs: Float[np.ndarray, "batch width"]


def beam_search(
    step: TakesToken,
    state: Any,
    log_probs: Any,
    width: int,
    length: int | Int[np.ndarray, " batch"],
    *,
    penalty: float = 0.0,
    forbidden: tuple[int, ...] = (),
) -> Beams:
    """Continue a batch of sequences from a `state` and the `log_probs` of the next token, keeping
    the best `width` continuations of each at every step, for at most `length` tokens (one number
    for all sequences, or one for each). `forbidden` tokens are never chosen.

    Continuations are ranked by log probability / ((5 + n) / 6)^`penalty`, with n their number of
    tokens (Wu et al. 2016); 0 ranks by log probability, which favours short ones. `width` = 1 is
    greedy decoding. With as many beams as there are prefixes the search is exhaustive. Beams
    without a possible continuation have log probability −inf.
    """
    scores = np.asarray(log_probs, np.float64)  # of the next token
    batch, size = scores.shape
    limits = np.broadcast_to(length, batch)
    whole("width", width), whole("length", limits.min())
    longest = int(limits.max())
    if batch * width * size > MOST_VALUES:
        raise Refusal(
            f"A search with {counted(width, 'beam')} would keep {batch:,} × {width:,} × "
            f"{counted(size, 'number')}, sequences, beams and tokens, more than {MOST_VALUES:,}. "
            "Give a smaller `width`."
        )
    if len(forbidden) >= size:
        raise Refusal("`forbidden` names every token, so nothing can follow. Leave some.")
    rows = np.repeat(np.arange(batch), width)
    state = taken(state, rows)
    totals = np.full((batch, width), -np.inf)
    totals[:, 0] = 0.0
    tokens = np.full((batch, width, longest), END, np.int32)
    ended = np.zeros((batch, width), bool)
    scores = scores[rows].reshape(batch, width, size)
    for place in range(longest):
        if np.isnan(scores).any():
            raise overflowed(np.nan, f"token {place + 1} of a continuation")
        scores = scores.copy()
        scores[..., list(forbidden)] = -np.inf
        # An ended continuation has one successor, itself: END again, at no cost. So it keeps its
        # score and competes with those that continue.
        scores[ended] = -np.inf
        scores[..., END] = np.where(ended, 0.0, scores[..., END])
        final = np.minimum((tokens != END).sum(axis=2) + 1, limits[:, None])
        lengths = np.where(ended, final, place + 1)
        candidates = totals[..., None] + scores
        rank = (candidates / ((5 + lengths) / 6)[..., None] ** penalty).reshape(batch, -1)
        width_now = min(width, rank.shape[1])
        # Partition first: sorting all width · vocabulary candidates would cost far more.
        best = np.argpartition(-rank, width_now - 1, axis=1)[:, :width_now]
        order = np.argsort(-np.take_along_axis(rank, best, axis=1), axis=1, kind="stable")
        best = np.take_along_axis(best, order, axis=1)
        origin, token = np.divmod(best, size)
        totals = np.take_along_axis(candidates.reshape(batch, -1), best, axis=1)
        tokens = np.take_along_axis(tokens, origin[..., None], axis=1)
        tokens[..., place] = token
        ended = np.take_along_axis(ended, origin, axis=1) | (token == END)
        ended |= (place + 1 >= limits)[:, None]
        if ended.all():
            break
        chosen = (np.arange(batch)[:, None] * width + origin).reshape(-1)
        state = taken(state, chosen)
        state, log_probs = step(state, token.reshape(-1).astype(np.int32))
        scores = np.asarray(log_probs, np.float64).reshape(batch, width, size)
    return Beams(tokens, totals)


def taken(state: Any, rows: Int[np.ndarray, " chosen"]) -> Any:
    """Return the state of these sequences of a batch; for count models without JAX."""
    if isinstance(state, np.ndarray):
        return state[rows]
    if type(state) is tuple:
        return tuple(taken(part, rows) for part in state)
    import jax

    return jax.tree.map(lambda part: part[rows], state)
