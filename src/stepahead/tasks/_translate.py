"""The task `translate`: predict a target sequence for every source sequence."""

from dataclasses import replace
from typing import Any

import numpy as np

from .._check import Refusal, between
from .._types import Key
from ..data import Pairs, model_inputs
from ..generation import TranslationModel
from ..models import Translator
from ..ops import as_key, split_key
from ..training import BySequence, PairData, TokenLoss, token_data
from ._label import inputs_of
from ._learn import Runner, train_on
from ._task import required_key


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
    """Fit a sequence-to-sequence model `spec`: `Translator(Encoder(…), Decoder(…), attention)`.

    Sources are tokens or numeric rows; rows are standardised with the statistics of these data
    (`data.RowScale`). Targets are tokens. `smoothing` is label smoothing: with 0.1, a tenth of the
    target probability is spread over all tokens in training. `validation` pairs are scored after
    every epoch by nats per token, and stop training after `training.patience` epochs without
    improvement. `run` calls the training function; `fit` passes it.
    """
    if not isinstance(spec, Translator):
        raise Refusal(
            f"Pairs are learned by a Translator, not by {spec!r}. Give "
            "`Translator(Encoder(GRU(256)), Decoder(GRU(256)))`."
        )
    source, scale = inputs_of(pairs.inputs)
    of_weights, of_training = split_key(as_key(required_key(key)), 2)
    untrained = TranslationModel.untrained(
        of_weights, spec=spec, source=source, scale=scale, target=pairs.targets.vocabulary
    )
    untrained = replace(untrained, model=untrained.model.with_bias(pairs.targets.log_frequencies()))
    data, judged = (
        None if part is None else _arrays(untrained, part) for part in (pairs, validation)
    )
    assert data is not None
    loss = TokenLoss(between("smoothing", smoothing, 0, 1))
    return train_on(
        untrained,
        data,
        loss,
        key=of_training,
        run=run,
        training=training,
        validation=judged,
        validation_loss=TokenLoss(0.0),
    )


def _arrays(model: TranslationModel, pairs: Pairs) -> PairData:
    rows, offsets = model_inputs(pairs.inputs, model.source, model.scale)
    return PairData(
        rows, offsets.astype(np.int32), token_data(pairs.targets.with_vocabulary(model.target))
    )
