"""`LabelMethod`: a classifier of sequences with its own way of fitting, without a network."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from ..._settings import Settings


@runtime_checkable
class SequenceClassifier(Protocol):
    """A fitted classifier of sequences. Sequences are passed as one array of all steps, and the
    offset of each sequence."""

    def log_probs(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, "sequence label"]:
        """The log probability of every label, in nats."""
        ...

    def encode(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, "sequence width"]:
        """An embedding of each sequence."""
        ...


class LabelledRows(NamedTuple):
    """Sequences as one array with their offsets, the number of the label of each, and the number of
    labels."""

    rows: np.ndarray
    offsets: Int[np.ndarray, " boundary"]
    labels: Int[np.ndarray, " sequence"]
    label_count: int


class LabelMethod(Settings, ABC):
    """A specification that is fitted to labelled sequences in one pass."""

    @abstractmethod
    def learned(
        self, data: LabelledRows, *, seed: int, on_round: Callable[[], None] = lambda: None
    ) -> SequenceClassifier:
        """Return the fitted classifier; random choices depend on `seed` only. `on_round` is called
        during the work, and may raise to stop it."""

    def path(
        self,
        strengths: Sequence[float],
        data: LabelledRows,
        *,
        seed: int,
        on_round: Callable[[], None] = lambda: None,
    ) -> "Iterator[tuple[LabelMethod, SequenceClassifier]]":
        """Yield the method and its fitted classifier for each strength of its penalty; a method
        without a penalty is fitted once."""
        yield self, self.learned(data, seed=seed, on_round=on_round)

    def log_probs_of(
        self,
        models: Sequence[SequenceClassifier],
        rows: np.ndarray,
        offsets: Int[np.ndarray, " boundary"],
    ) -> list[Float[np.ndarray, "sequence label"]]:
        """Return the log probabilities of the classifiers of one path."""
        return [model.log_probs(rows, offsets) for model in models]


def log_softmax(logits: Float[np.ndarray, "row label"]) -> Float[np.ndarray, "row label"]:
    """log(exp(x) / Σ exp(x)) of every row.

    >>> np.exp(log_softmax(np.log([[1.0, 3.0]]))).tolist()
    [[0.25, 0.75]]
    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
