"""`fit_pairs` and `fit_described`: from a specification and examples to what makes sequences of other sequences, or of vectors."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._check import Refusal, between
from .._types import Key, Learning
from ..data import Described, Pairs, Panel, RowScale, Tokens, fed_rows, row_scale
from ..generation import Generator, SeriesGenerator, TranslationModel
from ..models import Bernoulli, Decoder, Embedded, Head, NegativeBinomial, Point, Recurrent, Translator
from ..ops import as_key, split
from ..training import BySequence, DescribedData, PairData, RowData, TokenData, Trained, train_given
from ._defaults import sequence_recipe
from ._resumable import resumable


def fit_pairs(
    spec: Any,
    pairs: Pairs,
    *,
    key: Key,
    training: BySequence | None = None,
    smoothing: float = 0.0,
    validation: Pairs | None = None,
    on_event: Callable[[Any], None] | None = None,
    checkpoint: Path | None = None,
) -> TranslationModel:
    """Fit a model that turns sequences into others: `Translator(Encoder(…), Decoder(…), attention)`.

    Sources are tokens or rows of numbers, which are standardised on what is given here (`data.RowScale`); targets are tokens. With
    `smoothing` 0.1, a tenth of the target's probability is spread over all tokens in training. `validation` pairs are judged after
    every epoch, by their nats per token, and stop training with `training.patience`. With `checkpoint`, a run that was stopped goes on.
    """
    if not isinstance(spec, Translator):
        raise Refusal(f"Pairs are learned by a Translator, not by {spec!r}. Give `Translator(Encoder(GRU(256)), Decoder(GRU(256)))`.")
    inputs, target = pairs.inputs, pairs.targets.vocabulary
    scale = row_scale(inputs) if isinstance(inputs, Panel) else None
    source = None if isinstance(inputs, Panel) else inputs.vocabulary
    of_weights, of_training = split(as_key(key), 2)
    size, columns = None if source is None else len(source), 0 if scale is None else scale.columns
    model = spec.build(len(target), of_weights, tokens=size, columns=columns).with_bias(pairs.targets.log_frequencies())
    untrained = TranslationModel(spec, model, source, scale, target)
    data, judged = (None if part is None else _pair_data(untrained, part) for part in (pairs, validation))
    assert data is not None
    recipe = sequence_recipe(len(pairs), validation is not None) if training is None else training
    run = partial(train_given, model, data, recipe, key=of_training, smoothing=between("smoothing", smoothing, 0, 1), validation=judged)
    trained = resumable(run, checkpoint, on_event)
    return TranslationModel(spec, trained.model, source, scale, target, _learning(trained))


def fit_described(
    spec: Decoder | Embedded | Recurrent,
    described: Described,
    *,
    key: Key,
    head: Head | None = None,
    training: BySequence | None = None,
    validation: Described | None = None,
    on_event: Callable[[Any], None] | None = None,
    checkpoint: Path | None = None,
) -> Generator | SeriesGenerator:
    """Fit a model that makes a sequence of a vector: `Decoder(LSTM(128), FirstState())`, or the recurrent body by itself.

    Sequences of tokens give a `Generator`, rows of numbers a `SeriesGenerator`, read by `head` (`Point()` unless said, for which alone
    mean paths are meant; Gaussian() to draw), standardised unless the head is of counts or of 0 and 1. The rest as `fit_pairs`.
    """
    spec = spec if isinstance(spec, Decoder) else Decoder(spec)
    of_weights, of_training = split(as_key(key), 2)
    features, targets = described.vectors.shape[1], described.targets
    recipe = sequence_recipe(len(described), validation is not None) if training is None else training
    if isinstance(targets, Tokens):
        if head is not None:
            raise Refusal("`head` says how numbers are read, but these are tokens. Leave it out.")
        vocabulary = targets.vocabulary
        model = spec.of_tokens(len(vocabulary), features, of_weights).with_bias(targets.log_frequencies())
        data, judged = (None if part is None else _described_data(part, vocabulary) for part in (described, validation))
        assert data is not None
        run = partial(train_given, model, data, recipe, key=of_training, validation=judged)
        trained = resumable(run, checkpoint, on_event)
        return Generator(spec, trained.model, vocabulary, _learning(trained), described.names)
    head = Point() if head is None else head
    scale = _scale(targets, head)
    rows = spec.of_rows(targets.channels, features, head, of_weights)
    rows = rows.with_bias(_log_odds(targets)) if isinstance(head, Bernoulli) else rows
    known, held = (None if part is None else _row_data(part, scale) for part in (described, validation))
    assert known is not None
    run = partial(train_given, rows, known, recipe, key=of_training, validation=held)
    trained = resumable(run, checkpoint, on_event)
    return SeriesGenerator(spec, trained.model, head, scale, targets.names, _learning(trained))


def _log_odds(panel: Panel) -> jax.Array:
    """How often each channel is 1 to how often it is 0, one added to each; refuse other numbers."""
    if not np.isin(panel.values, (0, 1)).all():
        raise Refusal(
            "Bernoulli is for values that are 0 or 1, but these are others too. Use Gaussian(), or NegativeBinomial() for counts."
        )
    ones = panel.values.sum(axis=0)
    return jnp.asarray(np.log((1 + ones) / (1 + len(panel.values) - ones)), jnp.float32)


def _scale(panel: Panel, head: Head) -> RowScale:
    if panel.missing:
        raise Refusal("A value is missing in these series, and a series made of a vector has no gaps. Fill it first.")
    if isinstance(head, Bernoulli | NegativeBinomial):
        return RowScale(np.zeros(panel.channels), np.ones(panel.channels), gaps=False)
    return row_scale(panel)


def _pair_data(model: TranslationModel, pairs: Pairs) -> PairData:
    rows, offsets = fed_rows(pairs.inputs, model.source, model.scale)
    return PairData(rows, offsets.astype(np.int32), _token_data(pairs.targets.under(model.target)))


def _described_data(described: Described, vocabulary: Any) -> DescribedData:
    assert isinstance(described.targets, Tokens)
    return DescribedData(described.vectors, _token_data(described.targets.under(vocabulary)))


def _row_data(described: Described, scale: RowScale) -> RowData:
    assert isinstance(described.targets, Panel)
    return RowData(described.vectors, scale.rows(described.targets), described.targets.offsets.astype(np.int32))


def _token_data(tokens: Tokens) -> TokenData:
    return TokenData(tokens.ids, tokens.offsets.astype(np.int32))


def _learning(trained: Trained) -> Learning:
    return Learning(trained.losses, trained.validation, trained.stopped)
