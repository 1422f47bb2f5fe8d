"""n-gram models as Markov chains: exact distributions several tokens ahead, and the transition
matrix of their contexts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Int, Int64

from ..._check import Refusal
from ..._types import END
from ...models import NGramModel
from ...ops import hitting_times, reversed_chain, state_distributions, stationary
from ..latent import propagate

MOST_STATES = 20_000
"""The most states for which a transition matrix is computed."""

MOST_ENTRIES = 120_000_000
"""The most transitions that a matrix may hold, about 1.5 GB."""


def token_distribution(
    model: NGramModel, context: Sequence[int] | Int[np.ndarray, " token"], steps: int
) -> Float[np.ndarray, "step vocab"]:
    """Return the exact distribution of the token 1, 2, …, `steps` places after a context, summed
    over all tokens in between.

    Dynamic programming over the contexts of the model, p_{k+1} = p_k·P, at the cost of all its
    n-grams for each step, for any order. A `context` that starts with END starts a sequence. END
    ends one, and the token after it belongs to the next sequence.

    >>> from stepahead import data, training
    >>> from stepahead.models import MaximumLikelihood, NGram
    >>> tokens = data.Tokens.from_texts(["a b c", "a c b"])
    >>> model = training.count(NGram(2, MaximumLikelihood()), tokens)
    >>> a, b = tokens.vocabulary.encode("a b")
    >>> token_distribution(model, [a], 2)[1].round(
    ...     3
    ... ).tolist()  # "a" leads to b or c, b to c or the end, c to b or the end
    [0.0, 0.5, 0.0, 0.25, 0.25]
    """
    contexts = model.contexts
    start = contexts.at(contexts.after(model, np.asarray(context, np.int64)))
    return propagate(contexts, start, steps, contexts.expect)[0]


@dataclass(frozen=True, eq=False)
class MarkovChain:
    """A Markov chain over contexts: `matrix[i, j]` is the probability that context `states[i]` is
    followed by `states[j]`.

    A state is the tokens that the model conditions on, oldest first. END marks the end of a
    sequence and the start of the next, so the chain never stops. `last[i]` is the newest token of
    state i.
    """

    states: tuple[tuple[int, ...], ...]
    last: Int64[np.ndarray, " state"]
    matrix: sp.csr_array

    def index(self, context: Sequence[int]) -> int:
        """The index of a state; refuse one that the chain does not have."""
        wanted = tuple(int(token) for token in context)
        if wanted not in self.states:
            raise Refusal(
                f"This chain of {len(self.states):,} states has none {wanted}. Give the tokens of "
                "one of `states`."
            )
        return self.states.index(wanted)

    def state_distribution(
        self, context: Sequence[int], steps: int
    ) -> Float[np.ndarray, "step state"]:
        """Return the distribution over states 1, 2, …, `steps` tokens after the state `context`."""
        start = np.zeros(len(self.states))
        start[self.index(context)] = 1
        return state_distributions(self.matrix, start, steps)

    def stationary(self) -> Float[np.ndarray, " state"]:
        """The stationary distribution: the long-run share of time in every state. Refused if it
        depends on the first state."""
        return stationary(self.matrix)

    def hitting_times(self, token: int) -> Float[np.ndarray, " state"]:
        """Return the expected number of tokens from every state until `token` is the newest: 0 if
        it is, ∞ if it may never occur. Refused if no state ends with the token."""
        targets = np.flatnonzero(self.last == token)
        if not len(targets):
            raise Refusal(
                f"No state of this chain ends with token {token}, so it never comes. Give one of "
                "`last`."
            )
        return hitting_times(self.matrix, targets)

    def reversed(self) -> sp.csr_array:
        """The transition matrix of the time-reversed chain, over the same states."""
        return sp.csr_array(reversed_chain(self.matrix))


def markov_chain(model: NGramModel) -> MarkovChain:
    """Return the Markov chain over all contexts that can be reached from the start of a sequence,
    with its transition matrix.

    For order n the contexts are the last n − 1 tokens or fewer, as far as they occurred in the
    training text. Refused above 20,000 contexts and above 120 million transitions;
    `token_distribution`, `infill` and `best_sequences` need no matrix.

    >>> from stepahead import data, training
    >>> from stepahead.models import MaximumLikelihood, NGram
    >>> tokens = data.Tokens.from_texts(["a b", "a"])
    >>> chain = markov_chain(training.count(NGram(2, MaximumLikelihood()), tokens))
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
        possible = np.flatnonzero(probs)
        rows[at] = probs[possible], targets[possible]
        entries += len(possible)
        if entries > MOST_ENTRIES:
            raise _too_large(
                f"more than {MOST_ENTRIES:,} transitions between {len(contexts) - 1:,} states"
            )
        waiting += [
            int(target) for target in np.unique(targets[possible]) if int(target) not in rows
        ]
    states = np.array(sorted(rows))
    numbers = np.zeros(len(contexts), np.int64)
    numbers[states] = np.arange(len(states))
    ends = np.cumsum([0, *(len(rows[at][0]) for at in states)])
    data = np.concatenate([rows[at][0] for at in states])
    columns = numbers[np.concatenate([rows[at][1] for at in states])]
    matrix = sp.csr_array((data, columns, ends), shape=(len(states), len(states)))
    return MarkovChain(
        tuple(contexts.tokens(int(at)) for at in states), contexts.last[states], matrix
    )


def _refuse_size(states: int, size: int, order: int) -> None:
    if states > MOST_STATES:
        raise _too_large(
            f"{states:,} states (contexts of up to {order - 1} of {size:,} tokens), more than "
            f"{MOST_STATES:,}"
        )


def _too_large(what: str) -> Refusal:
    return Refusal(
        f"The transition matrix would have {what}. Use a lower order, or ask "
        "`token_distribution`, `infill` or `best_sequences` instead."
    )
