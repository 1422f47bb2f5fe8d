"""The task `label`: predict the label of every sequence."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .._types import Key, Learning
from ..data import Labelled, Panel, RowScale, Sequences, Vocabulary, model_inputs, row_scale
from ..labelling import LabelModel, label_indices
from ..models import Bayes, LabelledRows, LabelMethod
from ..ops import seed_of
from ._task import COUNTED, refuse_options, required_key

if TYPE_CHECKING:
    from ..training import BySequence, LabelData
    from ._learn import Runner


def fit_label(
    spec: Any,
    labelled: Labelled,
    *,
    key: Key | None,
    run: "Runner",
    training: "BySequence | None" = None,
    validation: Labelled | None = None,
    on_note: Callable[[str], None] | None = None,
) -> LabelModel:
    """Fit a classifier `spec` to labelled sequences: `Bayes` by counting, a `LabelMethod` such as
    `Linear` in one pass, others by gradient descent.

    An encoder or a recurrent specification alone gets an output layer (`Classifier`). Numeric rows
    are standardised with the statistics of these data (`data.RowScale`). `validation` examples are
    evaluated after every epoch by log loss, and stop training after `training.patience` epochs
    without improvement (3 by default). `on_note` receives a message if a smoothing had to use
    fallback discounts. `run` calls the training function; `fit` passes it.
    """
    if isinstance(spec, LabelMethod):
        refuse_options(COUNTED, training=training, validation=validation)
        return next(fit_label_path(spec, None, labelled, key=required_key(key)))
    if isinstance(spec, Bayes):
        from ..training import count_labels

        refuse_options(COUNTED, training=training, validation=validation)
        counted = count_labels(spec, labelled, on_note=on_note)
        vocabulary, _ = inputs_of(labelled.inputs)
        return LabelModel(
            spec, counted, labelled.names, vocabulary, None, Learning(stopped="counted")
        )
    return _by_gradient(spec, labelled, required_key(key), run, training, validation)


def fit_label_path(
    method: LabelMethod,
    strengths: Sequence[float] | None,
    labelled: Labelled,
    *,
    key: Key,
    gaps: bool = False,
    on_round: Callable[[], None] = lambda: None,
) -> Iterator[LabelModel]:
    """Yield a fitted classifier for each of the `strengths` of the method's penalty, largest first
    (None: that of the method). With `gaps`, later data may have missing values even if these have
    none. `on_round` is called during the work, and may raise."""
    vocabulary, scale = inputs_of(labelled.inputs)
    scale = replace(scale, gaps=True) if scale is not None and gaps else scale
    rows, offsets = model_inputs(labelled.inputs, vocabulary, scale)
    data = LabelledRows(rows, offsets, labelled.labels, len(labelled.names))
    seed = seed_of(key)
    found = (
        iter([(method, method.learned(data, seed=seed, on_round=on_round))])
        if strengths is None
        else method.path(strengths, data, seed=seed, on_round=on_round)
    )
    for spec, model in found:
        solved = Learning(stopped="solved")
        yield LabelModel(spec, model, labelled.names, vocabulary, scale, solved)


def _by_gradient(
    spec: Any,
    labelled: Labelled,
    key: Key,
    run: "Runner",
    training: "BySequence | None",
    validation: Labelled | None,
) -> LabelModel:
    """A network, trained by gradient descent."""
    from ..models import Classifier, Encoder
    from ..ops import as_key, split_key
    from ..training import label_loss
    from ._learn import train_on

    vocabulary, scale = inputs_of(labelled.inputs)
    of_weights, of_training = split_key(as_key(key), 2)
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
    """Return the vocabulary of token inputs, or the scale of numeric rows; the other is None."""
    if isinstance(inputs, Panel):
        return None, row_scale(inputs)
    return inputs.vocabulary, None


def _arrays(model: LabelModel, labelled: Labelled) -> "LabelData":
    from ..training import LabelData

    rows, offsets = model.model_inputs(labelled.inputs)
    return LabelData(rows, offsets.astype(np.int32), label_indices(labelled, model.names))
