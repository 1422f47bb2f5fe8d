"""Examples of sequences with a target: a label, a tag for every token, another sequence, or a
vector."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int, Int32

from ..._check import Refusal, counted
from ..panel import Panel
from ._tokens import Tokens

Sequences = Tokens | Panel
"""Sequences of tokens, or of rows of numbers, of unequal length."""


def chosen(inputs: Sequences, places: Int[np.ndarray, " chosen"]) -> Sequences:
    """Return the sequences at these places, in this order."""
    return inputs.take(places)


@dataclass(frozen=True, eq=False)
class Labelled:
    """Examples for classification: sequences, and for each the number of its label in `names`."""

    inputs: Sequences
    labels: Int32[np.ndarray, " sequence"]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        _as_many("labels", len(self.labels), len(self.inputs))
        if len(self.labels) and not 0 <= self.labels.min() <= self.labels.max() < len(self.names):
            raise Refusal(
                f"Labels are numbers from 0 to {len(self.names) - 1}, places in `names`. Use "
                "`Labelled.of(inputs, labels)`."
            )

    @classmethod
    def of(
        cls,
        inputs: Sequences,
        labels: list[str] | tuple[str, ...],
        names: tuple[str, ...] | None = None,
    ) -> "Labelled":
        """Return labelled sequences from `inputs` and label names; `names` (for example those of
        the training part) fix their order, and a label that is not among them is refused."""
        names = tuple(sorted(set(labels))) if names is None else names
        place = {name: number for number, name in enumerate(names)}
        strange = sorted(set(labels) - set(names))
        if strange:
            raise Refusal(
                f"The label '{strange[0]}' was not seen in training. The labels are: "
                f"{', '.join(names)}. Leave its examples out, or train with some of them."
            )
        return cls(inputs, np.array([place[label] for label in labels], np.int32), names)

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, places: Int[np.ndarray, " chosen"]) -> "Labelled":
        """Return the examples at these places."""
        return Labelled(chosen(self.inputs, places), self.labels[places], self.names)


@dataclass(frozen=True, eq=False)
class Tagged:
    """Examples for tagging: sequences of tokens, and a tag for every token, as tokens of a separate
    vocabulary."""

    inputs: Tokens
    tags: Tokens

    def __post_init__(self) -> None:
        _as_many("tags", len(self.tags), len(self.inputs))
        wrong = np.flatnonzero(self.inputs.lengths != self.tags.lengths)
        if len(wrong):
            at = int(wrong[0])
            raise Refusal(
                f"Sequence {at + 1} has {counted(self.inputs.lengths[at], 'token')} and "
                f"{self.tags.lengths[at]} tags. Give one tag "
                "for every token."
            )

    def __len__(self) -> int:
        return len(self.inputs)

    def take(self, places: Int[np.ndarray, " chosen"]) -> "Tagged":
        """Return the examples at these places."""
        return Tagged(self.inputs.take(places), self.tags.take(places))


@dataclass(frozen=True, eq=False)
class Pairs:
    """Examples for sequence to sequence: each of `inputs` with the one of `targets` at the same
    place."""

    inputs: Sequences
    targets: Tokens

    def __post_init__(self) -> None:
        _as_many("targets", len(self.targets), len(self.inputs))

    def __len__(self) -> int:
        return len(self.inputs)

    def take(self, places: Int[np.ndarray, " chosen"]) -> "Pairs":
        """Return the examples at these places."""
        return Pairs(chosen(self.inputs, places), self.targets.take(places))


@dataclass(frozen=True, eq=False)
class ConditionalSequences:
    """Examples for conditional generation: a vector for each of `targets`, which are sequences of
    tokens or of numbers. `names` may describe the entries of a vector."""

    vectors: Float32[np.ndarray, "sequence feature"]
    targets: Sequences
    names: tuple[str, ...] = ()

    @classmethod
    def of_labels(cls, labelled: Labelled) -> "ConditionalSequences":
        """Return labelled sequences as examples for generation: the vector is 1 at the label and 0
        elsewhere.

        >>> described = ConditionalSequences.of_labels(
        ...     Labelled.of(Tokens.from_texts(["a b", "c"]), ["one", "two"])
        ... )
        >>> described.vectors.tolist(), described.names
        ([[1.0, 0.0], [0.0, 1.0]], ('one', 'two'))
        """
        return cls(
            np.eye(len(labelled.names), dtype=np.float32)[labelled.labels],
            labelled.inputs,
            labelled.names,
        )

    def __post_init__(self) -> None:
        _as_many("targets", len(self.targets), len(self.vectors))
        if not np.isfinite(self.vectors).all():
            raise Refusal(
                f"Vector {int(np.argwhere(~np.isfinite(self.vectors))[0, 0]) + 1} is not finite. "
                "Give finite numbers."
            )

    def __len__(self) -> int:
        return len(self.vectors)

    def take(self, places: Int[np.ndarray, " chosen"]) -> "ConditionalSequences":
        """Return the examples at these places."""
        return ConditionalSequences(self.vectors[places], chosen(self.targets, places), self.names)


def _as_many(name: str, given: int, wanted: int) -> None:
    if given != wanted:
        raise Refusal(
            f"There are {counted(wanted, 'sequence')} but {given} {name}. Give one for each."
        )
