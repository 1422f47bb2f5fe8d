"""Shared steps of the tasks on whole sequences: train an untrained model on examples."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from .._types import Key, Learning
from ..training import BySequence, ExampleLoss, SequenceData, Trained, adam, train_by_sequence

Runner = Callable[["partial[Trained]"], Trained]
"""Calls a training function: directly, or with a checkpoint from which it resumes."""


def train_on(
    untrained: Any,
    data: SequenceData,
    loss: ExampleLoss,
    *,
    key: Key,
    run: Runner,
    training: BySequence | None,
    validation: SequenceData | None,
    validation_loss: ExampleLoss | None = None,
) -> Any:
    """Return the fitted object with its model trained on these examples, and the training
    history."""
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
        validation_loss=validation_loss,
    )
    return with_training(untrained, run(train))


def with_training(untrained: Any, trained: Trained) -> Any:
    """Return the fitted object with the trained model and its training history."""
    return replace(
        untrained,
        model=trained.model,
        learning=Learning(trained.losses, trained.validation, trained.stopped),
    )


def sequence_recipe(examples: int, validation_loss: bool) -> BySequence:
    """The default recipe for whole sequences: minibatches of 32 (fewer for few examples), at most
    20 epochs; with validation data, patience 3."""
    return BySequence(
        epochs=20,
        batch=max(1, min(32, examples // 8)),
        optimizer=adam(2e-3),
        patience=3 if validation_loss else None,
    )
