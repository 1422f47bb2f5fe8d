"""The task `generate`: the sequence that each vector becomes, of tokens or of numbers."""

from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np

from .._check import Refusal
from .._types import Key
from ..data import Conditioned, Panel, RowScale, Tokens, row_scale
from ..generation import Generator, SeriesGenerator
from ..models import Decoder, Head, Location, Point
from ..ops import as_key, split_key
from ..training import BySequence, ConditionedData, RowData, row_loss, token_data, token_loss
from ._forecast_checks import check_readable
from ._learn import Runner, learned
from ._task import given


def fit_generator(
    spec: Any,
    described: Conditioned,
    *,
    key: Key | None,
    run: Runner,
    head: Head | None = None,
    training: BySequence | None = None,
    validation: Conditioned | None = None,
) -> Generator | SeriesGenerator:
    """Fit a model that makes a sequence of a vector: `Decoder(LSTM(128), FirstState())`, or the
    recurrent body by itself.

    Sequences of tokens give a `Generator`, rows of numbers a `SeriesGenerator`, read by `head`
    (`Point()` unless said, for which alone mean paths are meant; Gaussian() to draw), standardised
    unless the head is of counts or of 0 and 1. The rest as for translations.
    """
    of_weights, of_training = split_key(as_key(given(key)), 2)
    spec = spec if isinstance(spec, Decoder) else Decoder(spec)
    untrained = (_of_tokens if isinstance(described.targets, Tokens) else _of_rows)(
        spec, described, head, of_weights
    )
    data, judged = (
        None if part is None else _arrays(untrained, part) for part in (described, validation)
    )
    assert data is not None
    loss = row_loss if isinstance(data, RowData) else token_loss(0.0)
    return learned(
        untrained, data, loss, key=of_training, run=run, training=training, validation=judged
    )


def _of_tokens(
    spec: Decoder, described: Conditioned, head: Head | None, key: Key
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
    spec: Decoder, described: Conditioned, head: Head | None, key: Key
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
    model: Generator | SeriesGenerator, described: Conditioned
) -> ConditionedData | RowData:
    if isinstance(model, Generator):
        assert isinstance(described.targets, Tokens)
        return ConditionedData(
            described.vectors, token_data(described.targets.with_vocabulary(model.vocabulary))
        )
    assert isinstance(described.targets, Panel)
    return RowData(
        described.vectors,
        model.scale.rows(described.targets),
        described.targets.offsets.astype(np.int32),
    )
