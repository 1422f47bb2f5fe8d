"""`best_sequences`: the most probable whole sequences, exact for n-gram models of any order."""

import heapq
import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from ..._check import Refusal, whole
from ..._types import END
from ...models import Contexts, NGramModel

MOST_VALUES = 200_000_000
"""The most numbers that a search may hold at once (contexts · tokens): 1.6 GB."""

MOST_LOOKED_AT = 50_000
"""The most prefixes that a search extends before it gives up."""


class ScoredTokens(NamedTuple):
    """Tokens, and the log probability, in nats, of these and of the fixed tokens after them."""

    tokens: tuple[int, ...]
    log_prob: float


def best_sequences(
    model: NGramModel,
    length: int,
    *,
    count: int = 1,
    before: Sequence[int] = (END,),
    after: Sequence[int] = (),
    fixed: Mapping[int, int] | None = None,
    forbidden: Sequence[int] = (END,),
) -> tuple[ScoredTokens, ...]:
    """The `count` most probable sequences of `length` tokens between `before` and `after`, best
    first, by the probability of the whole.

    A sequence starts after END (`before`), and ends if `after` is `(END,)`; with `after=()` it may
    continue. `fixed` maps positions (from 0 on) to given tokens; `forbidden` tokens are not used at
    other positions. Fewer sequences are returned if no more are possible. A* search (Hart, Nilsson,
    Raphael 1968): the Viterbi recursion backwards over all contexts, with back-off allowed
    everywhere, gives an upper bound on the log probability of the rest, and the prefix with the
    best bound is extended first. Exact for any order, up to rounding (10⁻¹⁰).

    >>> from stepahead import data, training
    >>> from stepahead.models import MaximumLikelihood, NGram
    >>> tokens = data.Tokens.from_texts(["a b", "a c", "a d", "b b"])
    >>> model = training.count(NGram(2, MaximumLikelihood()), tokens)
    >>> best = best_sequences(model, 2, after=[END], count=2)
    >>> [
    ...     (tokens.vocabulary.decode(one.tokens), float(np.exp(one.log_prob).round(3)))
    ...     for one in best
    ... ]
    [('a c', 0.25), ('a d', 0.25)]
    """
    return best_of(Gap.of(model, before, length, after, fixed, forbidden), whole("count", count))


def no_sequence_fits() -> Refusal:
    """Return the error if all sequences have probability 0."""
    return Refusal(
        "No sequence fits: under this model all have the probability 0. Fix or forbid less, or use "
        "a model that smooths its counts, by Kneser-Ney for example."
    )


@dataclass(frozen=True, eq=False)
class Gap:
    """A gap after the context `start`: a mask of the tokens allowed at every position. The first
    `length` positions are to be filled, the others are given."""

    contexts: Contexts
    start: int
    length: int
    allowed: Bool[np.ndarray, "place vocab"]

    @classmethod
    def of(
        cls,
        model: NGramModel,
        before: Sequence[int],
        length: int,
        after: Sequence[int],
        fixed: Mapping[int, int] | None,
        forbidden: Sequence[int],
    ) -> "Gap":
        """Return the gap, after checking the arguments of a search."""
        named = np.array([*after, *(fixed or {}).values(), *forbidden], np.int64)
        given = model.checked(named)[: len(after)]
        allowed = np.ones((whole("length", length) + len(after), model.size), bool)
        allowed[:length, list(forbidden)] = False
        strange = [place for place in fixed or () if not 0 <= place < length]
        if strange:
            raise Refusal(
                f"`fixed` names place {strange[0]}, but the sequence has the places 0 … "
                f"{length - 1}. Name one of these."
            )
        for place, token in (*(fixed or {}).items(), *enumerate(given, length)):
            allowed[place] = False
            allowed[place, token] = True
        contexts = model.contexts
        if len(contexts) * len(allowed) > MOST_VALUES:
            raise Refusal(
                f"This search would keep {len(allowed):,} × {len(contexts):,} numbers, a place and "
                f"a context each, more than {MOST_VALUES:,}. Ask for fewer tokens, or use a lower "
                "order."
            )
        return cls(contexts, contexts.after(model, np.asarray(before, np.int64)), length, allowed)

    def allowed_contexts(self, allowed: Bool[np.ndarray, " vocab"]) -> Bool[np.ndarray, " context"]:
        """A mask of the contexts whose last token is allowed."""
        return np.concatenate([[False], allowed[self.contexts.last[1:]]])

    def bounds(self) -> list[Float[np.ndarray, " context"]]:
        """Return for every position and every context before it an upper bound on the log
        probability of the best remainder."""
        found = [np.zeros(len(self.contexts))]
        for allowed in self.allowed[::-1]:
            found.append(
                self.contexts.bound(np.where(self.allowed_contexts(allowed), found[-1], -np.inf))
            )
        return found[::-1]


@dataclass(eq=False)
class _Prefix:
    """A prefix, and its continuations by one token, best first. The first `tried` of them are in
    the queue or have left it."""

    log_prob: float
    tokens: tuple[int, ...]
    following: list[int]
    totals: list[float]
    probs: list[float]
    targets: list[int]
    tried: int = 0


def best_of(gap: Gap, count: int) -> tuple[ScoredTokens, ...]:
    """Return the best sequences that fit the gap; refuse if there is none."""
    bounds, last = gap.bounds(), len(gap.allowed)
    queue: list[tuple[float, int, int, _Prefix]] = []
    counter = itertools.count()
    visits: Counter[tuple[int, int]] = Counter()
    found: list[ScoredTokens] = []

    def extend(context: int, log_prob: float, tokens: tuple[int, ...]) -> None:
        """Queue the best continuation of a prefix."""
        probs, targets = gap.contexts.row(context)
        place = len(tokens)
        with np.errstate(divide="ignore"):
            logs = np.where(gap.allowed[place], np.log(probs), -np.inf)
        totals = np.round(log_prob + logs + bounds[place + 1][targets], 10)
        order = np.argsort(-totals, kind="stable")[: int(np.isfinite(totals).sum())]
        columns = (
            column.tolist() for column in (order, totals[order], logs[order], targets[order])
        )
        queue_next(_Prefix(log_prob, tokens, *columns))

    def queue_next(one: _Prefix) -> None:
        if one.tried < len(one.following):
            # Ties: the longer prefix first, then the older one (prefixes cannot be compared).
            heapq.heappush(queue, (-one.totals[one.tried], -len(one.tokens), next(counter), one))
            one.tried += 1

    extend(gap.start, 0.0, ())
    looked_at = 0
    while queue and len(found) < count:
        *_, one = heapq.heappop(queue)
        taken = one.tried - 1
        queue_next(one)
        tokens, log_prob = (*one.tokens, one.following[taken]), one.log_prob + one.probs[taken]
        if len(tokens) == last:
            found.append(ScoredTokens(tokens[: gap.length], log_prob))
            continue
        # The best `count` sequences pass a context at most `count` times at each position.
        visits[len(tokens), one.targets[taken]] += 1
        if visits[len(tokens), one.targets[taken]] > count:
            continue
        looked_at += 1
        if looked_at > MOST_LOOKED_AT:
            raise Refusal(
                f"After {MOST_LOOKED_AT:,} beginnings of sequences the search among "
                f"{len(gap.contexts):,} contexts was not at its end. Ask for fewer tokens or "
                "sequences, fix some, or use a lower order."
            )
        extend(one.targets[taken], log_prob, tokens)
    if not found:
        raise no_sequence_fits()
    return tuple(found)
