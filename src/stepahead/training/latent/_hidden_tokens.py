"""Hidden Markov models of tokens: learned from text by expectation maximisation."""

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Int

from ..._check import Refusal, counted
from ..._types import Key
from ...data import Tokens
from ...models import HMM, HMMTokens
from ...ops import LogChain
from .._descent import Epoch, Progress, Trained
from ._baum_welch import BaumWelch, Hidden, along, baum_welch, one_of_each
from ._known_states import clamped_to


class ObservedTokens:
    """Sequences of tokens, each with its end unless `ends` is False."""

    def __init__(
        self, tokens: Tokens, prior: float, *, in_order: bool = False, ends: bool = True
    ) -> None:
        self.tokens, self.in_order = tokens.with_ends() if ends else tokens, in_order
        self.ids, self.offsets = self.tokens.ids, self.tokens.offsets
        size, total = len(tokens.vocabulary), len(self.ids)
        self.counts = np.bincount(self.ids, minlength=size)
        self.base = prior * (self.counts + 1) / (total + size)
        self.kinds = sp.csr_array((np.ones(total), self.ids, np.arange(total + 1))).T.tocsr()

    def scores(self, emission: np.ndarray) -> Float[np.ndarray, "total state"]:
        """log p(token | state)."""
        return np.ascontiguousarray(emission.T)[self.ids]

    def learned(self, emission: np.ndarray, posterior: np.ndarray) -> Float[np.ndarray, "state v"]:
        """Shares of the tokens that each state is expected to have emitted; a state that emitted
        nothing stays as it was."""
        counts = np.zeros((posterior.shape[1], len(self.counts)))
        found = self.kinds @ posterior
        counts[:, : len(found)] = found.T
        counts += self.base
        total = counts.sum(axis=1, keepdims=True)
        with np.errstate(divide="ignore"):
            return np.where(total > 0, np.log(counts / np.where(total > 0, total, 1)), emission)

    def guess(
        self, states: int, number: int, draws: np.random.Generator
    ) -> Float[np.ndarray, "total state"]:
        """Each token drawn a preference among states; in order, equal parts of every sequence."""
        if self.in_order:
            return one_of_each(along(self.offsets, states), states)
        return draws.dirichlet(np.ones(states), len(self.counts))[self.ids]

    def where(self, row: int) -> str:
        """By sequence and word."""
        sequence = int(np.searchsorted(self.offsets, row, side="right"))
        word = self.tokens.vocabulary.words[int(self.ids[row])]
        return f"'{word}', token {row - int(self.offsets[sequence - 1]) + 1} of sequence {sequence}"


def learn_token_states(
    spec: HMM,
    tokens: Tokens,
    recipe: BaumWelch,
    *,
    key: Key,
    known: Int[np.ndarray, " total"] | None = None,
    on_event: Callable[[Epoch], None] | None = None,
    resume: Callable[[Progress], Progress] | None = None,
) -> Trained:
    """Learn a hidden Markov model from text; `model` of the result is a `HMMTokens`. `known` says
    the states of tokens that are known, from 1 on, 0 elsewhere; that of an end is not."""
    in_order = spec.states > 1 and int(spec.transition.start(spec.states).sum()) == 1
    observed = ObservedTokens(tokens, recipe.prior, in_order=in_order)
    if len(observed.ids) < spec.states:
        raise Refusal(
            f"A hidden Markov model of {counted(spec.states, 'state')} needs at least as many "
            f"tokens, but there are {len(observed.ids)}. Give more text, or ask for fewer states."
        )
    if spec.durations > 1:
        raise Refusal("`durations` are for series of numbers, but these are tokens. Leave it out.")
    size = len(tokens.vocabulary)
    even = np.full(spec.states, -np.log(spec.states))
    chain = LogChain(even, np.tile(even, (spec.states, 1)))
    blank = Hidden(chain, np.full((spec.states, size), -np.log(size)))
    if known is not None:
        known = np.insert(known, tokens.offsets[1:], 0)  # before every end
    clamped, recipe = clamped_to(known, observed, spec.states, recipe)
    done = baum_welch(
        blank, clamped, spec.transition, recipe, key=key, on_event=on_event, resume=resume
    )
    hidden = done.model
    model = HMMTokens(hidden.chain.start, hidden.chain.transition, hidden.emission)
    return done._replace(model=model)
