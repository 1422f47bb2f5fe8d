"""The examples of a comparison: checked, in an order that depends only on their content, and in
folds."""

import hashlib

import numpy as np
from jaxtyping import Int

from ..._check import Refusal, counted
from ...data import Labelled, Panel, Tokens

FEW, MANY, VERY_MANY = 200, 2_000, 20_000
"""The most examples for five folds twice, for five folds, and for three; above, a fifth is held out
once."""


def usable(labelled: Labelled) -> Labelled:
    """The examples with only the label names that occur; refuse a single label, and sequences
    without anything in them."""
    present = np.unique(labelled.labels)
    if len(present) < 2:
        name = labelled.names[int(present[0])] if len(present) else ""
        raise Refusal(
            f"All {counted(len(labelled), 'example')} have the label '{name}', so there is "
            "nothing to classify. Give examples of two labels or more."
        )
    empty = np.flatnonzero(labelled.inputs.lengths == 0)
    if len(empty):
        raise Refusal(
            f"Sequence {empty[0] + 1} is empty, so there is nothing to learn from. Leave it out."
        )
    names = tuple(labelled.names[place] for place in present)
    labels = np.searchsorted(present, labelled.labels).astype(np.int32)
    return Labelled(labelled.inputs, labels, names)


def in_own_order(labelled: Labelled) -> tuple[Labelled, Int[np.ndarray, " example"]]:
    """Return the examples sorted by a digest of each, so that the order in which they came has no
    effect; and the index of the distinct sequence that each one is."""
    digests = np.array([_digest(labelled, place) for place in range(len(labelled))])
    order = np.lexsort((labelled.labels, digests))
    taken = labelled.take(order)
    if isinstance(taken.inputs, Tokens):
        words = taken.inputs.vocabulary.words
        sequences = [[words[number] for number in ids] for ids in taken.inputs]
        again = Tokens.from_sequences(sequences, taken.inputs.vocabulary.tokenizer)
        taken = Labelled(again, taken.labels, taken.names)
    return taken, np.unique(digests[order], return_inverse=True)[1]


def _digest(labelled: Labelled, place: int) -> bytes:
    inputs = labelled.inputs
    if isinstance(inputs, Panel):
        part = inputs.values[inputs.offsets[place] : inputs.offsets[place + 1]]
        content = np.ascontiguousarray(part).tobytes()
    else:
        content = "\n".join(inputs.vocabulary.words[number] for number in inputs[place]).encode()
    return hashlib.sha256(content).digest()[:16]


def folds(
    labels: Int[np.ndarray, " example"], groups: Int[np.ndarray, " example"], seed: int
) -> list[np.ndarray]:
    """Return the held-out places of each fold, stratified by label, with all examples of a group in
    one fold. A label that has only one group is never held out.

    >>> held = folds(np.arange(10) // 9, np.arange(10), seed=0)
    >>> len(held), sorted(np.concatenate(held[:5]).tolist())
    (10, [0, 1, 2, 3, 4, 5, 6, 7, 8])
    """
    count = len(labels)
    number = 5 if count <= MANY or count > VERY_MANY else 3
    repeats, taken = (2 if count <= FEW else 1), (1 if count > VERY_MANY else number)
    _, first = np.unique(groups, return_index=True)
    of_group = labels[first]
    sizes = np.bincount(of_group, minlength=labels.max() + 1)
    draws, found = np.random.default_rng(seed), []
    for _ in range(repeats):
        shuffled = draws.permutation(len(of_group))
        ranked = shuffled[np.argsort(of_group[shuffled], kind="stable")]
        ranked = ranked[sizes[of_group[ranked]] > 1]
        fold = np.full(len(of_group), -1)
        fold[ranked] = np.arange(len(ranked)) % number
        parts = [np.flatnonzero(fold[groups] == each) for each in range(taken)]
        found += [part for part in parts if len(part)]
    return found
