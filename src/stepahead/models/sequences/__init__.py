"""Specifications of models of whole sequences: language models, encoders, decoders, classifiers,
taggers, translators."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._attention import Additive as Additive
    from ._attention import Attention as Attention
    from ._attention import DotProduct as DotProduct
    from ._bidirectional import Bidirectional as Bidirectional
    from ._bidirectional import BidirectionalBody as BidirectionalBody
    from ._classifier import Classifier as Classifier
    from ._decoder import Decoder as Decoder
    from ._embedded import Embedded as Embedded
    from ._encoder import Encoded as Encoded
    from ._encoder import Encoder as Encoder
    from ._encoder import LastState as LastState
    from ._encoder import MaxPool as MaxPool
    from ._encoder import MeanPool as MeanPool
    from ._encoder import Pool as Pool
    from ._length_batches import LengthBatch as LengthBatch
    from ._length_batches import check_filled as check_filled
    from ._length_batches import check_finite_batch as check_finite_batch
    from ._length_batches import check_finite_rows as check_finite_rows
    from ._length_batches import check_finite_steps as check_finite_steps
    from ._length_batches import length_batches as length_batches
    from ._tagger import Tagger as Tagger
    from ._translator import Source as Source
    from ._translator import Translator as Translator
    from ._translator import without_attention as without_attention
else:
    __getattr__, __dir__ = _door(__name__)
