"""`LabelCombination`: the weighted mean of several fitted classifiers, calibrated."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import floor
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from .._check import Refusal, between
from .._types import Learning
from ..data import Sequences, Vocabulary
from ._calibration import tempered
from ._label_model import LabelModel
from ._label_predictor import LabelPredictor


@dataclass(frozen=True, eq=False)
class LabelCombination(LabelPredictor):
    """The weighted mean of the probabilities of the `members`, each at its temperature, and then at
    the last of the `temperatures`.

    `held_out` are the probabilities, in ascending order, that such a combination gave to the true
    labels of held-out examples; `label_sets` needs them. `chosen` names the members.
    """

    members: tuple[LabelModel, ...]
    chosen: tuple[str, ...]
    weights: Float[np.ndarray, " member"]
    temperatures: Float[np.ndarray, " member_and_all"]
    held_out: Float[np.ndarray, " example"]
    names: tuple[str, ...]
    learning: Learning = field(default_factory=lambda: Learning(stopped="combined"))
    kind: ClassVar[str] = "combined labels"

    @property
    def spec(self) -> Any:
        """The specifications of the members."""
        return tuple(member.spec for member in self.members)

    @property
    def vocabulary(self) -> Vocabulary | None:  # type: ignore[override]
        """The vocabulary of the first member; None for series of numbers."""
        return self.members[0].vocabulary

    def log_probs(
        self, inputs: Sequences | str | Iterable[str]
    ) -> Float[np.ndarray, "sequence label"]:
        """Return the log probability of every label."""
        if not isinstance(inputs, str) and isinstance(inputs, Iterable):
            inputs = inputs if hasattr(inputs, "offsets") else list(inputs)
        return mixed(
            [member.log_probs(inputs) for member in self.members], self.weights, self.temperatures
        )

    def label_sets(
        self, inputs: Sequences | str | Iterable[str], level: float = 90.0
    ) -> tuple[tuple[str, ...], ...]:
        """Return for each of the `inputs` a set of labels that contains the true one with a
        probability of `level` percent, most probable first. A set of several labels means that the
        prediction is uncertain.

        The set has the labels that are at least as probable as all but 100 − `level` percent of the
        true labels of held-out examples (split conformal prediction; Sadinle, Lei & Wasserman
        2019), and always the most probable one. The level holds on average over sequences like
        those of training, not for every label separately.
        """
        between("level", level, 0, 100)
        least = self.least_probability(level)
        probabilities = self.probabilities(inputs)
        order = np.argsort(-probabilities, axis=1, kind="stable")
        return tuple(
            tuple(
                self.names[label]
                for place, label in enumerate(ranked)
                if not place or row[label] >= least
            )
            for row, ranked in zip(probabilities, order, strict=True)
        )

    def least_probability(self, level: float) -> float:
        """Return the probability from which on a label belongs to the set at that level: the ⌊(1 −
        level/100)(n + 1)⌋-th smallest of the `held_out`, 0 if that is none."""
        if not len(self.held_out):
            raise Refusal(
                "No example was held out when this was fitted, so there is no level that could "
                "hold. Give more examples of every label."
            )
        place = floor((1 - level / 100) * (len(self.held_out) + 1) + 1e-9)
        return float(self.held_out[min(place, len(self.held_out)) - 1]) if place else 0.0


def mixed(
    log_probs: list[np.ndarray], weights: np.ndarray, temperatures: np.ndarray
) -> Float[np.ndarray, "sequence label"]:
    """Return the log of the weighted mean of probabilities, each at its temperature, at the last
    temperature."""
    total = sum(
        weight * np.exp(tempered(one, temperature))
        for weight, one, temperature in zip(weights, log_probs, temperatures[:-1], strict=True)
    )
    return tempered(np.log(np.maximum(total, 1e-300)), float(temperatures[-1]))
