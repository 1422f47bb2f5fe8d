"""`LabelModel`: what `fit` returns for labelled sequences. It says the label of a sequence, how
sure it is, and the sequence's vector."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float, Int

from .._check import Refusal
from .._types import Key, Learning
from ..data import Labelled, RowScale, Sequences, Vocabulary, fed_rows, input_sizes
from ..fitted import Fitted
from ..models import SequenceClassifier
from ._label_score import LabelScore, label_score


@dataclass(frozen=True, eq=False)
class LabelModel(Fitted):
    """A model of labels, net or counts, and what it reads: tokens of `vocabulary`, or rows at
    `scale` (one of them is None)."""

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
        """Of two labels, p(second) − p(first), in [−1, 1]: 0 is undecided."""
        if len(self.names) != 2:
            raise Refusal(
                f"Only two labels lie on one line, but there are {len(self.names)}. Use "
                "`probabilities`."
            )
        said = self.probabilities(inputs)
        return said[:, 1] - said[:, 0]

    def encode(
        self, inputs: Sequences | str | Iterable[str]
    ) -> Float[np.ndarray, "sequence width"]:
        """The vector that the model makes of each sequence, from which it says the label; of
        counts, log p(x | label) for every label."""
        return np.asarray(self.model.encode(*self.rows(inputs)))

    def evaluate(self, labelled: Labelled) -> LabelScore:
        """Judge it by true labels; refuse those that it does not know."""
        return label_score(
            self._log_probs(labelled.inputs), labels_under(labelled, self.names), self.names
        )

    def rows(
        self, inputs: Sequences | str | Iterable[str]
    ) -> tuple[np.ndarray, Int[np.ndarray, " boundary"]]:
        """Sequences as the model is fed them: flat, and where each begins. Texts are cut as those
        of training were."""
        return fed_rows(inputs, self.vocabulary, self.scale)

    def _log_probs(
        self, inputs: Sequences | str | Iterable[str]
    ) -> Float[np.ndarray, "sequence label"]:
        return np.asarray(self.model.log_probs(*self.rows(inputs)), np.float64)


def labels_under(labelled: Labelled, names: tuple[str, ...]) -> Int[np.ndarray, " sequence"]:
    """The labels as places in other `names`; refuse one that occurs and is not among them."""
    if labelled.names == names:
        return labelled.labels
    return Labelled.of(
        labelled.inputs, [labelled.names[label] for label in labelled.labels], names
    ).labels
