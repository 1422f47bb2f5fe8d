"""Classifiers of whole sequences that need no network: counts, logistic regression on features,
nearest neighbours."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._bayes import Bayes as Bayes
    from ._bayes import BayesModel as BayesModel
    from ._convolutions import ConvolutionFeatures as ConvolutionFeatures
    from ._convolutions import Convolutions as Convolutions
    from ._features import FeatureMethod as FeatureMethod
    from ._features import Prepared as Prepared
    from ._features import SequenceFeatures as SequenceFeatures
    from ._frequencies import LabelShares as LabelShares
    from ._frequencies import MostFrequent as MostFrequent
    from ._hidden_states import HiddenStates as HiddenStates
    from ._hidden_states import HiddenStatesModel as HiddenStatesModel
    from ._intervals import IntervalFeatures as IntervalFeatures
    from ._intervals import Intervals as Intervals
    from ._linear import Linear as Linear
    from ._linear import LinearModel as LinearModel
    from ._method import LabelledRows as LabelledRows
    from ._method import LabelMethod as LabelMethod
    from ._method import SequenceClassifier as SequenceClassifier
    from ._nearest import NearestModel as NearestModel
    from ._nearest import NearestSeries as NearestSeries
    from ._summaries import Summaries as Summaries
    from ._summaries import SummaryFeatures as SummaryFeatures
    from ._token_ngrams import TokenNGramFeatures as TokenNGramFeatures
    from ._token_ngrams import TokenNGrams as TokenNGrams
else:
    __getattr__, __dir__ = _door(__name__)
