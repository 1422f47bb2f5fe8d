"""n-gram models as Markov chains: what comes several tokens ahead, and the chain of contexts
itself."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Int, Int64

from .._check import Refusal
from .._types import END
from ..inference import propagate as beliefs_ahead
from ..models import NGramModel
from ..ops import hitting_times, reversed_chain, stationary
from ..ops import propagate as states_ahead

MOST_STATES = 20_000
"""The largest number of states for which a transition matrix is made."""

MOST_ENTRIES = 120_000_000
"""The largest number of transitions that it may hold, about 1.5 GB."""


def propagate(
    model: NGramModel, context: Sequence[int] | Int[np.ndarray, " token"], steps: int
) -> Float[np.ndarray, "step vocab"]:
    """The exact probability of every token to come 1, 2, …, `steps` places after a context,
    whatever comes between.

    By dynamic programming over the contexts of the model: p_{k+1} = p_k·P, at the cost of all its
    n-grams a step, for any order. A context that begins with END begins a sequence. END ends one;
    what comes after it belongs to the next.

    >>> from stepahead import data, training
    >>> from stepahead.models import MaximumLikelihood, NGram
    >>> tokens = data.Tokens.from_texts(["a b c", "a c b"])
    >>> model = training.count(NGram(2, MaximumLikelihood()), tokens)
    >>> a, b = tokens.vocabulary.encode("a b")
    >>> propagate(model, [a], 2)[1].round(
    ...     3
    ... ).tolist()  # "a" leads to b or c, b to c or the end, c to b or the end
    [0.0, 0.5, 0.0, 0.25, 0.25]
    """
    contexts = model.contexts
    at = contexts.at(contexts.after(model, np.asarray(context, np.int64)))
    return beliefs_ahead(contexts, at, steps, contexts.expect)[0]


@dataclass(frozen=True, eq=False)
class Chain:
    """A Markov chain of contexts: `matrix[i, j]` is the probability that context `states[i]` is
    followed by `states[j]`.

    A state is the tokens that the model still remembers, oldest first; END stands for the end of a
    sequence and the beginning of the next, so that the chain goes on for ever. `last[i]` is the
    newest token of state i.
    """

    states: tuple[tuple[int, ...], ...]
    last: Int64[np.ndarray, " state"]
    matrix: sp.csr_array

    def place(self, context: Sequence[int]) -> int:
        """The number of a state; refuse one that the chain does not have."""
        wanted = tuple(int(token) for token in context)
        if wanted not in self.states:
            raise Refusal(
                f"This chain of {len(self.states):,} states has none {wanted}. Give the tokens of "
                "one of `states`."
            )
        return self.states.index(wanted)

    def propagate(self, context: Sequence[int], steps: int) -> Float[np.ndarray, "step state"]:
        """The distribution over states 1, 2, …, `steps` tokens after one."""
        start = np.zeros(len(self.states))
        start[self.place(context)] = 1
        return states_ahead(self.matrix, start, steps)

    def stationary(self) -> Float[np.ndarray, " state"]:
        """The share of time that the chain spends in every state in the long run; refused where
        that depends on where it began."""
        return stationary(self.matrix)

    def hitting_times(self, token: int) -> Float[np.ndarray, " state"]:
        """The expected number of tokens from every state until `token` is the newest, 0 where it
        is, ∞ where it may never be. Refuse one that no state of the chain ends with."""
        targets = np.flatnonzero(self.last == token)
        if not len(targets):
            raise Refusal(
                f"No state of this chain ends with token {token}, so it never comes. Give one of "
                "`last`."
            )
        return hitting_times(self.matrix, targets)

    def reversed(self) -> sp.csr_array:
        """The transition matrix between the same states, read from the last token to the first."""
        return sp.csr_array(reversed_chain(self.matrix))


def chain_of(model: NGramModel) -> Chain:
    """The chain of all contexts that can follow the beginning of a sequence, with its transition
    matrix.

    For order n these are the endings of up to n − 1 tokens that the model knows. Refused above
    20,000 of them, and where the matrix would hold more than 120 million transitions: ask
    `propagate`, `fill` or `best_sequences`, which need no matrix.

    >>> from stepahead import data, training
    >>> from stepahead.models import MaximumLikelihood, NGram
    >>> tokens = data.Tokens.from_texts(["a b", "a"])
    >>> chain = chain_of(training.count(NGram(2, MaximumLikelihood()), tokens))
    >>> chain.states, chain.matrix.toarray().tolist(), chain.stationary().round(3).tolist()
    (((1,), (2,), (3,)), [[0.0, 1.0, 0.0], [0.5, 0.0, 0.5], [1.0, 0.0, 0.0]], [0.4, 0.4, 0.2])
    """
    contexts = model.contexts
    _refuse_size(len(contexts) - 1, model.size, model.order)
    rows: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    waiting, entries = [contexts.after(model, np.array([END]))], 0
    while waiting:
        at = waiting.pop()
        if at in rows:
            continue
        probs, targets = contexts.row(at)
        kept = np.flatnonzero(probs)
        rows[at] = probs[kept], targets[kept]
        entries += len(kept)
        if entries > MOST_ENTRIES:
            raise _too_large(
                f"more than {MOST_ENTRIES:,} transitions between {len(contexts) - 1:,} states"
            )
        waiting += [int(target) for target in np.unique(targets[kept]) if int(target) not in rows]
    states = np.array(sorted(rows))
    numbers = np.zeros(len(contexts), np.int64)
    numbers[states] = np.arange(len(states))
    ends = np.cumsum([0, *(len(rows[at][0]) for at in states)])
    data = np.concatenate([rows[at][0] for at in states])
    columns = numbers[np.concatenate([rows[at][1] for at in states])]
    matrix = sp.csr_array((data, columns, ends), shape=(len(states), len(states)))
    return Chain(tuple(contexts.tokens(int(at)) for at in states), contexts.last[states], matrix)


def _refuse_size(states: int, size: int, order: int) -> None:
    if states > MOST_STATES:
        raise _too_large(
            f"{states:,} states (contexts of up to {order - 1} of {size:,} tokens), more than "
            f"{MOST_STATES:,}"
        )


def _too_large(what: str) -> Refusal:
    return Refusal(
        f"The transition matrix would have {what}. Use a lower order, or ask `propagate`, `fill` "
        "or `best_sequences` instead."
    )
