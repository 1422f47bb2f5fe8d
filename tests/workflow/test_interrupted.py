"""Training that is interrupted: the best weights so far, and the same end when it goes on."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stepahead as sa
from stepahead import models, training
from stepahead.data import Labelled, Tokens

LABELLED = Labelled.of(Tokens.from_texts(["a b", "b a", "a a", "b b"]), ["x", "y", "x", "y"])
RECIPE = training.BySequence(epochs=4, batch=2, optimizer=training.adam(0.1))


def fitted(**options: Any) -> Any:
    """A small classifier, trained for four epochs."""
    return sa.fit(models.GRU(2), LABELLED, key=0, training=RECIPE, **options)


def stop_at(number: int, event: training.Epoch) -> None:
    """Ctrl-C in an epoch."""
    if event.number == number:
        raise KeyboardInterrupt


def test_an_interrupted_training_keeps_what_it_learned_and_goes_on(tmp_path: Path) -> None:
    progress = tmp_path / "m.progress"
    options = {"checkpoint": progress, "interruptible": True}
    part = fitted(on_event=partial(stop_at, 2), **options)
    assert part.learning.stopped == ("interrupted after 2 epochs; the weights of epoch 2 are kept")
    assert len(part.learning.losses) == 2 and progress.exists()
    whole, gone_on = fitted(), fitted(**options)
    said = [model.log_probs(LABELLED.inputs) for model in (part, whole, gone_on)]
    np.testing.assert_array_equal(said[1], said[2])
    assert np.abs(said[0] - said[1]).max() > 1e-3
    assert not progress.exists()


def test_the_best_weights_on_validation_data_are_kept() -> None:
    """The labels of the validation part are the other ones, so training only makes it worse."""
    turned = Labelled(LABELLED.inputs, 1 - LABELLED.labels, LABELLED.names)
    options = {"validation": turned, "interruptible": True}
    part = fitted(on_event=partial(stop_at, 3), **options)
    losses = part.learning.validation
    assert len(losses) == 3 and losses[0] < losses[2]
    assert part.evaluate(turned).log_loss == pytest.approx(losses[0], rel=1e-5)
    assert part.learning.stopped.endswith("the weights of epoch 1 are kept")


def test_without_the_option_an_interruption_goes_through() -> None:
    with pytest.raises(KeyboardInterrupt):
        fitted(on_event=partial(stop_at, 1))
