"""The candidates of `auto_label`: the classifiers that it compares."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._types import Key, Listener
from ...data import Characters, Labelled, Panel, Tokenizer, Tokens
from ...labelling import LabelModel
from ...models import (
    AddK,
    Bayes,
    Convolutions,
    HiddenStates,
    Intervals,
    LabelMethod,
    Linear,
    MostFrequent,
    NearestSeries,
    NGram,
    Summaries,
    TokenNGrams,
)
from ...tasks import fit_label_path
from .. import fit

PENALTIES = (1.0, 0.1, 0.01, 0.001)
"""Ridge penalties of regressions on standardised features."""

TEXT_PENALTIES = (0.3, 0.1)
"""Ridge penalties of regressions on n-gram counts, whose vectors have length 1."""

ENOUGH = 1_000
"""The number of examples from which on a network is compared."""

MOST_WORK = 2e10
"""The most multiplications, estimated, for which regression on intervals is compared; they grow
with the square of the number of channels."""

MOST_NUMBERS = 1e7
"""The most numbers, over all rows, for which hidden Markov models and convolutions are compared.
Above it, and above that many steps, a small network is trained for fewer epochs."""

MOST_PAIRS = 3e8
"""The most products of pairs of steps for which nearest neighbours are compared."""


def _as_they_are(labelled: Labelled) -> Labelled:
    """All examples, for models that can learn from every one."""
    return labelled


@dataclass(frozen=True)
class LabelCandidate:
    """A classifier to compare: its name, the strengths of its penalty, largest first, and `fit`.
    `fit` takes examples, strengths, a key and a callback for events, and yields a fitted model for
    each strength. `read` selects or prepares the examples that it learns from. A `baseline` is
    compared but not combined."""

    name: str
    fit: Callable[[Labelled, Sequence[float], Key, Listener], Iterator[LabelModel]]
    strengths: tuple[float, ...] = (1.0,)
    read: Callable[[Labelled], Labelled] = _as_they_are
    baseline: bool = False


def label_candidates(labelled: Labelled) -> tuple[LabelCandidate, ...]:
    """Return the classifiers that `auto_label` compares, by the kind of the data, cheapest first.

    >>> panel = Panel.from_arrays([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])
    >>> [each.name for each in label_candidates(Labelled.of(panel, ["up", "down"]))]
    ['most-frequent', 'summaries', 'intervals', 'hmm', 'convolutions', 'nearest']
    """
    if isinstance(labelled.inputs, Panel):
        return _of_series(labelled.inputs)
    return _of_tokens(labelled.inputs)


def _of_series(panel: Panel) -> tuple[LabelCandidate, ...]:
    gaps = bool(panel.missing)
    columns = panel.channels * (3 if gaps else 1)
    numbers, features = len(panel.values) * columns, Intervals().count(columns)
    found = [
        label_method("most-frequent", MostFrequent(), gaps=gaps),
        label_method("summaries", Linear(Summaries()), PENALTIES, gaps=gaps),
    ]
    if len(panel) * features * min(len(panel), features) <= MOST_WORK:
        found.append(label_method("intervals", Linear(Intervals()), PENALTIES, gaps=gaps))
    if numbers <= MOST_NUMBERS:
        shares = 5_000 if panel.values.size < 2_000_000 else 2_000
        convolved = Linear(Convolutions(shares))
        found.append(label_method("hmm", HiddenStates(), gaps=gaps))
        found.append(label_method("convolutions", convolved, PENALTIES, gaps=gaps))
    if (np.minimum(panel.lengths, 60).astype(float).sum()) ** 2 * panel.channels <= MOST_PAIRS:
        found.append(label_method("nearest", NearestSeries(), gaps=gaps, baseline=True))
    if len(panel) >= ENOUGH:
        found.append(_network_of_series(much=numbers > MOST_NUMBERS))
    return tuple(found)


def _of_tokens(inputs: Tokens) -> tuple[LabelCandidate, ...]:
    letters = Characters()
    own = inputs.vocabulary.tokenizer
    by_letters = isinstance(own, Characters)
    found = [label_method("most-frequent", MostFrequent())]
    if not by_letters:
        found += [
            label_counts("words-bayes", Bayes(NGram(1, AddK(1.0)))),
            label_method("words", Linear(TokenNGrams(2, by_label=True)), TEXT_PENALTIES),
        ]
    else:
        found += [label_counts(f"letters-bayes-{order}", Bayes(NGram(order))) for order in (3, 6)]
    found.append(
        label_method("letters", Linear(TokenNGrams(5, 2)), TEXT_PENALTIES, tokenizer=letters)
    )
    if len(inputs) >= ENOUGH:
        found.append(_network_of_tokens())
    return tuple(found)


def label_method(
    name: str,
    spec: LabelMethod,
    strengths: tuple[float, ...] = (1.0,),
    *,
    gaps: bool = False,
    tokenizer: Tokenizer | None = None,
    baseline: bool = False,
) -> LabelCandidate:
    """Return a candidate for the method `spec`, which fits itself in one pass, under this `name`.
    `strengths` are the penalties to compare; `gaps` says whether it reads missing values; texts are
    read with `tokenizer`, if given; a `baseline` is compared but not combined."""

    def fitted(
        labelled: Labelled, strengths: Sequence[float], key: Key, on_event: Listener
    ) -> Iterator[LabelModel]:
        return fit_label_path(
            spec, strengths, labelled, key=key, gaps=gaps, on_round=lambda: on_event(None)
        )

    return LabelCandidate(name, fitted, strengths, _reader(tokenizer), baseline)


def label_counts(name: str, spec: Bayes) -> LabelCandidate:
    """Return a candidate that counts n-grams for each label."""

    def fitted(
        labelled: Labelled, strengths: Sequence[float], key: Key, on_event: Listener
    ) -> Iterator[LabelModel]:
        yield fit(spec, labelled)

    return LabelCandidate(name, fitted)


def label_network(
    name: str, spec: Any, epochs: int, *, rate: float = 3e-3, decay: float = 0.0
) -> LabelCandidate:
    """Return a candidate for the network `spec`, trained for this number of `epochs` with weight
    decay `decay`; the learning rate falls from `rate` to 0 along a cosine."""

    def fitted(
        labelled: Labelled, strengths: Sequence[float], key: Key, on_event: Listener
    ) -> Iterator[LabelModel]:
        from ...training import BySequence, adam, cosine

        batch = max(1, min(32, len(labelled) // 8))
        steps = epochs * -(-len(labelled) // batch)
        optimizer = adam(cosine(rate, steps), decay=decay)
        recipe = BySequence(epochs=epochs, batch=batch, optimizer=optimizer)
        yield fit(spec, labelled, key=key, training=recipe, on_event=on_event)

    return LabelCandidate(name, fitted)


def _network_of_series(*, much: bool) -> LabelCandidate:
    """A bidirectional network; for `much` data a smaller, one-directional one with weight decay."""
    from ...models import GRU, Classifier, Encoder, MeanPool

    if much:
        forwards = Classifier(Encoder(GRU(32), dropout=0.3))
        return label_network("gru", forwards, 10, rate=2e-3, decay=1.0)
    reader = Encoder(GRU(64), bidirectional=True, dropout=0.3, pool=MeanPool())
    return label_network("gru", Classifier(reader), 20)


def _network_of_tokens() -> LabelCandidate:
    """A bidirectional network."""
    from ...models import GRU, Classifier, Encoder, MeanPool

    reader = Encoder(
        GRU(32), bidirectional=True, embedding=32, dropout=0.5, word_dropout=0.3, pool=MeanPool()
    )
    return label_network("gru", Classifier(reader), 6)


def _reader(tokenizer: Tokenizer | None) -> Callable[[Labelled], Labelled]:
    def read(labelled: Labelled) -> Labelled:
        inputs = labelled.inputs
        if tokenizer is None or inputs.vocabulary.tokenizer == tokenizer:  # type: ignore[union-attr]
            return labelled
        again = Tokens.from_texts(inputs.texts(), tokenizer)  # type: ignore[union-attr]
        return Labelled(again, labelled.labels, labelled.names)

    return read
