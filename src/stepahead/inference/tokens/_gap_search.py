"""`search_gaps`: tokens for gaps in a text, by any model that reads from left to right."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ..._check import Refusal, overflowed, whole
from ..._types import END, UNKNOWN, TokenStep
from ._beam import taken


class FoundTokens(NamedTuple):
    """The most probable tokens of the gaps, and the probabilities of all tokens for each gap."""

    best: tuple[int, ...]
    shares: Float[np.ndarray, "gap vocab"]


def search_gaps(
    model: TokenStep,
    text: Sequence[int | None],
    *,
    width: int = 200,
    forbidden: Sequence[int] = (END, UNKNOWN),
) -> FoundTokens:
    """Find tokens for the positions of a whole text that are None, given the text on both sides;
    `forbidden` tokens are not used.

    The text is read once. At a gap the `width` most probable prefixes are kept, as in a beam
    search; at the end each is weighted by the probability of the whole text with its end. If
    `width` is at least the number of ways to fill all gaps but the last, times the vocabulary size,
    this is the exact posterior; `infill` is exact for n-grams at any length.

    >>> from stepahead import data, training
    >>> from stepahead.models import AddK, NGram
    >>> tokens = data.Tokens.from_texts(["the cat sat", "the dog ran", "a cat sat"])
    >>> words, model = tokens.vocabulary, training.count(NGram(2, AddK(0.1)), tokens)
    >>> found = search_gaps(model, [*words.encode("the"), None, *words.encode("ran")])
    >>> words.decode(found.best), float(found.shares.sum().round(6))
    ('dog', 1.0)
    """
    gaps = sum(token is None for token in text)
    if not gaps:
        raise Refusal("There is no gap in `text`. Give None for every missing token.")
    whole("width", width)
    state, log_probs = model.start(1)
    totals, filled = np.zeros(1), np.zeros((1, 0), np.int64)
    for token in text:
        scores = np.asarray(log_probs, np.float64)
        if token is None:
            reached = totals[:, None] + scores
            reached[:, list(forbidden)] = -np.inf
            kept = np.argsort(-reached, axis=None, kind="stable")[:width]
            rows, chosen = np.divmod(kept, scores.shape[1])
            totals, state = reached.ravel()[kept], taken(state, rows)
            filled = np.column_stack([filled[rows], chosen])
        else:
            chosen = np.full(len(totals), token)
            totals = totals + scores[:, token]
        state, log_probs = model.step(state, chosen.astype(np.int32))
    totals = totals + np.asarray(log_probs, np.float64)[:, END]
    if np.isnan(totals).any():
        raise overflowed(np.nan, "a gap")
    if not np.isfinite(totals).any():
        from ._best_sequences import no_sequence_fits  # imports JAX

        raise no_sequence_fits()
    weights = np.exp(totals - totals.max())
    size = np.asarray(log_probs).shape[1]
    shares = [np.bincount(column, weights / weights.sum(), size) for column in filled.T]
    return FoundTokens(tuple(filled[totals.argmax()].tolist()), np.stack(shares))
