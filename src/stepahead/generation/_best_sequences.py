"""`best_sequences`: the most likely sequences as wholes, exact for n-gram models of any order."""

import heapq
import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from .._check import Refusal, whole
from .._types import END
from ..models import Contexts, NGramModel

MOST_VALUES = 200_000_000
"""Contexts times tokens: above this a search, which keeps a number for each, would hold 1.6 GB, and
is refused."""

MOST_LOOKED_AT = 50_000
"""Beginnings of sequences that a search goes on from before it gives up."""


class Found(NamedTuple):
    """Tokens that were searched for, and the log probability in nats of them and all that is fixed
    behind them."""

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
) -> tuple[Found, ...]:
    """The `count` most likely sequences of `length` tokens between `before` and `after`, best
    first: as wholes, not token by token.

    A sequence begins after END (`before`), and ends where `after` is `(END,)`; with nothing after
    it, it may go on. `fixed` says which tokens are given (place from 0 on: token), `forbidden`
    which stand nowhere else. Fewer are returned where no more are possible. Found by A* (Hart,
    Nilsson, Raphael 1968): the Viterbi recursion backwards over all contexts, falling back allowed
    everywhere, bounds what can still come; the search goes on from the beginning with the best
    bound. Exact for any order (up to rounding, 10⁻¹⁰).

    >>> from stepahead import data, training
    >>> from stepahead.models import MaximumLikelihood, NGram
    >>> tokens = data.Tokens.from_texts(["a b", "a c", "a d", "b b"])
    >>> model = training.count(NGram(2, MaximumLikelihood()), tokens)
    >>> found = best_sequences(model, 2, after=[END], count=2)
    >>> [
    ...     (tokens.vocabulary.decode(one.tokens), round(float(np.exp(one.log_prob)), 3))
    ...     for one in found
    ... ]
    [('a c', 0.25), ('a d', 0.25)]
    """
    return best_of(Gap.of(model, before, length, after, fixed, forbidden), whole("count", count))


def impossible() -> Refusal:
    """No sequence fits."""
    return Refusal(
        "No sequence fits: under this model all have the probability 0. Fix or forbid less, or use "
        "a model that smooths its counts, "
        "such as NGram(order, KneserNey())."
    )


@dataclass(frozen=True, eq=False)
class Gap:
    """Places to be filled after the context `start`, and the tokens that each allows; the `length`
    first ones are asked for."""

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
        """What is asked, checked."""
        given = model.checked(np.array([*after, *(fixed or {}).values(), *forbidden], np.int64))[
            : len(after)
        ]
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
                "a context each, more than "
                f"{MOST_VALUES:,}. Ask for fewer tokens, or use a lower order."
            )
        return cls(contexts, contexts.after(model, np.asarray(before, np.int64)), length, allowed)

    def here(self, allowed: Bool[np.ndarray, " vocab"]) -> Bool[np.ndarray, " context"]:
        """The contexts that end with an allowed token."""
        return np.concatenate([[False], allowed[self.contexts.last[1:]]])

    def bounds(self) -> list[Float[np.ndarray, " context"]]:
        """For every place and context before it, at least the log probability of the best that can
        come."""
        found = [np.zeros(len(self.contexts))]
        for allowed in self.allowed[::-1]:
            found.append(self.contexts.bound(np.where(self.here(allowed), found[-1], -np.inf)))
        return found[::-1]


@dataclass(eq=False)
class _Beginning:
    """The beginning of a sequence, and the tokens that go on from it, best first; `tried` of them
    are in the queue or past it."""

    log_prob: float
    tokens: tuple[int, ...]
    following: list[int]
    totals: list[float]
    probs: list[float]
    targets: list[int]
    tried: int = 0


def best_of(gap: Gap, count: int) -> tuple[Found, ...]:
    """The best sequences that fit; refuse where there is none."""
    bounds, last = gap.bounds(), len(gap.allowed)
    queue: list[tuple[float, int, int, _Beginning]] = []
    turn = itertools.count()
    visits: Counter[tuple[int, int]] = Counter()
    found: list[Found] = []

    def go_on(context: int, log_prob: float, tokens: tuple[int, ...]) -> None:
        """Put the best continuation of a beginning into the queue."""
        probs, targets = gap.contexts.row(context)
        place = len(tokens)
        with np.errstate(divide="ignore"):
            logs = np.where(gap.allowed[place], np.log(probs), -np.inf)
        totals = np.round(log_prob + logs + bounds[place + 1][targets], 10)
        order = np.argsort(-totals, kind="stable")[: int(np.isfinite(totals).sum())]
        parts = (
            order.tolist(),
            totals[order].tolist(),
            logs[order].tolist(),
            targets[order].tolist(),
        )
        queue_next(_Beginning(log_prob, tokens, *parts))

    def queue_next(one: _Beginning) -> None:
        if one.tried < len(one.following):
            heapq.heappush(queue, (-one.totals[one.tried], -len(one.tokens), next(turn), one))
            one.tried += 1

    go_on(gap.start, 0.0, ())
    looked_at = 0
    while queue and len(found) < count:
        *_, one = heapq.heappop(queue)
        taken = one.tried - 1
        queue_next(one)
        tokens, log_prob = (*one.tokens, one.following[taken]), one.log_prob + one.probs[taken]
        if len(tokens) == last:
            found.append(Found(tokens[: gap.length], log_prob))
            continue
        visits[len(tokens), one.targets[taken]] += 1
        if visits[len(tokens), one.targets[taken]] > count:
            continue
        looked_at += 1
        if looked_at > MOST_LOOKED_AT:
            raise Refusal(
                f"After {MOST_LOOKED_AT:,} beginnings of sequences the search among "
                f"{len(gap.contexts):,} contexts was not at its end. "
                "Ask for fewer tokens or sequences, fix some, or use a lower order."
            )
        go_on(one.targets[taken], log_prob, tokens)
    if not found:
        raise impossible()
    return tuple(found)
