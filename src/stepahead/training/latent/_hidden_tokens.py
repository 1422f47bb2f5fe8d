"""Hidden Markov models of tokens, fitted to text by expectation maximisation or by gradient
descent."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse as sp
from jaxtyping import Array, Float, Int

from ..._check import Refusal, counted
from ..._types import Key
from ...data import Tokens
from ...models import HMM, HMMTokens
from ...native import Source, Totals
from ...ops import LogChain
from .._by_sequence import BySequence
from .._descent import Epoch, Progress, Trained
from ._baum_welch import BaumWelch, Hidden, along, one_of_each
from ._known_states import clamped_to
from ._learning import baum_welch
from ._state_gradient import learn_by_gradient
from ._unconstrained import IMPOSSIBLE


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

    def scores(
        self, emission: np.ndarray, rows: Int[np.ndarray, " row"] | None = None
    ) -> Float[np.ndarray, "row state"]:
        """Return log p(token | state) under this emission, for all or these rows."""
        return np.ascontiguousarray(emission.T)[self.ids if rows is None else self.ids[rows]]

    def learned(self, emission: np.ndarray, posterior: np.ndarray) -> Float[np.ndarray, "state v"]:
        """Return the expected frequencies of the tokens in each state; a state without any keeps
        its probabilities."""
        counts = np.zeros(emission.T.shape)
        found = self.kinds @ posterior
        counts[: len(found)] = found
        return self._shares(emission, counts)

    def source(
        self, emission: np.ndarray, rows: Int[np.ndarray, " row"] | None = None
    ) -> Source | None:
        """Return the tokens, and the log probability of each token in each state."""
        return Source(self.ids if rows is None else self.ids[rows], emission.T)

    def learned_from(self, emission: np.ndarray, totals: Totals) -> Float[np.ndarray, "state v"]:
        """As `learned`."""
        return self._shares(emission, totals.emitted)

    def _shares(self, emission: np.ndarray, found: np.ndarray) -> np.ndarray:
        counts = found.T + self.base
        total = counts.sum(axis=1, keepdims=True)
        with np.errstate(divide="ignore"):
            return np.where(total > 0, np.log(counts / np.where(total > 0, total, 1)), emission)

    def guess(
        self, states: int, number: int, draws: np.random.Generator
    ) -> Float[np.ndarray, "total state"]:
        """Return random initial preferences of each token among the states; for ordered states,
        equal parts of every sequence."""
        if self.in_order:
            return one_of_each(along(self.offsets, states), states)
        return draws.dirichlet(np.ones(states), len(self.counts))[self.ids]

    def where(self, row: int) -> str:
        """Return the sequence and the word."""
        sequence = int(np.searchsorted(self.offsets, row, side="right"))
        word = self.tokens.vocabulary.words[int(self.ids[row])]
        return f"'{word}', token {row - int(self.offsets[sequence - 1]) + 1} of sequence {sequence}"


class EmittedTokens:
    """The tokens for training by gradient descent: `known` states (from 1 on) exclude the
    others."""

    def __init__(
        self, ids: Int[np.ndarray, " total"], known: Int[np.ndarray, " total"] | None
    ) -> None:
        self.ids, self.known = ids, known

    def free(self, emission: np.ndarray) -> np.ndarray:
        """Return log probabilities, those below −30 raised to −30."""
        return np.maximum(emission, -30.0)

    def of(self, numbers: Any) -> Any:
        """Return the log probability of every token in each state."""
        return jax.nn.log_softmax(numbers, axis=1)

    def scores(
        self, numbers: Any, rows: Int[Array, "batch time"]
    ) -> Float[Array, "batch time state"]:
        """Return log p(token | state) of these rows."""
        scores = self.of(numbers).T[jnp.asarray(self.ids)[rows]]
        if self.known is None:
            return scores
        known = jnp.asarray(self.known)[rows][..., None]
        state = np.arange(scores.shape[-1]) + 1
        return jnp.where((known == 0) | (known == state), scores, IMPOSSIBLE)


def learn_token_states(
    spec: HMM,
    tokens: Tokens,
    recipe: BaumWelch | BySequence,
    *,
    key: Key,
    known: Int[np.ndarray, " total"] | None = None,
    on_event: Callable[[Epoch], None] | None = None,
    resume: Callable[[Progress], Progress] | None = None,
) -> Trained:
    """Fit a hidden Markov model to text, by expectation maximisation or by gradient descent,
    depending on the `recipe`; `model` of the result is a `HMMTokens`.

    `known` holds the states of tokens whose states are known, from 1 on, and 0 elsewhere; the
    states of ends are never known. `resume` maps the start of the run to the progress from which it
    continues.
    """
    in_order = spec.states > 1 and int(spec.transition.start(spec.states).sum()) == 1
    expected = recipe if isinstance(recipe, BaumWelch) else BaumWelch(restarts=1)
    observed = ObservedTokens(tokens, expected.prior, in_order=in_order)
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
    clamped, expected = clamped_to(known, observed, spec.states, expected)
    told: dict[str, Any] = {"key": key, "on_event": on_event, "resume": resume}
    if isinstance(recipe, BaumWelch):
        done = baum_welch(blank, clamped, spec.transition, expected, **told)
    else:
        emitted = EmittedTokens(observed.ids, known)
        done = learn_by_gradient(blank, clamped, emitted, spec.transition, recipe, **told)
    hidden = done.model
    model = HMMTokens(hidden.chain.start, hidden.chain.transition, hidden.emission)
    return done._replace(model=model)
