"""Networks of whole sequences in JAX: their arrays and forward passes. Their specifications are in
`sequences`."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._attention_body import AttentionBody as AttentionBody
    from ._classifier_model import ClassifierModel as ClassifierModel
    from ._decoders import RowDecoder as RowDecoder
    from ._decoders import TokenDecoder as TokenDecoder
    from ._encoder_body import EncoderBody as EncoderBody
    from ._tagger_model import TaggerModel as TaggerModel
    from ._tagger_model import WordBatch as WordBatch
    from ._token_model import TokenModel as TokenModel
    from ._token_model import cross_entropy as cross_entropy
    from ._token_model import dropout as dropout
    from ._translator_model import TranslationState as TranslationState
    from ._translator_model import TranslatorModel as TranslatorModel
else:
    __getattr__, __dir__ = _door(__name__)
