"""The task `generate`: learn sequences of tokens or numbers conditioned on vectors."""

from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np

from .._check import Refusal
from .._types import Key
from ..data import ConditionalSequences, Panel, RowScale, Tokens, row_scale
from ..generation import Generator, SeriesGenerator
from ..models import Decoder, Head, Location, Point
from ..ops import as_key, split_key
from ..training import BySequence, ConditionalData, RowData, row_loss, token_data, token_loss
from ._forecast_checks import check_readable
from ._learn import Runner, train_on
from ._task import required_key


def fit_generator(
    spec: Any,
    described: ConditionalSequences,
    *,
    key: Key | None,
    run: Runner,
    head: Head | None = None,
    training: BySequence | None = None,
    validation: ConditionalSequences | None = None,
) -> Generator | SeriesGenerator:
    """Fit a model of sequences conditioned on vectors: `Decoder(LSTM(128), FirstState())`, or a
    recurrent specification alone.

    Token sequences give a `Generator`, numeric rows a `SeriesGenerator`. Rows are read by `head`:
    `Point()` by default, for mean paths only, `Gaussian()` to draw. They are standardised unless
    the head is for counts or for 0 and 1. Other options are those of `fit_translation`.
    """
    of_weights, of_training = split_key(as_key(required_key(key)), 2)
    spec = spec if isinstance(spec, Decoder) else Decoder(spec)
    untrained = (_of_tokens if isinstance(described.targets, Tokens) else _of_rows)(
        spec, described, head, of_weights
    )
    data, judged = (
        None if part is None else _arrays(untrained, part) for part in (described, validation)
    )
    assert data is not None
    loss = row_loss if isinstance(data, RowData) else token_loss(0.0)
    return train_on(
        untrained, data, loss, key=of_training, run=run, training=training, validation=judged
    )


def _of_tokens(
    spec: Decoder, described: ConditionalSequences, head: Head | None, key: Key
) -> Generator | SeriesGenerator:
    targets, features = described.targets, described.vectors.shape[1]
    assert isinstance(targets, Tokens)
    if head is not None:
        raise Refusal("`head` says how numbers are read, but these are tokens. Leave it out.")
    drawn = Generator.untrained(
        key, spec=spec, vocabulary=targets.vocabulary, features=features, names=described.names
    )
    return replace(drawn, model=drawn.model.with_bias(targets.log_frequencies()))


def _of_rows(
    spec: Decoder, described: ConditionalSequences, head: Head | None, key: Key
) -> Generator | SeriesGenerator:
    targets, features = described.targets, described.vectors.shape[1]
    head = Point() if head is None else head
    assert isinstance(targets, Panel)
    scale = _scale(targets, head)
    drawn = SeriesGenerator.untrained(
        key, spec=spec, head=head, scale=scale, names=targets.names, features=features
    )
    bias = np.broadcast_to(
        head.initial(targets.values), (head.horizon, len(targets.names), head.parameters)
    )
    return replace(drawn, model=drawn.model.with_bias(jnp.asarray(bias.reshape(-1), jnp.float32)))


def _scale(panel: Panel, head: Head) -> RowScale:
    if panel.missing:
        raise Refusal(
            "A value is missing in these series, and a series made of a vector has no gaps. Fill "
            "it first."
        )
    check_readable(head, panel)
    if not isinstance(head, Location):
        return RowScale(np.zeros(panel.channels), np.ones(panel.channels), gaps=False)
    return row_scale(panel)


def _arrays(
    model: Generator | SeriesGenerator, described: ConditionalSequences
) -> ConditionalData | RowData:
    if isinstance(model, Generator):
        assert isinstance(described.targets, Tokens)
        return ConditionalData(
            described.vectors, token_data(described.targets.with_vocabulary(model.vocabulary))
        )
    assert isinstance(described.targets, Panel)
    return RowData(
        described.vectors,
        model.scale.rows(described.targets),
        described.targets.offsets.astype(np.int32),
    )
