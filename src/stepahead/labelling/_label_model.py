"""`LabelModel`: a fitted classifier of sequences, with labels, probabilities and embeddings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float, Int

from .._fitted import FittedNetwork
from .._types import Key, Learning
from ..data import RowScale, Sequences, Vocabulary, input_sizes, model_inputs
from ..models import LabelMethod, SequenceClassifier
from ._label_predictor import LabelPredictor


@dataclass(frozen=True, eq=False)
class LabelModel(LabelPredictor, FittedNetwork):
    """A fitted classifier of sequences, a network or another method, and its inputs: tokens of
    `vocabulary`, or numeric rows scaled by `scale` (one of the two is None)."""

    spec: Any
    model: SequenceClassifier
    names: tuple[str, ...]
    vocabulary: Vocabulary | None
    scale: RowScale | None
    learning: Learning = field(default_factory=Learning)
    kind: ClassVar[str] = "labels"

    @classmethod
    def outline(cls, fields: Mapping[str, Any], key: Key) -> Any:
        """Return an untrained classifier of these inputs and labels."""
        return fields["spec"].build(
            len(fields["names"]), key, **input_sizes(fields["vocabulary"], fields["scale"])
        )

    def log_probs(
        self, inputs: Sequences | str | Iterable[str]
    ) -> Float[np.ndarray, "sequence label"]:
        """Return the log probability of every label."""
        return np.asarray(self.model.log_probs(*self.model_inputs(inputs)), np.float64)

    def encode(
        self, inputs: Sequences | str | Iterable[str]
    ) -> Float[np.ndarray, "sequence width"]:
        """Return the embedding of each sequence, the input of the output layer; for naive Bayes,
        log p(x | label) for every label."""
        return np.asarray(self.model.encode(*self.model_inputs(inputs)))

    def model_inputs(
        self, inputs: Sequences | str | Iterable[str]
    ) -> tuple[np.ndarray, Int[np.ndarray, " boundary"]]:
        """Return sequences as model inputs: an array of all steps, and the offset of each sequence.
        Texts are tokenized as in training."""
        return model_inputs(inputs, self.vocabulary, self.scale)


def path_log_probs(
    models: Sequence[LabelModel], inputs: Sequences
) -> list[Float[np.ndarray, "sequence label"]]:
    """Return the log probabilities of classifiers that differ only in the strength of a penalty;
    their features are computed once."""
    first = models[0]
    if len(models) == 1 or not isinstance(first.spec, LabelMethod):
        return [model.log_probs(inputs) for model in models]
    return first.spec.log_probs_of([each.model for each in models], *first.model_inputs(inputs))
