"""The contexts of an n-gram model as states of a Markov chain, with one step of the whole
distribution."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from jaxtyping import Bool, Float, Int, Int64

from ..._types import END
from ...ops import looked_up, loop_step
from ._ngram import NGramModel

EMPTY = 0
"""The number of the empty context."""


@dataclass(frozen=True, eq=False)
class Contexts:
    """All contexts of an n-gram model, each a state of a Markov chain: the longest suffix of the
    past that the model knows.

    Number 0 is the empty context, 1 + w that of token w alone; longer ones follow, ordered by
    length. `link` is the context without its first token (or its longest known suffix), `left` the
    back-off weight to it, `last` the last token and `before` the context without that token. An arc
    is an n-gram that occurs: from `source`, by a token of probability `prob`, to `target`.
    `short_prob` and `short_target` are the probability and target of the same token in the link of
    the source. Arcs are ordered by source.

    A step of the whole distribution costs one operation for each arc: the back-off mass of all
    contexts is pushed down the links; then every context passes on its own arcs and subtracts the
    part that the shorter context passes on for the same tokens.
    """

    size: int
    levels: Int64[np.ndarray, " boundary"]
    link: Int64[np.ndarray, " context"]
    left: Float[np.ndarray, " context"]
    last: Int64[np.ndarray, " context"]
    before: Int64[np.ndarray, " context"]
    source: Int64[np.ndarray, " arc"]
    target: Int64[np.ndarray, " arc"]
    prob: Float[np.ndarray, " arc"]
    short_target: Int64[np.ndarray, " arc"]
    short_prob: Float[np.ndarray, " arc"]

    @classmethod
    def of(cls, model: NGramModel) -> "Contexts":
        """Number the contexts of a model, and find the target of each n-gram."""
        builder = _Builder(model)
        for length in range(2, model.order + 1):
            builder.add(length)
        return builder.built()

    def __len__(self) -> int:
        return len(self.link)

    scan = staticmethod(loop_step)

    def prior(self, batch: int) -> Float[np.ndarray, "batch context"]:
        """The distribution over contexts one token after the start of a sequence, before that token
        is observed (`LatentState`). Observations are masks of the tokens allowed at a place,
        `[batch, vocab]`."""
        return self.advance(np.repeat(self.at(1 + END), batch, axis=0))

    def at(self, context: int) -> Float[np.ndarray, "1 context"]:
        """The distribution that is certain of one context."""
        return np.eye(1, len(self), context)

    def observe(
        self, before: Float[np.ndarray, "batch context"], x: Bool[np.ndarray, "batch vocab"]
    ) -> tuple[Float[np.ndarray, "batch context"], Float[np.ndarray, " batch"]]:
        """Keep the contexts that end with an allowed token; all 0 if none is possible."""
        kept = before.copy()
        kept[:, EMPTY] = 0
        kept[:, 1:] *= x[:, self.last[1:]]
        total = kept.sum(axis=1)
        with np.errstate(divide="ignore"):
            return kept / np.where(total > 0, total, 1)[:, None], np.log(total)

    def advance(
        self, after: Float[np.ndarray, "batch context"]
    ) -> Float[np.ndarray, "batch context"]:
        """The distribution over contexts one token later."""
        return np.stack([self.forward(x) for x in after])

    def look_back(
        self,
        after: Float[np.ndarray, "batch context"],
        smoothed_next: Float[np.ndarray, "batch context"],
    ) -> Float[np.ndarray, "batch context"]:
        """p(context | all tokens): the filtered distribution, times the ratio of smoothed to
        predicted probability of each next context."""
        before_next = self.advance(after)
        gain = smoothed_next / np.where(before_next > 0, before_next, 1)
        found = after * np.stack([self.backward(x) for x in gain])
        return found / np.maximum(found.sum(axis=1, keepdims=True), np.finfo(float).tiny)

    def expect(
        self, before: Float[np.ndarray, "batch context"]
    ) -> Float[np.ndarray, "batch vocab"]:
        """The probability of every token."""
        return np.stack([np.bincount(self.last[1:], x[1:], minlength=self.size) for x in before])

    @cached_property
    def word(self) -> Int64[np.ndarray, " arc"]:
        """The token of every arc."""
        return self.last[self.target]

    @cached_property
    def first(self) -> Int64[np.ndarray, " boundary"]:
        """The first arc of each context."""
        return np.searchsorted(self.source, np.arange(len(self) + 1))

    @cached_property
    def _logs(self) -> tuple[Float[np.ndarray, " arc"], Float[np.ndarray, " context"]]:
        """Log weights of arcs and links."""
        with np.errstate(divide="ignore"):
            return np.log(self.prob), np.log(self.left)

    @cached_property
    def _net(self) -> sp.csr_array:
        """Arcs, minus the arcs of the links of their sources for the same tokens."""
        rows, columns = np.tile(self.source, 2), np.concatenate([self.target, self.short_target])
        values = np.concatenate([self.prob, -self.left[self.source] * self.short_prob])
        return sp.csr_array((values, (rows, columns)), shape=(len(self), len(self)))

    def after(self, model: NGramModel, context: Int[np.ndarray, " token"]) -> int:
        """The context that the model is in after these tokens."""
        at, reach = EMPTY, model.order - 1
        for token in model.checked(np.asarray(context, np.int64))[
            max(len(context) - max(reach, 1), 0) :
        ]:
            _, targets = self.row(at)
            at = int(targets[token])
        return at

    def forward(self, x: Float[np.ndarray, " context"]) -> Float[np.ndarray, " context"]:
        """The distribution over contexts one token later."""
        x = x.copy()
        for first, last in zip(self.levels[-2:0:-1], self.levels[:1:-1], strict=True):
            x += np.bincount(
                self.link[first:last], self.left[first:last] * x[first:last], minlength=len(x)
            )
        return np.maximum(x @ self._net, 0)

    def backward(self, value: Float[np.ndarray, " context"]) -> Float[np.ndarray, " context"]:
        """For every context, the mean of `value` one token later."""
        found = self._net @ value
        for first, last in zip(self.levels[1:-1], self.levels[2:], strict=True):
            found[first:last] += self.left[first:last] * found[self.link[first:last]]
        return np.maximum(found, 0)

    def bound(self, value: Float[np.ndarray, " context"]) -> Float[np.ndarray, " context"]:
        """For every context, an upper bound on the maximum of log p(token) + `value` one token
        later: back-off is allowed for every token."""
        arcs, left = self._logs[0] + value[self.target], self._logs[1]
        found = np.full(len(self), -np.inf)
        sources = np.flatnonzero(np.diff(self.first))
        found[sources] = np.maximum.reduceat(arcs, self.first[sources])
        for first, last in zip(self.levels[1:-1], self.levels[2:], strict=True):
            found[first:last] = np.maximum(
                found[first:last], left[first:last] + found[self.link[first:last]]
            )
        return found

    def row(self, context: int) -> tuple[Float[np.ndarray, " vocab"], Int64[np.ndarray, " vocab"]]:
        """The probability of every token after one context, and the next context of each."""
        path = []
        while context != EMPTY:
            path.append(context)
            context = int(self.link[context])
        probs, targets = self.prob[: self.size].copy(), self.target[: self.size].copy()
        for at in reversed(path):
            probs *= self.left[at]
            arcs = slice(self.first[at], self.first[at + 1])
            probs[self.word[arcs]], targets[self.word[arcs]] = self.prob[arcs], self.target[arcs]
        return probs, targets

    def tokens(self, context: int) -> tuple[int, ...]:
        """The tokens of a context, oldest first."""
        found: list[int] = []
        while context != EMPTY:
            found.insert(0, int(self.last[context]))
            context = int(self.before[context])
        return tuple(found)


class _Builder:
    """Numbers contexts and arcs, from short to long."""

    def __init__(self, model: NGramModel) -> None:
        self.model, size = model, model.size
        words = np.arange(size) + 1
        self.levels = [0, 1, size + 1]
        self.numbers = [np.zeros(1, np.int64), words]
        self.link, self.last = (
            [np.array([-1]), np.zeros(size, np.int64)],
            [np.array([-1]), words - 1],
        )
        self.left = [np.ones(1), _weights(model, 1, words - 1)]
        self.places = [np.zeros(1, np.int64), words - 1]
        probs = np.exp(model.tables[0].log_probs)
        self.arcs = [(np.zeros(size, np.int64), words, probs, words, np.zeros(size))]
        self.before = [np.array([-1]), np.zeros(size, np.int64)]

    def add(self, length: int) -> None:
        """Add the n-grams of one length as arcs, and those that are contexts themselves as
        contexts."""
        table, size = self.model.tables[length - 1], self.model.size
        place, word = np.divmod(table.keys, size)
        source = self.numbers[length - 1][place]
        short_prob, short_target = self._from_links(source, word)
        target = short_target.copy()
        if length < self.model.order:
            inner = table.log_left != 0
            inner[self.model.tables[length].keys // size] = True
            numbers = np.where(inner, self.levels[-1] + np.cumsum(inner) - 1, -1)
            target = np.where(inner, numbers, target)
            self.numbers.append(numbers)
            self.places.append(np.flatnonzero(inner))
            self.link.append(short_target[inner])
            self.last.append(word[inner])
            self.before.append(source[inner])
            self.left.append(_weights(self.model, length, np.flatnonzero(inner)))
            self.levels.append(self.levels[-1] + int(inner.sum()))
        self.arcs.append((source, target, np.exp(table.log_probs), short_target, short_prob))

    def _from_links(self, source: np.ndarray, word: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The probability and target of the same tokens in the links of the sources."""
        link, left, place = (np.concatenate(part) for part in (self.link, self.left, self.places))
        levels = np.array(self.levels)
        at, weight = link[source], np.ones(len(source))
        prob, target = np.zeros(len(source)), np.zeros(len(source), np.int64)
        open_ = np.arange(len(source))
        while len(open_):
            level = np.searchsorted(levels, at[open_], side="right") - 1
            missed = []
            for n in np.unique(level):
                rows = open_[level == n]
                found = looked_up(
                    self.model.tables[n].keys, place[at[rows]] * self.model.size + word[rows]
                )
                missed.append(rows[found < 0])
                hit, found = rows[found >= 0], found[found >= 0]
                _, to, p, _, _ = self.arcs[n]
                prob[hit], target[hit] = weight[hit] * p[found], to[found]
            open_ = np.concatenate(missed)
            weight[open_] *= left[at[open_]]
            at[open_] = link[at[open_]]
        return prob, target

    def built(self) -> Contexts:
        """The contexts as one object."""
        arcs = (np.concatenate(part) for part in zip(*self.arcs, strict=True))
        contexts = (np.concatenate(part) for part in (self.link, self.left, self.last, self.before))
        return Contexts(self.model.size, np.array(self.levels), *contexts, *arcs)


def _weights(model: NGramModel, length: int, places: np.ndarray) -> np.ndarray:
    """Back-off weights of contexts of one length; 1 if nothing follows them."""
    left = model.tables[length - 1].log_left
    return np.exp(left[places]) if len(left) else np.ones(len(places))
