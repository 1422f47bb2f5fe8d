"""`beam_search`: the most probable continuations, as far as keeping the best few at every step
finds them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float, Int, Int32

from .._check import Refusal, counted, overflowed, whole
from .._types import END

TakesToken = Callable[[Any, Int[np.ndarray, " row"]], tuple[Any, Any]]
"""Takes in a token for each of many sequences: `(state, token) -> (state, log probabilities of what
comes next)`."""


MOST_VALUES = 200_000_000
"""Sequences times beams times tokens: above this a search, which keeps a number for each, would
hold 1.6 GB, and is refused."""


class Beams(NamedTuple):
    """For each of a batch the best continuations, best first: tokens with END from where they
    ended, and their log probabilities."""

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
    """Go on from a state of `batch` sequences, keeping the best `width` continuations of each at
    every step, for at most `length` tokens (one number for all, or one for each).

    A continuation is ranked by its log probability divided by ((5 + n) / 6)^`penalty`, n its tokens
    (Wu et al. 2016); 0 ranks by probability alone, which favours short ones. One that has ended
    keeps its place. `width` = 1 is greedy decoding. With as many beams as there are prefixes the
    search is exhaustive. A place that nothing possible fills has the log probability −inf.
    """
    said = np.asarray(log_probs, np.float64)
    batch, size = said.shape
    limits = np.broadcast_to(length, batch)
    whole("width", width), whole("length", limits.min())
    longest = int(limits.max())
    if batch * width * size > MOST_VALUES:
        raise Refusal(
            f"A search with {counted(width, 'beam')} would keep {batch:,} × {width:,} × "
            f"{counted(size, 'number')}, sequences, beams "
            "and tokens, more than "
            f"{MOST_VALUES:,}. Give a smaller `width`."
        )
    if len(forbidden) >= size:
        raise Refusal("`forbidden` names every token, so nothing can follow. Leave some.")
    rows = np.repeat(np.arange(batch), width)
    state = jax.tree.map(lambda part: part[rows], state)
    totals = np.full((batch, width), -np.inf)
    totals[:, 0] = 0.0
    tokens = np.full((batch, width, longest), END, np.int32)
    ended = np.zeros((batch, width), bool)
    said = said[rows].reshape(batch, width, size)
    for place in range(longest):
        if np.isnan(said).any():
            raise overflowed(np.nan, f"token {place + 1} of a continuation")
        said = said.copy()
        said[..., list(forbidden)] = -np.inf
        said[ended] = -np.inf
        said[..., END] = np.where(ended, 0.0, said[..., END])
        lengths = np.where(
            ended, np.minimum((tokens != END).sum(axis=2) + 1, limits[:, None]), place + 1
        )
        candidates = totals[..., None] + said
        rank = (candidates / ((5 + lengths) / 6)[..., None] ** penalty).reshape(batch, -1)
        kept = min(width, rank.shape[1])
        best = np.argpartition(-rank, kept - 1, axis=1)[:, :kept]
        best = np.take_along_axis(
            best, np.argsort(-np.take_along_axis(rank, best, axis=1), axis=1, kind="stable"), axis=1
        )
        origin, token = np.divmod(best, size)
        totals = np.take_along_axis(candidates.reshape(batch, -1), best, axis=1)
        tokens = np.take_along_axis(tokens, origin[..., None], axis=1)
        tokens[..., place] = token
        ended = (
            np.take_along_axis(ended, origin, axis=1)
            | (token == END)
            | (place + 1 >= limits)[:, None]
        )
        if ended.all():
            break
        chosen = (np.arange(batch)[:, None] * width + origin).reshape(-1)
        state, log_probs = step(
            jax.tree.map(lambda part, chosen=chosen: part[chosen], state),
            token.reshape(-1).astype(np.int32),
        )
        said = np.asarray(log_probs, np.float64).reshape(batch, width, size)
    return Beams(tokens, totals)
