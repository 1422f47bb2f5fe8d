"""The task `translate`: the sequence that each sequence becomes."""

from dataclasses import replace
from typing import Any

import numpy as np

from .._check import Refusal, between
from .._types import Key
from ..data import Pairs, fed_rows
from ..generation import TranslationModel
from ..models import Translator
from ..ops import as_key, split_key
from ..training import BySequence, PairData, token_data, token_loss
from ._label import inputs_of
from ._learn import Runner, learned
from ._task import given


def fit_translation(
    spec: Any,
    pairs: Pairs,
    *,
    key: Key | None,
    run: Runner,
    training: BySequence | None = None,
    smoothing: float = 0.0,
    validation: Pairs | None = None,
) -> TranslationModel:
    """Fit a model that turns sequences into others: `Translator(Encoder(…), Decoder(…),
    attention)`.

    Sources are tokens or rows of numbers, which are standardised on what is given here
    (`data.RowScale`); targets are tokens. With `smoothing` 0.1, a tenth of the target's probability
    is spread over all tokens in training. `validation` pairs are judged after every epoch, by their
    nats per token, and stop training with `training.patience`.
    """
    if not isinstance(spec, Translator):
        raise Refusal(
            f"Pairs are learned by a Translator, not by {spec!r}. Give "
            "`Translator(Encoder(GRU(256)), Decoder(GRU(256)))`."
        )
    source, scale = inputs_of(pairs.inputs)
    of_weights, of_training = split_key(as_key(given(key)), 2)
    untrained = TranslationModel.untrained(
        of_weights, spec=spec, source=source, scale=scale, target=pairs.targets.vocabulary
    )
    untrained = replace(untrained, model=untrained.model.with_bias(pairs.targets.log_frequencies()))
    data, judged = (
        None if part is None else _arrays(untrained, part) for part in (pairs, validation)
    )
    assert data is not None
    loss = token_loss(between("smoothing", smoothing, 0, 1))
    return learned(
        untrained,
        data,
        loss,
        key=of_training,
        run=run,
        training=training,
        validation=judged,
        judged=token_loss(0.0),
    )


def _arrays(model: TranslationModel, pairs: Pairs) -> PairData:
    rows, offsets = fed_rows(pairs.inputs, model.source, model.scale)
    return PairData(
        rows, offsets.astype(np.int32), token_data(pairs.targets.with_vocabulary(model.target))
    )
