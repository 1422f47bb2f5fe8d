"""Observations for chains in which each state has a copy for every step spent in it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from ...models import Repeated, fold
from ...native import Source, Totals
from ._baum_welch import Observed


@dataclass(frozen=True)
class Unfolded:
    """Observations for states that have `copies` copies each."""

    observed: Observed
    copies: int

    @property
    def offsets(self) -> Int[np.ndarray, " boundary"]:
        """The offsets of the sequences."""
        return self.observed.offsets

    def scores(
        self, emission: Repeated, rows: Int[np.ndarray, " row"] | None = None
    ) -> Float[np.ndarray, "row state"]:
        """Return the scores of the states, repeated for the copies."""
        return np.repeat(self.observed.scores(emission.each, rows), self.copies, axis=1)

    def learned(self, emission: Repeated, posterior: Float[np.ndarray, "total state"]) -> Any:
        """Return the emission fitted with the summed weights of the copies."""
        folded = fold(posterior, self.copies)
        return Repeated(self.observed.learned(emission.each, folded), self.copies)

    def source(
        self, emission: Repeated, rows: Int[np.ndarray, " row"] | None = None
    ) -> Source | None:
        """Return None, because copies share their scores."""
        return None

    def learned_from(self, emission: Repeated, totals: Totals) -> Any:
        """As for the observations without copies."""
        return Repeated(self.observed.learned_from(emission.each, totals), self.copies)

    def guess(
        self, states: int, number: int, draws: np.random.Generator
    ) -> Float[np.ndarray, "total state"]:
        """Return the initial probabilities of the states: for the most probable state at the copy
        for the number of steps in it, for others at the first copy."""
        guess = self.observed.guess(states // self.copies, number, draws)
        path = guess.argmax(axis=1)
        changed = np.diff(path, prepend=-1) != 0
        changed[self.offsets[:-1][self.offsets[:-1] < len(path)]] = True
        place = np.arange(len(path))
        elapsed = place - np.maximum.accumulate(np.where(changed, place, 0))
        found = np.zeros((len(path), states))
        found[:, :: self.copies] = guess
        found[place, path * self.copies] = 0.0
        copy = np.minimum(elapsed, self.copies - 1)
        found[place, path * self.copies + copy] = guess[place, path]
        return found

    def where(self, row: int) -> str:
        """As for the observations without copies."""
        return self.observed.where(row)
