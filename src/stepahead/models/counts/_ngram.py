"""n-gram models: Markov chains of any order as sorted tables."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int, Int64

from ..._check import Refusal, whole
from ..._types import END
from ...ops import begun, looked_up
from ._smoothing import KneserNey, Smoothing

if TYPE_CHECKING:
    from ._ngram_contexts import Contexts


@dataclass(frozen=True)
class NGram:
    """A Markov model by counts: a token depends on the `order` − 1 before it. `training.count` fits
    it, `sa.fit` calls that.

    >>> NGram(3)
    NGram(order=3, smoothing=KneserNey())
    """

    order: int = 5
    smoothing: Smoothing = field(default_factory=KneserNey)

    def __post_init__(self) -> None:
        whole("order", self.order)
        if not isinstance(self.smoothing, Smoothing):
            raise Refusal(
                "`smoothing` must be KneserNey(), WittenBell(), AddK(k) or MaximumLikelihood(), "
                f"but it is {self.smoothing!r}. Give one."
            )


@dataclass(frozen=True, eq=False)
class NGramTable:
    """The n-grams of one length: sorted `keys` (place of the context in the table of shorter ones ·
    vocabulary + last token), their log probability in nats, and as contexts the log weight of what
    is left to the shorter context (empty in the longest table)."""

    keys: Int64[np.ndarray, " ngram"]
    log_probs: Float[np.ndarray, " ngram"]
    log_left: Float[np.ndarray, " context"]


@dataclass(frozen=True, eq=False)
class NGramModel:
    """p(w | h) of every n-gram that occurs, for n = 1 … order, and how p falls back to shorter
    contexts where it does not:

    p(w | h) = exp(log_probs[hw]) if hw is in a table, else exp(log_left[h])·p(w | h without its
    first token), 1 for an h not in a table.

    A sequence begins after END; END ends it. A state is the places in the tables of the last token,
    the last two, …, −1 where there is none, `[batch, order − 1]`. Answers `TokenStep`; everything
    is NumPy, log probabilities in nats, −inf for what is impossible.
    """

    tables: tuple[NGramTable, ...]

    @property
    def order(self) -> int:
        """The length of the longest n-grams: tokens of context and the one that is predicted."""
        return len(self.tables)

    @property
    def size(self) -> int:
        """How many tokens there are."""
        return len(self.tables[0].keys)

    @cached_property
    def contexts(self) -> "Contexts":
        """What the model can be told to remember, as the states of a Markov chain; made when first
        asked for."""
        from ._ngram_contexts import Contexts

        return Contexts.of(self)

    def start(
        self, batch: int
    ) -> tuple[Int64[np.ndarray, "batch length"], Float[np.ndarray, "batch vocab"]]:
        """The state after an end token, and what may come first."""
        state = np.full((batch, self.order - 1), -1)
        state[:, :1] = END
        return state, np.repeat(self.rows(state[:1]), batch, axis=0)

    def step(
        self, state: Int64[np.ndarray, "batch length"], token: Int[np.ndarray, " batch"]
    ) -> tuple[Int64[np.ndarray, "batch length"], Float[np.ndarray, "batch vocab"]]:
        """Take in one token; the log probability of every token to come next."""
        state = self.advance(state, token)
        return state, self.rows(state)

    def log_probs(
        self, tokens: Int[np.ndarray, " total"], offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, " total"]:
        """The log probability of every token given those before it in its sequence; ends are scored
        where the sequences hold them."""
        words, age = begun(self.checked(tokens), offsets)
        found, places, predicted = self.tables[0].log_probs[words], words, np.flatnonzero(age)
        for shorter, table in zip(self.tables[:-1], self.tables[1:], strict=True):
            at = predicted[places[predicted - 1] >= 0]
            context = places[at - 1]
            found[at] += shorter.log_left[context]
            place = looked_up(table.keys, context * self.size + words[at])
            at, place = at[place >= 0], place[place >= 0]
            found[at] = table.log_probs[place]
            places = np.full(len(words), -1)
            places[at] = place
        return found[predicted]

    def next_log_probs(
        self, contexts: Sequence[Int[np.ndarray, " _length"]]
    ) -> Float[np.ndarray, "batch vocab"]:
        """The log probability of every token to come after each of the contexts, of which the last
        order − 1 tokens count.

        A context that begins with END is the beginning of a sequence; any other is taken from its
        midst.

        >>> from stepahead import data, training
        >>> model = training.count(
        ...     NGram(2, KneserNey()), data.Tokens.from_texts(["a b a b", "a c"])
        ... )
        >>> np.exp(model.next_log_probs([np.array([2]), np.array([3, 2])])).sum(axis=1).round(
        ...     6
        ... ).tolist()
        [1.0, 1.0]
        """
        return self.rows(self.states(contexts))

    def states(
        self, contexts: Sequence[Int[np.ndarray, " _length"]]
    ) -> Int64[np.ndarray, "batch length"]:
        """The states after these contexts."""
        reach = self.order - 1
        state = np.full((len(contexts), reach), -1)
        kept = [
            self.checked(np.asarray(context, np.int64))[max(len(context) - reach, 0) :]
            for context in contexts
        ]
        for place in range(max(map(len, kept), default=0)):
            rows = np.array([row for row, context in enumerate(kept) if len(context) > place])
            state[rows] = self.advance(state[rows], np.array([kept[row][place] for row in rows]))
        return state

    def advance(
        self, state: Int64[np.ndarray, "batch length"], token: Int[np.ndarray, " batch"]
    ) -> Int64[np.ndarray, "batch length"]:
        """The state after one more token."""
        token = self.checked(token).astype(np.int64)
        longer = np.full(state.shape, -1)
        longer[:, :1] = token[:, None]
        for place in range(1, self.order - 1):
            known = state[:, place - 1] >= 0
            longer[known, place] = looked_up(
                self.tables[place].keys, state[known, place - 1] * self.size + token[known]
            )
        return longer

    def rows(self, state: Int64[np.ndarray, "batch length"]) -> Float[np.ndarray, "batch vocab"]:
        """The log probability of every token to come next in these states."""
        found = np.repeat(self.tables[0].log_probs[None], len(state), axis=0)
        for place, (shorter, table) in enumerate(
            zip(self.tables[:-1], self.tables[1:], strict=True)
        ):
            known = np.flatnonzero(state[:, place] >= 0)
            context = state[known, place]
            found[known] += shorter.log_left[context][:, None]
            first, last = (
                np.searchsorted(table.keys, edge * self.size) for edge in (context, context + 1)
            )
            inside, each = ragged(first, last)
            found[known[each], table.keys[inside] % self.size] = table.log_probs[inside]
        return found

    def checked(self, tokens: Int[np.ndarray, " token"]) -> Int[np.ndarray, " token"]:
        """The tokens, if all are numbers of the vocabulary; refuse others."""
        if len(tokens) and not (tokens.min() >= 0 and tokens.max() < self.size):
            wrong = tokens[(tokens < 0) | (tokens >= self.size)][0]
            raise Refusal(
                f"There is no token {wrong}; the vocabulary has {self.size}, from 0 on. Encode the "
                "text with the model's vocabulary."
            )
        return tokens


def ragged(
    first: Int[np.ndarray, " range"], last: Int[np.ndarray, " range"]
) -> tuple[Int[np.ndarray, " item"], Int[np.ndarray, " item"]]:
    """All numbers of the ranges first … last − 1, one range after the other, and which range each
    belongs to.

    >>> [part.tolist() for part in ragged(np.array([3, 7]), np.array([5, 8]))]
    [[3, 4, 7], [0, 0, 1]]
    """
    each = last - first
    of = np.repeat(np.arange(len(first)), each)
    return np.arange(len(of)) - np.repeat(np.cumsum(each) - each, each) + first[of], of
