"""`HiddenMarkov`: gaps filled with the expectation of a hidden Markov model given both sides."""

from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np
from jaxtyping import Bool, Float

from .._check import Refusal
from .._settings import Settings
from .._types import Channels, Key
from ..data import Panel, without_covariates
from ..models import HMM, HMMBody, fold
from ..ops import LogChain, as_key, expected_states, split_key
from ..training import BaumWelch, ObservedNumbers, learn_states
from ._network import GapScale, gap_scale


@dataclass(frozen=True)
class HiddenMarkov(Settings):
    """Σ p(state | all values)·E(value | state, observed channels) at every gap, for a hidden Markov
    model fitted to all series together.

    >>> level = np.repeat([0.0, 5.0, 0.0, 5.0], 20) + 0.1 * np.sin(np.arange(80.0))
    >>> level[30:33] = np.nan
    >>> panel = Panel.from_arrays([level])
    >>> filled = HiddenMarkov(HMM(2)).fitted(panel, key=0).fill(panel)
    >>> bool((abs(filled[30:33, 0] - 5) < 0.1).all())
    True
    """

    spec: HMM
    training: BaumWelch = field(default_factory=BaumWelch)

    def __post_init__(self) -> None:
        if self.spec.lags:
            raise Refusal(
                "An autoregressive emission expects nothing where the values before it are missing."
                " Use another emission, such as Gaussian()."
            )

    def fitted(self, panel: Panel, *, key: Key) -> "HiddenMarkovImputer":
        """Fit the hidden Markov model; numbers are standardised, counts are not."""
        blank = self.spec.blank(panel.channels)
        scale = None if blank.counts.all() else gap_scale(panel)
        of_weights, of_training = split_key(as_key(key), 2)
        body = self.spec.build(Channels(panel.channels), self.spec.head(1), of_weights)
        inside, _, _ = _scaled(panel, scale, blank.counts)
        learned = learn_states(body, self.spec, inside, self.training, key=of_training)
        return HiddenMarkovImputer(learned.model, scale)


@dataclass(frozen=True, eq=False)
class HiddenMarkovImputer:
    """A fitted hidden Markov model and its scale."""

    body: HMMBody
    scale: GapScale | None

    def fill(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """Fill every gap: see `FittedImputer.fill`."""
        inside, shift, scale = _scaled(panel, self.scale, self.body.emission.counts)
        observed = ObservedNumbers(inside, 0, 0.0)
        chain = LogChain(np.asarray(self.body.log_start), np.asarray(self.body.log_transition))
        scores = observed.scores(self.body.emission)
        found = expected_states(scores, observed.offsets, chain)
        weights = fold(found.posterior, self.body.emission.copies)
        with jax.enable_x64(True):
            emission: Any = self.body.emission
            each = emission.each if emission.copies > 1 else emission
            means = each.expected(observed.values, observed.observed)
        return np.einsum("tk,tkc->tc", weights, means) * scale + shift


def _scaled(
    panel: Panel, scale: GapScale | None, counts: Bool[np.ndarray, " channel"]
) -> tuple[Panel, np.ndarray, np.ndarray]:
    """The panel in the unit of the model, and the shift and scale for the way back; counts are
    unchanged."""
    alone = without_covariates(panel)
    if scale is None:
        return alone, np.zeros(panel.values.shape), np.ones(panel.values.shape)
    inside, shift, size = scale.apply(alone)
    values = np.where(counts, alone.values, inside.values)
    return inside.with_values(values), np.where(counts, 0.0, shift), np.where(counts, 1.0, size)
