"""Models of whole sequences: language models, encoders, decoders, classifiers, taggers,
translators."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._attention import Additive as Additive
    from ._attention import Attention as Attention
    from ._attention import AttentionBody as AttentionBody
    from ._attention import DotProduct as DotProduct
    from ._bidirectional import Bidirectional as Bidirectional
    from ._bidirectional import BidirectionalBody as BidirectionalBody
    from ._classifier import Classifier as Classifier
    from ._classifier import ClassifierModel as ClassifierModel
    from ._decoder import Decoder as Decoder
    from ._decoder import RowDecoder as RowDecoder
    from ._decoder import TokenDecoder as TokenDecoder
    from ._embedded import Embedded as Embedded
    from ._encoder import Encoded as Encoded
    from ._encoder import Encoder as Encoder
    from ._encoder import EncoderBody as EncoderBody
    from ._encoder import LastState as LastState
    from ._encoder import MaxPool as MaxPool
    from ._encoder import MeanPool as MeanPool
    from ._encoder import Pool as Pool
    from ._length_batches import LengthBatch as LengthBatch
    from ._length_batches import check_finite_steps as check_finite_steps
    from ._length_batches import length_batches as length_batches
    from ._numpy_token_model import NumpyTokenModel as NumpyTokenModel
    from ._tagger import Tagger as Tagger
    from ._tagger import TaggerModel as TaggerModel
    from ._tagger import WordBatch as WordBatch
    from ._tagger import predict_tags as predict_tags
    from ._token_model import TokenModel as TokenModel
    from ._token_model import cross_entropy as cross_entropy
    from ._token_model import dropout as dropout
    from ._translator import Source as Source
    from ._translator import TranslationState as TranslationState
    from ._translator import Translator as Translator
    from ._translator import TranslatorModel as TranslatorModel
else:
    __getattr__, __dir__ = _door(__name__)
