"""`LabelModel`: a fitted classifier of sequences. It gives labels, probabilities and an embedding
of each sequence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float, Int

from .._check import Refusal
from .._fitted import FittedNetwork
from .._types import Key, Learning
from ..data import Labelled, RowScale, Sequences, Vocabulary, input_sizes, model_inputs
from ..models import SequenceClassifier
from ._label_score import LabelScore, label_score


@dataclass(frozen=True, eq=False)
class LabelModel(FittedNetwork):
    """A fitted classifier of sequences, a network or counts, and its inputs: tokens of
    `vocabulary`, or numeric model_inputs at `scale` (one of the two is None)."""

    spec: Any
    model: SequenceClassifier
    names: tuple[str, ...]
    vocabulary: Vocabulary | None
    scale: RowScale | None
    learning: Learning = field(default_factory=Learning)
    kind: ClassVar[str] = "labels"

    @classmethod
    def outline(cls, fields: Mapping[str, Any], key: Key) -> Any:
        """An untrained classifier of these inputs and labels."""
        return fields["spec"].build(
            len(fields["names"]), key, **input_sizes(fields["vocabulary"], fields["scale"])
        )

    def predict(self, inputs: Sequences | str | Iterable[str]) -> tuple[str, ...]:
        """The most probable label of each sequence."""
        return tuple(self.names[label] for label in self._log_probs(inputs).argmax(axis=1))

    def probabilities(
        self, inputs: Sequences | str | Iterable[str]
    ) -> Float[np.ndarray, "sequence label"]:
        """The probability of every label, in the order of `names`."""
        return np.exp(self._log_probs(inputs))

    def polarity(self, inputs: Sequences | str | Iterable[str]) -> Float[np.ndarray, " sequence"]:
        """For two labels, p(second) − p(first), in [−1, 1]; 0 is undecided."""
        if len(self.names) != 2:
            raise Refusal(
                f"Only two labels lie on one line, but there are {len(self.names)}. Use "
                "`probabilities`."
            )
        probabilities = self.probabilities(inputs)
        return probabilities[:, 1] - probabilities[:, 0]

    def encode(
        self, inputs: Sequences | str | Iterable[str]
    ) -> Float[np.ndarray, "sequence width"]:
        """The vector of each sequence that the output layer reads. For counts, log p(x | label) for
        every label."""
        return np.asarray(self.model.encode(*self.model_inputs(inputs)))

    def evaluate(self, labelled: Labelled) -> LabelScore:
        """Score predictions against true labels; refuse labels that the model does not know."""
        return label_score(
            self._log_probs(labelled.inputs), label_indices(labelled, self.names), self.names
        )

    def model_inputs(
        self, inputs: Sequences | str | Iterable[str]
    ) -> tuple[np.ndarray, Int[np.ndarray, " boundary"]]:
        """Sequences as model inputs: a flat array, and the offset of each sequence. Texts are
        tokenized as in training."""
        return model_inputs(inputs, self.vocabulary, self.scale)

    def _log_probs(
        self, inputs: Sequences | str | Iterable[str]
    ) -> Float[np.ndarray, "sequence label"]:
        return np.asarray(self.model.log_probs(*self.model_inputs(inputs)), np.float64)


def label_indices(labelled: Labelled, names: tuple[str, ...]) -> Int[np.ndarray, " sequence"]:
    """The labels as indices into other `names`; refuse a label that occurs and is not among
    them."""
    if labelled.names == names:
        return labelled.labels
    return Labelled.of(
        labelled.inputs, [labelled.names[label] for label in labelled.labels], names
    ).labels
