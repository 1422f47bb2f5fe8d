"""What all tasks on whole sequences share: from untrained weights and examples to the fitted
value."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from .._types import Key, Learning
from ..training import BySequence, ExampleLoss, SequenceData, Trained, adam, train_by_sequence

Runner = Callable[["partial[Trained]"], Trained]
"""Runs a training run: at once, or so that it writes where it stands and can go on from there."""


def learned(
    untrained: Any,
    data: SequenceData,
    loss: ExampleLoss,
    *,
    key: Key,
    run: Runner,
    training: BySequence | None,
    validation: SequenceData | None,
    judged: ExampleLoss | None = None,
) -> Any:
    """The same value with its model trained on these examples, and how that went."""
    recipe = (
        sequence_recipe(len(data.lengths), validation is not None) if training is None else training
    )
    train = partial(
        train_by_sequence,
        untrained.model,
        data,
        loss,
        recipe,
        key=key,
        validation=validation,
        judged=judged,
    )
    return with_training(untrained, run(train))


def with_training(untrained: Any, trained: Trained) -> Any:
    """The same value with its model trained, and how that went."""
    return replace(
        untrained,
        model=trained.model,
        learning=Learning(trained.losses, trained.validation, trained.stopped),
    )


def sequence_recipe(examples: int, judged: bool) -> BySequence:
    """Whole sequences: minibatches of 32, smaller where there are few, at most 20 epochs; where
    judged, out of patience after 3 in vain."""
    return BySequence(
        epochs=20,
        batch=max(1, min(32, examples // 8)),
        optimizer=adam(2e-3),
        patience=3 if judged else None,
    )
