"""A recurrent network for a text of any size, and its training until the time is over."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._types import Key, Learning
from ...data import Tokens
from ...generation import LanguageModel
from .._deadline import OutOfTime

if TYPE_CHECKING:
    from ...models import Embedded
    from ...training import Gradient

MANY = 300
"""Up to so many tokens a vocabulary is one of characters."""

LANES, SPAN, LONGEST, RATE = 20, 35, 64, 6e-3
"""Lanes that are read in parallel, tokens in a piece of running text, the most in one of lines, and
the learning rate."""

WORK = 4e10
"""Multiplications between two looks at the clock, about."""

FEWEST_TOKENS = 1000
"""Below this a network would know a text by heart."""


def text_network(tokens: Tokens) -> "tuple[Embedded, Gradient]":
    """A one-layer LSTM of 128 cells for characters, 200 with tied embeddings and more dropout for
    words; and its recipe, whose epochs are a few seconds each.

    >>> spec, recipe = text_network(Tokens.from_texts(["to be or not to be"] * 50))
    >>> spec.body.widths, spec.tied, recipe.span
    ((128,), False, 7)
    """
    from ...models import LSTM, Embedded
    from ...training import Gradient, adam

    vocabulary = len(tokens.vocabulary)
    few = vocabulary <= MANY
    width = 128 if few else 200
    spec = Embedded(LSTM(width), dropout=0.1 if few else 0.4, tied=not few)
    long = int(np.quantile(tokens.lengths + 1, 0.95))
    span = SPAN if len(tokens) == 1 else min(max(2, long), LONGEST)
    pieces = int(np.ceil((tokens.lengths + 1) / span).sum())
    lanes = max(1, min(LANES, pieces // 8))
    work = lanes * span * (24 * width**2 + 3 * width * vocabulary)
    rounds = -(-pieces // lanes)
    steps = max(1, min(rounds, round(WORK / work)))
    recipe = Gradient(
        span=span,
        batch=lanes,
        steps=steps,
        epochs=MOST_PASSES * -(-rounds // steps),
        optimizer=adam(RATE if few else RATE / 2),
        patience=max(4, -(-rounds // steps)),
    )
    return spec, recipe


MOST_PASSES = 40
"""Most passes over the text."""


def trained_within(
    train: Tokens,
    judging: Tokens,
    *,
    key: Key,
    clock: Callable[[], float],
    end: float,
    backward: bool,
    on_event: Callable[[Any], None],
) -> tuple[LanguageModel | None, bool, str]:
    """The network with the weights that were best on `judging`, as it stood when the clock was past
    `end` or Ctrl-C was pressed (None before the first epoch); whether the loss was still falling;
    and why it stopped, in words."""
    from .._fit import fit

    spec, recipe = text_network(train)
    seen: list[Any] = []

    def listen(event: Any) -> None:
        seen.append(event)
        on_event(event)
        if clock() > end:
            raise OutOfTime

    try:
        done = fit(
            spec,
            train,
            key=key,
            training=recipe,
            validation=judging,
            backward=backward,
            on_event=listen,
        )
    except OutOfTime:
        stopped = "its time was over"
    except KeyboardInterrupt:
        stopped = "it was interrupted"
    else:
        return done, _falling(done.learning.validation), done.learning.stopped
    if not seen:
        return None, True, stopped
    progress = seen[-1].progress
    learning = Learning(progress.losses, progress.validation, stopped)
    model = LanguageModel(spec, progress.best, train.vocabulary, backward, learning)
    return model, _falling(progress.validation), stopped


def _falling(losses: tuple[float, ...]) -> bool:
    """True while the last quarter of the epochs lowered the loss by more than a hundredth.

    >>> _falling((3.0, 2.5, 2.2, 2.0)), _falling((2.0, 1.9, 1.9, 1.9)), _falling((2.0, 1.9))
    (True, False, True)
    """
    if len(losses) < 2:
        return True
    before = min(losses[: max(1, int(0.75 * len(losses)))])
    return min(losses) < 0.99 * before
