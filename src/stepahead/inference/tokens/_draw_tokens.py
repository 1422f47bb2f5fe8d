"""`draw_tokens`: sample continuations token by token, with temperature, top-k and nucleus
filters."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int32

from ..._check import Refusal, overflowed, whole
from ..._settings import Settings
from ..._types import END, Key
from ...ops import host_generator
from ._beam import TakesToken


@dataclass(frozen=True)
class Filter(Settings):
    """Sampling options: `temperature`, `top_k`, `nucleus` (top-p) and `forbidden` tokens.

    Log probabilities are divided by the temperature; then only the `top_k` most probable tokens are
    kept, and of these the fewest whose probabilities sum to `nucleus` (Holtzman et al. 2020). Of
    equally probable tokens, lower numbers are kept. Temperature 0 always selects the most probable
    token; ∞ samples uniformly from all possible tokens.

    >>> Filter(top_k=2).of(np.log([[0.5, 0.3, 0.2]])).round(3).tolist()
    [[0.625, 0.375, 0.0]]
    >>> Filter(nucleus=0.5).of(np.log([[0.4, 0.35, 0.25]])).round(3).tolist()
    [[0.533, 0.467, 0.0]]
    """

    temperature: float = 1.0
    top_k: int | None = None
    nucleus: float = 1.0
    forbidden: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.temperature >= 0:
            raise Refusal(
                f"`temperature` must be from 0 to inf, but it is {self.temperature!r}. Give 1, or "
                "0 for the most probable."
            )
        if not 0 < self.nucleus <= 1:
            raise Refusal(
                f"`nucleus` must be above 0 and at most 1, but it is {self.nucleus!r}. Give 0.9."
            )
        if self.top_k is not None:
            whole("top_k", self.top_k)

    def without(self, *tokens: int) -> "Filter":
        """Return the same options with these tokens forbidden too."""
        return replace(self, forbidden=(*self.forbidden, *tokens))

    def of(self, log_probs: Float[np.ndarray, "batch vocab"]) -> Float[np.ndarray, "batch vocab"]:
        """Return the filtered probabilities, which sum to 1; refuse if no token is left."""
        log_probs = np.array(log_probs, np.float64)
        if self.forbidden:
            log_probs[:, list(self.forbidden)] = -np.inf
        highest = log_probs.max(axis=1, keepdims=True)
        if np.isnan(highest).any():
            raise overflowed(np.nan, "what comes next")
        if not np.isfinite(highest).all():
            raise Refusal(
                "After this prompt the model knows of no token that may follow. Use a model that "
                "smooths its counts."
            )
        p = _tempered(log_probs - highest, self.temperature)
        top_k = self.top_k if self.temperature else 1
        if top_k is None and self.nucleus == 1:
            return p / p.sum(axis=1, keepdims=True)
        order = np.argsort(-log_probs, axis=1, kind="stable")
        np.put_along_axis(p, order[:, top_k or p.shape[1] :], 0, axis=1)
        p /= p.sum(axis=1, keepdims=True)
        if self.nucleus < 1:
            # Keep a token if those before it do not sum to `nucleus`.
            falling = np.take_along_axis(p, order, axis=1)
            before = np.cumsum(falling, axis=1) - falling
            np.put_along_axis(p, order, np.where(before < self.nucleus, falling, 0), axis=1)
            p /= p.sum(axis=1, keepdims=True)
        return p


def _tempered(
    below: Float[np.ndarray, "batch vocab"], temperature: float
) -> Float[np.ndarray, "batch vocab"]:
    """exp(below / temperature), with the limits at temperature 0 and ∞: impossible tokens stay at
    0, and at temperature 0 only the most probable ones are left."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        finite = np.where(np.isneginf(below), 0.0, np.exp(below / temperature))
        return np.where(below == 0, 1.0, finite)


class SampledTokens(NamedTuple):
    """Sampled tokens, padded with END, and the log probability of each sequence under the model,
    with its end."""

    tokens: Int32[np.ndarray, "batch step"]
    log_probs: Float[np.ndarray, " batch"]


def draw_tokens(
    step: TakesToken, state: Any, log_probs: Any, length: int, filtered: Filter, *, key: Key
) -> SampledTokens:
    """Sample up to `length` tokens for each sequence of a batch from the filtered distribution,
    until all have ended. `log_probs` are those of the first token, `step` gives those of the
    next."""
    batch = log_probs.shape[0]
    tokens, totals = np.full((batch, length), END, np.int32), np.zeros(batch)
    drawn = tokens_drawn(step, state, log_probs, length, filtered, key=key)
    for place, (chosen, scores) in enumerate(drawn):
        tokens[:, place] = chosen
        totals += scores
    return SampledTokens(tokens, totals)


def tokens_drawn(
    step: TakesToken, state: Any, log_probs: Any, length: int, filtered: Filter, *, key: Key
) -> Iterator[tuple[Int32[np.ndarray, " batch"], Float[np.ndarray, " batch"]]]:
    """Yield the tokens of `draw_tokens` as they are sampled, with their log probabilities under the
    model: END and 0 for a sequence that has ended."""
    draws = host_generator(key)
    batch = log_probs.shape[0]
    running, rows = np.ones(batch, bool), np.arange(batch)
    for place in range(length):
        scores = np.asarray(log_probs, np.float64)
        cumulative = np.cumsum(filtered.of(scores), axis=1)
        # Inverse transform sampling: the first token whose cumulative probability is above u.
        u = draws.random((batch, 1)) * cumulative[:, -1:]
        chosen = (cumulative <= u).sum(axis=1).astype(np.int32)
        yield (
            np.where(running, chosen, END).astype(np.int32),
            np.where(running, scores[rows, chosen], 0.0),
        )
        running &= chosen != END
        if not running.any() or place == length - 1:
            return
        state, log_probs = step(state, chosen)
