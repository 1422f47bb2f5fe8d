"""n-gram models: Markov chains of any order as sorted tables."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int, Int64

from ..._check import Refusal, whole
from ..._settings import Settings
from ..._types import END
from ...ops import begun, looked_up
from ._smoothing import KneserNey, Smoothing

if TYPE_CHECKING:
    from ._ngram_contexts import Contexts


@dataclass(frozen=True)
class NGram(Settings):
    """An n-gram model: a token depends on the `order` − 1 tokens before it. Fitted by
    `training.count`, or `sa.fit`.

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
    """The n-grams of one length: sorted `keys` (row of the context in the table of shorter n-grams
    · vocabulary + last token), log probabilities in nats, and as contexts the log back-off weight
    `log_left` (empty in the longest table)."""

    keys: Int64[np.ndarray, " ngram"]
    log_probs: Float[np.ndarray, " ngram"]
    log_left: Float[np.ndarray, " context"]


@dataclass(frozen=True, eq=False)
class NGramModel:
    """A fitted n-gram model: p(w | h) of every n-gram that occurs, for n = 1 … order, and the
    back-off weights for the others:

    p(w | h) = exp(log_probs[hw]) if hw is in a table, else exp(log_left[h])·p(w | h without its
    first token), with weight 1 for an h that is in no table.

    A sequence starts after END and ends with END. A state, `[batch, order − 1]`, holds the rows in
    the tables of the last token, the last two tokens, …, −1 for contexts that do not occur. A
    `TokenStep` in NumPy; log probabilities in nats, −inf for probability 0.
    """

    tables: tuple[NGramTable, ...]

    @property
    def order(self) -> int:
        """The length of the longest n-grams: the tokens of context plus the predicted one."""
        return len(self.tables)

    @property
    def size(self) -> int:
        """Size of the vocabulary."""
        return len(self.tables[0].keys)

    def counts(self) -> "NGramModel":
        """The model itself."""
        return self

    @cached_property
    def contexts(self) -> "Contexts":
        """All contexts of the model as states of a Markov chain; built at first use."""
        from ._ngram_contexts import Contexts

        return Contexts.of(self)

    def start(
        self, batch: int
    ) -> tuple[Int64[np.ndarray, "batch length"], Float[np.ndarray, "batch vocab"]]:
        """The state after an end token, and the log probabilities of the first token."""
        state = np.full((batch, self.order - 1), -1)
        state[:, :1] = END
        return state, np.repeat(self.rows(state[:1]), batch, axis=0)

    def step(
        self, state: Int64[np.ndarray, "batch length"], token: Int[np.ndarray, " batch"]
    ) -> tuple[Int64[np.ndarray, "batch length"], Float[np.ndarray, "batch vocab"]]:
        """Process one token; return the state and the log probability of every next token."""
        state = self.advance(state, token)
        return state, self.rows(state)

    def log_probs(
        self, tokens: Int[np.ndarray, " total"], offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, " total"]:
        """The log probability of every token given those before it in its sequence. Ends are scored
        if the sequences contain them."""
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
        """The log probability of every next token after each context. The last order − 1 tokens of
        a context count.

        A context that starts with END is the start of a sequence; any other is from its middle.

        >>> from stepahead import data, training
        >>> model = training.count(NGram(2), data.Tokens.from_texts(["a b a b", "a c"]))
        >>> log_probs = model.next_log_probs([np.array([2]), np.array([3, 2])])
        >>> np.exp(log_probs).sum(axis=1).round(6).tolist()
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
        """The log probability of every next token in these states."""
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
        """The tokens; refuse numbers outside the vocabulary."""
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
    """All numbers of the ranges first … last − 1, concatenated, and the range that each belongs to.

    >>> [part.tolist() for part in ragged(np.array([3, 7]), np.array([5, 8]))]
    [[3, 4, 7], [0, 0, 1]]
    """
    each = last - first
    of = np.repeat(np.arange(len(first)), each)
    return np.arange(len(of)) - np.repeat(np.cumsum(each) - each, each) + first[of], of


def no_counts(what: str) -> Refusal:
    """The refusal of a token model without n-gram tables."""
    return Refusal(
        f"Only n-gram models have exact sums over all texts, and this is {what}. Fit an n-gram "
        "model: `models.NGram`, or `stepahead text fit FILE --model ngram`."
    )
