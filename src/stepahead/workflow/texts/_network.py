"""A recurrent network that suits the size of a text, and its training within the time available."""

from collections.abc import Callable
from pathlib import Path
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
"""The largest vocabulary that counts as characters."""

LANES, SPAN, LONGEST, RATE = 20, 35, 64, 6e-3
"""Sequences read in parallel; tokens in a piece of running text; the most tokens in a piece of
separate lines; the highest learning rate."""

CHARACTER_LANES = 16
"""Sequences of characters read in parallel: the number that a native kernel processes together."""

WIDTHS, WORD_WIDTH = (128, 192, 256, 384, 512), 200
"""Widths that are considered for characters, and the width for words."""

FEWEST_PASSES, WEIGHTS_PER_CHARACTER = 6, 8
"""Limits of the width of a character network: at least this number of passes over the text must fit
into the budget, and it has at most this number of weights per character of the text."""

WORK, MOST_EPOCHS = 1e11, 100
"""Multiplications, estimated, between two evaluations on held-out text, and the most evaluations.
One evaluation costs as much as 4e10 multiplications with a vocabulary of 10,000 words."""

SPEED, SHARE = 4e10, 0.7
"""Multiplications per second on two ordinary cores, and the share of the budget that the training
may use by this estimate; the rest is for counting, compiling and slower machines."""

MOST_PASSES, MANY_PASSES = 40, 10
"""The most passes over the text, and the number from which on more dropout helps."""

WARMUP = 50
"""Updates during which the learning rate rises."""

INTERRUPTED = "it was interrupted"
"""The reason for stopping after Ctrl-C."""

FEWEST_TOKENS = 1000
"""The fewest tokens for which a network is trained; it would memorise a shorter text."""


def text_network(
    tokens: Tokens, budget: float, *, width: int | None = None, lanes: int | None = None
) -> "tuple[Embedded, Gradient]":
    """Return a one-layer LSTM and its training recipe, whose epochs take a few seconds each. For
    characters it has at least 128 cells, more for longer texts and larger budgets; for words, 200
    cells, tied embeddings and more dropout. `width` and `lanes` (sequences in parallel) can be
    given.

    The text and the `budget` in seconds determine the number of updates; the clock does not. So the
    learning rate reaches 0, along a cosine, exactly at the last update, and an interrupted training
    ends with the same weights as an uninterrupted one.

    >>> spec, recipe = text_network(Tokens.from_texts(["to be or not to be"] * 50), 60.0)
    >>> spec.body.widths, spec.tied, recipe.span, recipe.epochs
    ((128,), False, 7, 40)
    """
    from ...models import LSTM, Embedded
    from ...training import Gradient, adam, cosine

    vocabulary = len(tokens.vocabulary)
    few = vocabulary <= MANY
    long = int(np.quantile(tokens.lengths + 1, 0.95))
    span = SPAN if len(tokens) == 1 else min(max(2, long), LONGEST)
    pieces = int(np.ceil((tokens.lengths + 1) / span).sum())
    lanes = max(1, min(lanes or (CHARACTER_LANES if few else LANES), pieces // 8))
    rounds, allowed = -(-pieces // lanes), SHARE * budget * SPEED
    if width is None:
        read = pieces * span
        width = _width(read, vocabulary, allowed / read) if few else WORD_WIDTH
    work = lanes * span * _work(width, vocabulary)
    updates = max(1, min(MOST_PASSES * rounds, round(allowed / work)))
    steps = max(1, min(rounds, updates, max(round(WORK / work), updates // MOST_EPOCHS)))
    epochs = -(-updates // steps)
    often = updates >= MANY_PASSES * rounds
    dropout = (0.25 if often else 0.1) if few else 0.4
    highest = RATE if few else RATE / 2
    falling = cosine(highest, epochs * steps, warmup=min(WARMUP, epochs * steps // 10))
    recipe = Gradient(
        span=span,
        batch=lanes,
        steps=steps,
        epochs=epochs,
        optimizer=adam(falling),
        patience=max(4, epochs // 4),
    )
    return Embedded(LSTM(width), dropout=dropout, tied=not few), recipe


def _work(width: int, vocabulary: int) -> int:
    """Multiplications of an update per token."""
    return 24 * width**2 + 3 * width * vocabulary


def _width(characters: int, vocabulary: int, allowed: float) -> int:
    """The widest network that can pass over the text often enough and does not have too many
    weights, given the multiplications `allowed` per character.

    >>> [_width(150_000, 70, allowed) for allowed in (1e6, 3e6, 2e7, 1e9)]
    [128, 128, 256, 384]
    >>> _width(900_000, 70, 1e9)
    512
    """
    fitting = [
        width
        for width in WIDTHS
        if FEWEST_PASSES * _work(width, vocabulary) <= allowed
        and 8 * width**2 <= WEIGHTS_PER_CHARACTER * characters
    ]
    return max(fitting, default=WIDTHS[0])


def seconds_to_load(clock: Callable[[], float]) -> float:
    """Import what training needs, above all JAX; return the seconds that it took."""
    began = clock()
    from ... import training

    _ = training.Gradient
    return clock() - began


def trained_within(
    train: Tokens,
    judging: Tokens,
    *,
    key: Key,
    clock: Callable[[], float],
    budget: float,
    end: float,
    backward: bool,
    on_event: Callable[[Any], None],
    checkpoint: Path | None,
) -> tuple[LanguageModel | None, bool, str]:
    """Return the network with the weights that were best on `judging`; whether the loss was still
    falling; and the reason for stopping, in words. Training stops when all updates of the `budget`
    are done, when the clock is later than `end`, or at Ctrl-C. The network is None if it stops
    before the first epoch ends."""
    from .._fit import fit

    spec, recipe = text_network(train, budget)
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
            checkpoint=checkpoint,
        )
    except OutOfTime:
        stopped = "its time was over"
    except KeyboardInterrupt:
        stopped = INTERRUPTED
    else:
        losses = done.learning.validation
        return done, _falling(losses, recipe.patience), done.learning.stopped
    if not seen:
        return None, True, stopped
    progress = seen[-1].progress
    learning = Learning(progress.losses, progress.validation, stopped)
    model = LanguageModel(spec, progress.best, train.vocabulary, backward, learning)
    return model, _falling(progress.validation), stopped


def _falling(losses: tuple[float, ...], patience: int | None = None) -> bool:
    """True if the second half of the epochs lowered the loss by more than a hundredth. (The last
    quarter would not show it: by then the learning rate is small, and the loss is flat.) False if
    the best epoch is `patience` epochs old.

    >>> _falling((3.0, 2.5, 2.2, 2.0)), _falling((2.0, 1.9, 1.9, 1.9)), _falling((2.0, 1.9))
    (True, False, True)
    >>> _falling((3.0, 2.5, 2.2, 2.3, 2.3)), _falling((3.0, 2.5, 2.2, 2.3, 2.3), patience=2)
    (True, False)
    """
    if len(losses) < 2:
        return True
    if patience is not None and len(losses) - 1 - losses.index(min(losses)) >= patience:
        return False
    before = min(losses[: len(losses) // 2])
    return min(losses) < 0.99 * before
