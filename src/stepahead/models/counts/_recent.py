"""`RecentTokens`: a network of tokens with a cache of recent tokens and their contexts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NoReturn, Protocol

import numpy as np
from jaxtyping import Bool, Float, Int

from ..._check import between, whole
from ..._types import END, State, TokenStep
from ._ngram import no_counts

PIECE = 256
"""Tokens that are scored at a time."""


class HiddenTokenStep(TokenStep, Protocol):
    """A `TokenStep` whose probabilities are computed from a hidden vector."""

    def initial_state(self, batch: int) -> State:
        """Return the state before any token, including the end token."""
        ...

    def hidden_vectors(
        self, state: State, tokens: Int[np.ndarray, "batch time"]
    ) -> tuple[State, Float[np.ndarray, "batch time state"]]:
        """Return the state after these tokens, and the hidden vector after each of them."""
        ...

    def next_log_probs(
        self, hidden: Float[np.ndarray, "batch state"]
    ) -> Float[np.ndarray, "batch vocab"]:
        """Return the log probability of every next token, for each hidden vector."""
        ...


@dataclass(frozen=True, eq=False)
class RecentTokens:
    """p(x) = (1 − s) p_model(x) + s p_recent(x), s = `share` · n / `window`: a network with a cache
    of the last `window` tokens of the same sequence, of which n have been read. A `TokenStep`.

    p_recent(x) ∝ Σ exp(sharpness · h_i · h) over the positions i of x in the window: a token is the
    more probable, the more similar the hidden vectors h_i that preceded it are to the present one,
    h. With sharpness 0 it is the frequency in the window. At the beginning of a sequence the
    network is used alone, so a short prompt is not repeated. Source: Grave, Joulin & Usunier 2017
    (the continuous cache, with a constant share).
    """

    model: HiddenTokenStep
    share: float
    sharpness: float
    window: int = 500

    def __post_init__(self) -> None:
        between("share", self.share, 0, 1), whole("window", self.window)
        between("sharpness", self.sharpness, 0, np.inf)

    @property
    def size(self) -> int:
        """Size of the vocabulary."""
        return self.model.size

    def counts(self) -> NoReturn:
        """Refused: a network has no n-gram tables."""
        raise no_counts("a network")

    def start(self, batch: int) -> tuple[State, Float[np.ndarray, "batch vocab"]]:
        """Return the state after an end token with an empty cache, and the log probabilities."""
        ended = np.full((batch, 1), END, np.int32)
        inner, hidden = self.model.hidden_vectors(self.model.initial_state(batch), ended)
        vectors = np.zeros((batch, 0, hidden.shape[-1]), np.float32)
        tokens = np.zeros((batch, 0), np.int32)
        return self._said(inner, vectors, tokens, hidden[:, 0])

    def step(
        self, state: State, token: Int[np.ndarray, " batch"]
    ) -> tuple[State, Float[np.ndarray, "batch vocab"]]:
        """Store a token with the hidden vector before it, and process it."""
        inner, vectors, tokens, before = state
        token = np.asarray(token, np.int32)[:, None]
        first = max(0, tokens.shape[1] + 1 - self.window)
        vectors = np.concatenate([vectors[:, first:], before[:, None]], axis=1)
        tokens = np.concatenate([tokens[:, first:], token], axis=1)
        inner, hidden = self.model.hidden_vectors(inner, token)
        return self._said(inner, vectors, tokens, hidden[:, 0])

    def log_probs(
        self, tokens: Int[np.ndarray, " total"], offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, " total"]:
        """The log probability of every token given those before it in its sequence."""
        said = np.asarray(self.model.log_probs(tokens, offsets), np.float64)
        (recent,) = recent_log_probs(self.model, (self.sharpness,), self.window, tokens, offsets)
        return with_recent(said, recent, self.shares(offsets))

    def shares(self, offsets: Int[np.ndarray, " boundary"]) -> Float[np.ndarray, " total"]:
        """The share s at every token."""
        read = np.arange(offsets[-1]) - np.repeat(offsets[:-1], np.diff(offsets))
        return self.share * np.minimum(read, self.window) / self.window

    def _said(
        self, inner: State, vectors: np.ndarray, tokens: np.ndarray, hidden: np.ndarray
    ) -> tuple[State, Float[np.ndarray, "batch vocab"]]:
        """The state, and the log probabilities of the network combined with the cache."""
        state = (inner, vectors, tokens, hidden)
        said = np.asarray(self.model.next_log_probs(hidden), np.float64)
        remembered = tokens.shape[1]
        if not remembered:
            return state, said
        alike = self.sharpness * np.einsum("bwk,bk->bw", vectors, hidden, dtype=np.float64)
        shares = np.exp(alike - alike.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        recent = np.zeros_like(said)
        np.add.at(recent, (np.arange(len(tokens))[:, None], tokens), shares)
        with np.errstate(divide="ignore"):
            return state, with_recent(said, np.log(recent), self.share * remembered / self.window)


def with_recent(
    said: Float[np.ndarray, "*axes"],
    recent: Float[np.ndarray, "*axes"],
    share: float | Float[np.ndarray, "*axes"],
) -> Float[np.ndarray, "*axes"]:
    """log((1 − share) exp(said) + share exp(recent)).

    >>> np.exp(with_recent(np.log([0.2, 0.8]), np.array([0.0, -np.inf]), 0.5)).round(3).tolist()
    [0.6, 0.4]
    """
    with np.errstate(divide="ignore"):
        return np.logaddexp(said + np.log1p(-share), recent + np.log(share))


def recent_log_probs(
    model: HiddenTokenStep,
    sharpnesses: Sequence[float],
    window: int,
    tokens: Int[np.ndarray, " total"],
    offsets: Int[np.ndarray, " boundary"],
) -> Float[np.ndarray, "sharpness total"]:
    """Return log p_recent of every token, for each sharpness; −inf for a token that is not in the
    window."""
    found = np.full((len(sharpnesses), len(tokens)), -np.inf)
    for start, stop in pairwise(offsets):
        for first, own, vectors, known in _pieces(model, tokens[start:stop], window):
            before = len(known) - len(own)
            alike = own @ vectors.T
            outside = _outside(len(own), before, window)
            same = known[before:, None] == known
            place = slice(start + first, start + first + len(own))
            for row, sharpness in zip(found, sharpnesses, strict=True):
                row[place] = _log_share(sharpness * alike, same, outside)
    return found


@lru_cache(maxsize=2)
def _outside(count: int, before: int, window: int) -> Bool[np.ndarray, "now then"]:
    """True where a place is not in the window: of the last `count` tokens of `before` + `count`."""
    now, then = np.arange(count)[:, None] + before, np.arange(before + count)
    return (then >= now) | (then < now - window)


def _pieces(
    model: HiddenTokenStep, tokens: np.ndarray, window: int
) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
    """Pieces of a sequence: the start of each; the hidden vectors before its tokens; and the
    vectors and tokens of the window before it followed by its own."""
    state, fed = model.initial_state(1), np.concatenate([[END], tokens[:-1]]).astype(np.int32)
    vectors: np.ndarray | None = None
    for first in range(0, len(tokens), PIECE):
        state, hidden = model.hidden_vectors(state, fed[None, first : first + PIECE])
        own = np.asarray(hidden[0], np.float32)
        vectors = own if vectors is None else np.concatenate([vectors[-window:], own])
        known = tokens[first + len(own) - len(vectors) : first + len(own)]
        yield first, own, vectors, known


def _log_share(
    alike: Float[np.ndarray, "now then"],
    same: Bool[np.ndarray, "now then"],
    outside: Bool[np.ndarray, "now then"],
) -> Float[np.ndarray, " now"]:
    """The log of the share of exp(alike), within the window, of the same tokens; `alike` is
    overwritten."""
    np.copyto(alike, -np.inf, where=outside)
    highest = alike.max(axis=1, keepdims=True)
    alike -= np.where(np.isfinite(highest), highest, 0.0)
    weights = np.exp(alike, out=alike)
    total = weights.sum(axis=1, dtype=np.float64)
    weights *= same
    with np.errstate(divide="ignore"):
        found = weights.sum(axis=1, dtype=np.float64)
        return np.log(found) - np.log(np.maximum(total, 1e-300))
