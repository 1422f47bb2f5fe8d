"""A network that predicts a tag for every word."""

from typing import Any

import numpy as np

from .._check import Refusal
from .._types import Key
from ..data import Tagged, character_vocabulary, word_vocabulary
from ..labelling import TagNetwork, tag_indices
from ..models import Encoder, Tagger
from ..ops import as_key, split_key
from ..training import BySequence, TagData, tag_loss
from ._learn import Runner, train_on


def fit_tag_network(
    spec: Any,
    tagged: Tagged,
    key: Key,
    run: Runner,
    training: BySequence | None,
    validation: Tagged | None,
) -> TagNetwork:
    """Train a `Tagger` by gradient descent; an encoder alone gets an output layer."""
    if not isinstance(spec, Tagger | Encoder):
        raise Refusal(
            f"Tags are said by a Tagger, not by {spec!r}. Give `Tagger(Encoder(LSTM(100), "
            "bidirectional=True))`, `CRFTagger()` or `HMMTagger()`."
        )
    spec = spec if isinstance(spec, Tagger) else Tagger(spec)
    of_weights, of_training = split_key(as_key(key), 2)
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
