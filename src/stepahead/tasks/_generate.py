"""The task `generate`: sequences of tokens or numbers conditioned on vectors."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from .._check import Refusal
from .._types import Key
from ..data import ConditionalSequences, Panel, RowScale, Tokens, row_scale
from ..generation import Generator, SeriesGenerator
from ..models import Decoder, Head, Location, Point
from ..ops import as_key, split_key
from ..training import (
    BySequence,
    ConditionalData,
    ExampleLoss,
    RowData,
    TokenLoss,
    row_loss,
    token_data,
)
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
    """Fit a model of sequences conditioned on vectors to the examples `described`:
    `Decoder(LSTM(128), FirstState())`, or a recurrent specification alone.

    Token sequences give a `Generator`, numeric rows a `SeriesGenerator`. The distribution of rows
    is `head`: `Point()` by default, for mean paths only, `Gaussian()` for samples. Rows are
    standardised unless the head is for counts or for 0 and 1. `training`, `validation` and `run`
    are those of `fit_translation`.
    """
    of_weights, of_training = split_key(as_key(required_key(key)), 2)
    spec = spec if isinstance(spec, Decoder) else Decoder(spec)
    if validation is not None and type(validation.targets) is not type(described.targets):
        raise Refusal(
            f"`validation` holds {type(validation.targets).__name__} for targets, but what is "
            f"fitted holds {type(described.targets).__name__}. Give the same kind."
        )
    targets = described.targets
    untrained, arrays, loss = (
        _of_rows(targets, spec, described, head, of_weights)
        if isinstance(targets, Panel)
        else _of_tokens(targets, spec, described, head, of_weights)
    )
    return train_on(
        untrained,
        arrays(described),
        loss,
        key=of_training,
        run=run,
        training=training,
        validation=None if validation is None else arrays(validation),
    )


class _Prepared(NamedTuple):
    """An untrained generator, the function from its data to arrays, and the loss."""

    untrained: Generator | SeriesGenerator
    arrays: Callable[[ConditionalSequences], ConditionalData | RowData]
    loss: ExampleLoss


def _of_tokens(
    targets: Tokens, spec: Decoder, described: ConditionalSequences, head: Head | None, key: Key
) -> _Prepared:
    if head is not None:
        raise Refusal("`head` says how numbers are read, but these are tokens. Leave it out.")
    drawn = Generator.untrained(
        key,
        spec=spec,
        vocabulary=targets.vocabulary,
        features=described.vectors.shape[1],
        names=described.names,
    )
    untrained = replace(drawn, model=drawn.model.with_bias(targets.log_frequencies()))

    def arrays(given: ConditionalSequences) -> ConditionalData:
        texts: Any = given.targets
        same_words = texts.with_vocabulary(targets.vocabulary)
        return ConditionalData(given.vectors, token_data(same_words))

    return _Prepared(untrained, arrays, TokenLoss(0.0))


def _of_rows(
    targets: Panel, spec: Decoder, described: ConditionalSequences, head: Head | None, key: Key
) -> _Prepared:
    head = Point() if head is None else head
    scale = _scale(targets, head)
    drawn = SeriesGenerator.untrained(
        key,
        spec=spec,
        head=head,
        scale=scale,
        names=targets.names,
        features=described.vectors.shape[1],
    )
    bias = np.broadcast_to(
        head.initial(targets.values), (head.horizon, len(targets.names), head.parameters)
    )
    start = jnp.asarray(bias.reshape(-1), jnp.float32)
    untrained = replace(drawn, model=drawn.model.with_bias(start))

    def arrays(given: ConditionalSequences) -> RowData:
        rows: Any = given.targets
        return RowData(given.vectors, scale.rows(rows), rows.offsets.astype(np.int32))

    return _Prepared(untrained, arrays, row_loss)


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
