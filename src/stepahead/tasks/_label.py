"""The task `label`: learn the label of every sequence."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .._types import Key, Learning
from ..data import Labelled, Panel, RowScale, Sequences, Vocabulary, row_scale
from ..labelling import LabelModel, label_indices
from ..models import Bayes, Classifier, Encoder
from ..ops import as_key, split_key
from ..training import BySequence, LabelData, count_labels, label_loss
from ._learn import Runner, train_on
from ._task import COUNTED, refuse_options, required_key


def fit_label(
    spec: Any,
    labelled: Labelled,
    *,
    key: Key | None,
    run: Runner,
    training: BySequence | None = None,
    validation: Labelled | None = None,
    on_note: Callable[[str], None] | None = None,
) -> LabelModel:
    """Fit a classifier of sequences: `Bayes` by counting, others by gradient.

    An encoder or a recurrent specification alone gets an output layer (`Classifier`). Numeric rows
    are standardised with the statistics of this data (`data.RowScale`). `validation` examples are
    judged after every epoch by log loss, and stop training after `training.patience` epochs without
    improvement (3 by default). `on_note` receives a message if a smoothing had to use fallback
    discounts.
    """
    vocabulary, scale = inputs_of(labelled.inputs)
    if isinstance(spec, Bayes):
        refuse_options(COUNTED, training=training, validation=validation)
        counted = count_labels(spec, labelled, on_note=on_note)
        return LabelModel(
            spec, counted, labelled.names, vocabulary, None, Learning(stopped="counted")
        )
    of_weights, of_training = split_key(as_key(required_key(key)), 2)
    spec = (
        spec
        if isinstance(spec, Classifier)
        else Classifier(spec if isinstance(spec, Encoder) else Encoder(spec))
    )
    untrained = LabelModel.untrained(
        of_weights, spec=spec, names=labelled.names, vocabulary=vocabulary, scale=scale
    )
    data, judged = (
        None if part is None else _arrays(untrained, part) for part in (labelled, validation)
    )
    assert data is not None
    return train_on(
        untrained, data, label_loss, key=of_training, run=run, training=training, validation=judged
    )


def inputs_of(inputs: Sequences) -> tuple[Vocabulary | None, RowScale | None]:
    """The vocabulary of token inputs, or the scale of numeric rows; the other is None."""
    if isinstance(inputs, Panel):
        return None, row_scale(inputs)
    return inputs.vocabulary, None


def _arrays(model: LabelModel, labelled: Labelled) -> LabelData:
    rows, offsets = model.model_inputs(labelled.inputs)
    return LabelData(rows, offsets.astype(np.int32), label_indices(labelled, model.names))
