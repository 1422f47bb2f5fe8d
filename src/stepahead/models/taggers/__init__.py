"""Taggers of words that need no network: counts, and a conditional random field with features."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._crf_tagger import CRFTagger as CRFTagger
    from ._crf_tagger import FeatureWeights as FeatureWeights
    from ._crf_tagger import feature_places as feature_places
    from ._frequent_tag import MostFrequentTag as MostFrequentTag
    from ._frequent_tag import TagShares as TagShares
    from ._hmm_tagger import HMMTagger as HMMTagger
    from ._hmm_tagger import TagCounts as TagCounts
    from ._word_ends import WordEnds as WordEnds
    from ._word_features import FEATURES as FEATURES
    from ._word_features import feature_codes as feature_codes
else:
    __getattr__, __dir__ = _door(__name__)
