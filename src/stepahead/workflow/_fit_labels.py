"""`fit_labels` and `fit_tags`: from a specification and examples to what says labels and tags."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .._check import Refusal
from .._types import Key, Learning
from ..data import Labelled, Panel, Tagged, Vocabulary, character_vocabulary, row_scale, word_vocabulary
from ..labelling import NAMED, LabelModel, TagModel, labels_under, tags_under
from ..models import Bayes, Classifier, Encoder, Recurrent, Tagger
from ..ops import as_key, split
from ..training import BySequence, LabelData, TagData, Trained, count_labels, train_classifier, train_tagger
from ._defaults import sequence_recipe
from ._resumable import resumable


def fit_labels(
    spec: Classifier | Encoder | Recurrent | Bayes,
    labelled: Labelled,
    *,
    key: Key = 0,
    training: BySequence | None = None,
    validation: Labelled | None = None,
    on_event: Callable[[Any], None] | None = None,
    on_note: Callable[[str], None] | None = None,
    checkpoint: Path | None = None,
) -> LabelModel:
    """Fit a model of labels: `Bayes` by counting, every other by gradient.

    An encoder or a recurrent specification by itself is put below an output layer (`Classifier`). Rows of numbers are standardised on
    what is given here (`data.RowScale`). `validation` examples are judged after every epoch by their log loss, and stop training with
    `training.patience` (3 epochs unless said). With `checkpoint`, a run that was stopped goes on.
    """
    if isinstance(spec, Bayes):
        given = [name for name, value in (("training", training), ("validation", validation)) if value is not None]
        if given:
            raise Refusal(f"`{given[0]}` belongs to models trained by gradient, but counts are made in one pass. Leave it out.")
        counted = count_labels(spec, labelled, on_note=on_note)
        return LabelModel(spec, counted, labelled.names, _vocabulary(labelled), None, Learning(stopped="counted"))
    if not isinstance(spec, Classifier | Encoder | Recurrent):
        raise Refusal(f"Labels are said by a Classifier, an Encoder, RNN, LSTM, GRU or Bayes, not by {spec!r}. Give one of these.")
    spec = spec if isinstance(spec, Classifier) else Classifier(spec)
    inputs, vocabulary = labelled.inputs, _vocabulary(labelled)
    scale = row_scale(inputs) if isinstance(inputs, Panel) else None
    of_weights, of_training = split(as_key(key), 2)
    size, columns = None if vocabulary is None else len(vocabulary), 0 if scale is None else scale.columns
    model = spec.build(len(labelled.names), of_weights, tokens=size, columns=columns)
    untrained = LabelModel(spec, model, labelled.names, vocabulary, scale)
    data, judged = (None if part is None else _label_data(untrained, part) for part in (labelled, validation))
    assert data is not None
    recipe = sequence_recipe(len(labelled), validation is not None) if training is None else training
    run = partial(train_classifier, model, data, recipe, key=of_training, validation=judged)
    trained = resumable(run, checkpoint, on_event)
    return LabelModel(spec, trained.model, labelled.names, vocabulary, scale, _learning(trained))


def fit_tags(
    spec: Tagger | Encoder,
    tagged: Tagged,
    *,
    key: Key = 0,
    training: BySequence | None = None,
    validation: Tagged | None = None,
    on_event: Callable[[Any], None] | None = None,
    checkpoint: Path | None = None,
) -> TagModel:
    """Fit a model of tags by gradient; an encoder by itself is put below an output layer (`Tagger`). The rest as `fit_labels`."""
    if not isinstance(spec, Tagger | Encoder):
        raise Refusal(f"Tags are said by a Tagger, not by {spec!r}. Give `Tagger(Encoder(LSTM(100), bidirectional=True))`.")
    spec = spec if isinstance(spec, Tagger) else Tagger(spec)
    of_weights, of_training = split(as_key(key), 2)
    words, characters = word_vocabulary(tagged.inputs, spec.lower), character_vocabulary(tagged.inputs)
    model = spec.build(len(words), len(characters), len(tagged.tags.vocabulary) - NAMED, of_weights)
    untrained = TagModel(spec, model, words, characters, tagged.tags.vocabulary)
    data, judged = (None if part is None else _tag_data(untrained, part) for part in (tagged, validation))
    assert data is not None
    recipe = sequence_recipe(len(tagged), validation is not None) if training is None else training
    run = partial(train_tagger, model, data, recipe, key=of_training, validation=judged)
    trained = resumable(run, checkpoint, on_event)
    return TagModel(spec, trained.model, words, characters, tagged.tags.vocabulary, _learning(trained))


def _vocabulary(labelled: Labelled) -> Vocabulary | None:
    return None if isinstance(labelled.inputs, Panel) else labelled.inputs.vocabulary


def _label_data(model: LabelModel, labelled: Labelled) -> LabelData:
    rows, offsets = model.rows(labelled.inputs)
    return LabelData(rows, offsets.astype(np.int32), labels_under(labelled, model.names))


def _tag_data(model: TagModel, tagged: Tagged) -> TagData:
    return TagData(model.spelled(tagged.inputs), tagged.inputs.offsets.astype(np.int32), tags_under(tagged.tags, model.tags))


def _learning(trained: Trained) -> Learning:
    return Learning(trained.losses, trained.validation, trained.stopped)
