"""The task `tag`: predict a tag for every word."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .._check import Refusal
from .._extras import extras_needed
from .._types import Key, Learning
from ..data import Tagged, Vocabulary, word_vocabulary
from ..labelling import (
    FIRST_TAG,
    CRFTagModel,
    FrequentTagModel,
    HMMTagModel,
    TagModel,
    tag_indices,
)
from ..models import CRFTagger, HMMTagger, MostFrequentTag, TagShares
from ..ops import seed_of
from ._task import COUNTED, refuse_options, required_key

if TYPE_CHECKING:
    from ..training import BySequence
    from ._learn import Runner


def fit_tag(
    spec: Any,
    tagged: Tagged,
    *,
    key: Key | None,
    run: "Runner",
    training: "BySequence | None" = None,
    validation: Tagged | None = None,
) -> TagModel:
    """Fit a tagger `spec` to tagged sentences: `HMMTagger` and `MostFrequentTag` by counting,
    `CRFTagger` by its own gradient descent, others by `training`. An encoder alone gets an output
    layer (`Tagger`). `training`, `validation` and `run` are those of `fit_label`."""
    if isinstance(spec, HMMTagger | MostFrequentTag | CRFTagger):
        refuse_options(COUNTED, training=training, validation=validation)
        if isinstance(spec, CRFTagger):
            return fit_crf(spec, tagged, key=required_key(key))
        return _counted(spec, tagged)
    with extras_needed():
        from ._tag_network import fit_tag_network

    return fit_tag_network(spec, tagged, required_key(key), run, training, validation)


def fit_crf(
    spec: CRFTagger,
    tagged: Tagged,
    *,
    key: Key,
    on_epoch: Callable[[int, float], None] = lambda number, right: None,
) -> CRFTagModel:
    """Fit a conditional random field with features of words to tagged sentences; after every epoch,
    `on_epoch` receives its number and the share of correct tags in it."""
    from ..training import train_crf

    tags = _tags_of(tagged)
    found = train_crf(
        spec,
        tagged.inputs.vocabulary.words,
        tagged.inputs.ids,
        tag_indices(tagged.tags, tags),
        tagged.inputs.offsets,
        tag_count=len(tags) - FIRST_TAG,
        seed=seed_of(key),
        on_epoch=on_epoch,
    )
    words = word_vocabulary(tagged.inputs, lower=False)
    stopped = f"after {spec.epochs} epochs"
    return CRFTagModel(spec, found, words, tags, Learning(stopped=stopped))


def _tags_of(tagged: Tagged) -> Vocabulary:
    if not len(tagged.inputs.ids):
        raise Refusal("There are no words to learn from. Give at least one tagged sentence.")
    return tagged.tags.vocabulary


def _counted(spec: HMMTagger | MostFrequentTag, tagged: Tagged) -> TagModel:
    """A hidden Markov model whose states are the tags, or the most frequent tag of each word."""
    tags = _tags_of(tagged)
    words = word_vocabulary(tagged.inputs, lower=False)
    numbers = words.encode_tokens(tagged.inputs.vocabulary.words)[tagged.inputs.ids]
    true, learned = tag_indices(tagged.tags, tags), Learning(stopped="counted")
    sizes = {"vocabulary": len(words), "tag_count": len(tags) - FIRST_TAG}
    if isinstance(spec, MostFrequentTag):
        shares = TagShares.counted(numbers, true, **sizes)
        return FrequentTagModel(spec, shares, words, tags, learned)
    from ..training import count_tags

    counts = count_tags(numbers, true, tagged.inputs.offsets, **sizes)
    return HMMTagModel(spec, counts, words, tags, learned)
