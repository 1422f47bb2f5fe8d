"""The task `tag`: learn a tag for every word."""

from typing import Any

import numpy as np

from .._check import Refusal
from .._types import Key, Learning
from ..data import Tagged, character_vocabulary, word_vocabulary
from ..labelling import FIRST_TAG, HMMTagModel, TagModel, TagNetwork, tag_indices
from ..models import Encoder, HMMTagger, Tagger
from ..ops import as_key, split_key
from ..training import BySequence, TagData, count_tags, tag_loss
from ._learn import Runner, train_on
from ._task import COUNTED, refuse_options, required_key


def fit_tag(
    spec: Any,
    tagged: Tagged,
    *,
    key: Key | None,
    run: Runner,
    training: BySequence | None = None,
    validation: Tagged | None = None,
) -> TagModel:
    """Fit a tagger: `HMMTagger` by counting, others by gradient. An encoder alone gets an output
    layer (`Tagger`). Options are those of `fit_label`."""
    if isinstance(spec, HMMTagger):
        refuse_options(COUNTED, training=training, validation=validation)
        return _counted(spec, tagged)
    if not isinstance(spec, Tagger | Encoder):
        raise Refusal(
            f"Tags are said by a Tagger, not by {spec!r}. Give `Tagger(Encoder(LSTM(100), "
            "bidirectional=True))`, or `HMMTagger()`."
        )
    spec = spec if isinstance(spec, Tagger) else Tagger(spec)
    of_weights, of_training = split_key(as_key(required_key(key)), 2)
    words, characters = (
        word_vocabulary(tagged.inputs, spec.lower),
        character_vocabulary(tagged.inputs),
    )
    untrained = TagNetwork.untrained(
        of_weights, spec=spec, words=words, characters=characters, tags=tagged.tags.vocabulary
    )
    data, judged = (
        None if part is None else _arrays(untrained, part) for part in (tagged, validation)
    )
    assert data is not None
    return train_on(
        untrained, data, tag_loss, key=of_training, run=run, training=training, validation=judged
    )


def _arrays(model: TagNetwork, tagged: Tagged) -> TagData:
    return TagData(
        model.spelled(tagged.inputs),
        tagged.inputs.offsets.astype(np.int32),
        tag_indices(tagged.tags, model.tags),
    )


def _counted(spec: HMMTagger, tagged: Tagged) -> HMMTagModel:
    """A hidden Markov model whose states are the tags."""
    if not len(tagged.inputs.ids):
        raise Refusal("There are no words to count. Give at least one tagged sentence.")
    words = word_vocabulary(tagged.inputs, lower=False)
    tags = tagged.tags.vocabulary
    numbers = words.encode_tokens(tagged.inputs.vocabulary.words)[tagged.inputs.ids]
    counted = count_tags(
        numbers,
        tag_indices(tagged.tags, tags),
        tagged.inputs.offsets,
        vocabulary=len(words),
        tag_count=len(tags) - FIRST_TAG,
    )
    return HMMTagModel(spec, counted, words, tags, Learning(stopped="counted"))
