"""Forward passes of networks of whole sequences in NumPy, so that a saved model can be used without
importing JAX."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._any import network_in_numpy as network_in_numpy
    from ._classifier import NumpyClassifier as NumpyClassifier
    from ._decoder import NumpyTokenDecoder as NumpyTokenDecoder
    from ._series_network import SeriesNetwork as SeriesNetwork
    from ._tagger import NumpyTagger as NumpyTagger
    from ._token_model import NumpyTokenModel as NumpyTokenModel
    from ._translator import NumpyTranslator as NumpyTranslator
else:
    __getattr__, __dir__ = _door(__name__)
