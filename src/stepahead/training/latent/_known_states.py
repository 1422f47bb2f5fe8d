"""Hidden states that are known at some steps: fully, partly or not labelled data."""

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
    """Observations with the known state of every step, numbered from 0, and −1 if it is unknown;
    other states are then impossible."""

    observed: Observed
    known: Int[np.ndarray, " total"]

    @property
    def offsets(self) -> Int[np.ndarray, " boundary"]:
        """The offsets of the sequences."""
        return self.observed.offsets

    def scores(
        self, emission: Any, rows: Int[np.ndarray, " row"] | None = None
    ) -> Float[np.ndarray, "row state"]:
        """Return log p(x_t | state), −∞ for states other than the known one."""
        known = self.known if rows is None else self.known[rows]
        return only_allowed(self.observed.scores(emission, rows), known)

    def learned(self, emission: Any, posterior: Float[np.ndarray, "total state"]) -> Any:
        """As for the observations without known states."""
        return self.observed.learned(emission, posterior)

    def source(self, emission: Any, rows: Int[np.ndarray, " row"] | None = None) -> Source | None:
        """Return None, because the known states are part of the scores."""
        return None

    def learned_from(self, emission: Any, totals: Totals) -> Any:
        """As for the observations without known states."""
        return self.observed.learned_from(emission, totals)

    def guess(
        self, states: int, number: int, draws: np.random.Generator
    ) -> Float[np.ndarray, "total state"]:
        """Return the known states; elsewhere the initial probabilities without known states or, if
        every state is known somewhere, the last known state."""
        guess = self.observed.guess(states, number, draws)
        there = self.known >= 0
        guess[there] = np.eye(states)[self.known[there]]
        if self.complete(states):
            last = np.maximum.accumulate(np.where(there, np.arange(len(there)), -1))
            before = self.known[np.where(last < 0, np.argmax(there), last)]
            guess[~there] = 1e-3 * np.eye(states)[before[~there]]
        return guess

    def complete(self, states: int) -> bool:
        """Return True if every state is known at some step."""
        return len(np.unique(self.known[self.known >= 0])) == states

    def where(self, row: int) -> str:
        """As for the observations without known states."""
        return self.observed.where(row)


def clamped_to(
    known: Int[np.ndarray, " total"] | None, observed: Observed, states: int, recipe: BaumWelch
) -> tuple[Observed, BaumWelch]:
    """Return the observations with the known states, and the recipe; one start suffices if every
    state is known somewhere."""
    if known is None:
        return observed, recipe
    clamped = WithKnownStates(observed, known - 1)
    return clamped, replace(recipe, restarts=1) if clamped.complete(states) else recipe


def known_states(name: str, known: Any, states: int, total: int) -> Int[np.ndarray, " total"]:
    """Return known states for `total` steps as whole numbers; refuse the argument called `name`
    unless each is one of 1 … `states`, or 0 for unknown."""
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
