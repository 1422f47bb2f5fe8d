"""The task `label`: a label for every sequence."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .._types import Key, Learning
from ..data import Labelled, Panel, RowScale, Sequences, Vocabulary, row_scale
from ..labelling import LabelModel, label_indices
from ..models import Bayes, Classifier, Encoder
from ..ops import as_key, split_key
from ..training import BySequence, LabelData, count_labels, label_loss
from ._learn import Runner, learned
from ._task import COUNTED, given, refuse_options


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
    """Fit a model of labels: `Bayes` by counting, every other by gradient.

    An encoder or a recurrent specification by itself is put below an output layer (`Classifier`).
    Rows of numbers are standardised on what is given here (`data.RowScale`). `validation` examples
    are judged after every epoch by their log loss, and stop training with `training.patience` (3
    epochs unless said). `on_note` receives a sentence where a smoothing had to do without what it
    needs.
    """
    vocabulary, scale = inputs_of(labelled.inputs)
    if isinstance(spec, Bayes):
        refuse_options(COUNTED, training=training, validation=validation)
        counted = count_labels(spec, labelled, on_note=on_note)
        return LabelModel(
            spec, counted, labelled.names, vocabulary, None, Learning(stopped="counted")
        )
    of_weights, of_training = split_key(as_key(given(key)), 2)
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
    return learned(
        untrained, data, label_loss, key=of_training, run=run, training=training, validation=judged
    )


def inputs_of(inputs: Sequences) -> tuple[Vocabulary | None, RowScale | None]:
    """How sequences are read: by the vocabulary of tokens, or standardised rows of numbers; the
    other is None."""
    if isinstance(inputs, Panel):
        return None, row_scale(inputs)
    return inputs.vocabulary, None


def _arrays(model: LabelModel, labelled: Labelled) -> LabelData:
    rows, offsets = model.model_inputs(labelled.inputs)
    return LabelData(rows, offsets.astype(np.int32), label_indices(labelled, model.names))
