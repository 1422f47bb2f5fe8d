"""Hidden states that are known at some steps: learning with all labels, with some, with none."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from ..._check import Refusal, counted
from ..._settings import Settings
from ...native import Source, Totals
from ...ops import only_allowed
from ._baum_welch import BaumWelch, Observed


@dataclass(frozen=True)
class WithKnownStates(Settings):
    """Observations with the state of every step at which it is known, numbered from 0, −1
    elsewhere: other states are impossible there."""

    observed: Observed
    known: Int[np.ndarray, " total"]

    @property
    def offsets(self) -> Int[np.ndarray, " boundary"]:
        """Of the sequences."""
        return self.observed.offsets

    def scores(
        self, emission: Any, rows: Int[np.ndarray, " row"] | None = None
    ) -> Float[np.ndarray, "row state"]:
        """log p(x_t | state), −∞ for states that are known to be others."""
        known = self.known if rows is None else self.known[rows]
        return only_allowed(self.observed.scores(emission, rows), known)

    def learned(self, emission: Any, posterior: Float[np.ndarray, "total state"]) -> Any:
        """As without."""
        return self.observed.learned(emission, posterior)

    def source(self, emission: Any, rows: Int[np.ndarray, " row"] | None = None) -> Source | None:
        """None: known states are in the scores."""
        return None

    def learned_from(self, emission: Any, totals: Totals) -> Any:
        """Of all states alike."""
        return self.observed.learned_from(emission, totals)

    def guess(
        self, states: int, number: int, draws: np.random.Generator
    ) -> Float[np.ndarray, "total state"]:
        """The known states, and elsewhere as without. Where every state is known somewhere, the
        rest hardly counts: each step as the last known one."""
        guess = self.observed.guess(states, number, draws)
        there = self.known >= 0
        guess[there] = np.eye(states)[self.known[there]]
        if self.complete(states):
            last = np.maximum.accumulate(np.where(there, np.arange(len(there)), -1))
            before = self.known[np.where(last < 0, np.argmax(there), last)]
            guess[~there] = 1e-3 * np.eye(states)[before[~there]]
        return guess

    def complete(self, states: int) -> bool:
        """True where every state is known at some step."""
        return len(np.unique(self.known[self.known >= 0])) == states

    def where(self, row: int) -> str:
        """As without."""
        return self.observed.where(row)


def clamped_to(
    known: Int[np.ndarray, " total"] | None, observed: Observed, states: int, recipe: BaumWelch
) -> tuple[Observed, BaumWelch]:
    """The observations with what is known of their states; one start is enough where every state
    is known somewhere."""
    if known is None:
        return observed, recipe
    clamped = WithKnownStates(observed, known - 1)
    return clamped, replace(recipe, restarts=1) if clamped.complete(states) else recipe


def known_states(name: str, known: Any, states: int, total: int) -> Int[np.ndarray, " total"]:
    """Known states of so many steps, as whole numbers; refused unless each is one of
    1 … `states`, or 0 for unknown."""
    found = np.asarray(known)
    if found.shape != (total,):
        raise Refusal(
            f"`{name}` must have one entry for each of {counted(total, 'step')}, but its shape is "
            f"{found.shape}. Give 0 where a state is not known."
        )
    strange = ~np.isin(found, np.arange(states + 1))
    if strange.any():
        raise Refusal(
            f"The states in `{name}` are numbered from 1 to {states}, 0 where unknown, but step "
            f"{int(np.argmax(strange)) + 1} has {found[np.argmax(strange)]}. Give such numbers."
        )
    return found.astype(np.int64)
