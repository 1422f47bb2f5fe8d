"""`LabelPredictor`: the abstract base class of fitted classifiers of sequences."""

from abc import abstractmethod
from collections.abc import Iterable

import numpy as np
from jaxtyping import Float

from .._check import Refusal
from .._fitted import Fitted
from ..data import Labelled, Sequences, Vocabulary
from ._label_score import LabelScore, label_indices, label_score


class LabelPredictor(Fitted):
    """A classifier of whole sequences with the labels `names`. A subclass defines `log_probs`."""

    names: tuple[str, ...]
    vocabulary: Vocabulary | None

    @abstractmethod
    def log_probs(
        self, inputs: Sequences | str | Iterable[str]
    ) -> Float[np.ndarray, "sequence label"]:
        """Return the log probability of every label, in nats, in the order of `names`."""

    def predict(self, inputs: Sequences | str | Iterable[str]) -> tuple[str, ...]:
        """Return the most probable label of each sequence."""
        return tuple(self.names[label] for label in self.log_probs(inputs).argmax(axis=1))

    def probabilities(
        self, inputs: Sequences | str | Iterable[str]
    ) -> Float[np.ndarray, "sequence label"]:
        """Return the probability of every label, in the order of `names`."""
        return np.exp(self.log_probs(inputs))

    def polarity(self, inputs: Sequences | str | Iterable[str]) -> Float[np.ndarray, " sequence"]:
        """Return, for two labels, p(second) − p(first), in [−1, 1]; 0 is undecided."""
        if len(self.names) != 2:
            raise Refusal(
                f"Only two labels lie on one line, but there are {len(self.names)}. Use "
                "`probabilities`."
            )
        probabilities = self.probabilities(inputs)
        return probabilities[:, 1] - probabilities[:, 0]

    def evaluate(self, labelled: Labelled) -> LabelScore:
        """Score predictions against true labels; refuse labels that the model does not know."""
        return label_score(
            self.log_probs(labelled.inputs), label_indices(labelled, self.names), self.names
        )
