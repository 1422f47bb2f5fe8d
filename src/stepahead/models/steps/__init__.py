"""Models of series: baselines, lag windows, models of changes, and `Model`, a body with a head."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._anchored import Anchored as Anchored
    from ._anchored import AnchoredBody as AnchoredBody
    from ._baselines import Drift as Drift
    from ._baselines import LocationBody as LocationBody
    from ._baselines import Mean as Mean
    from ._baselines import Naive as Naive
    from ._baselines import SeasonalNaive as SeasonalNaive
    from ._conditioning import Feed as Feed
    from ._conditioning import FirstInput as FirstInput
    from ._conditioning import FirstState as FirstState
    from ._direct import Direct as Direct
    from ._encoder_decoder import EncoderDecoder as EncoderDecoder
    from ._encoder_decoder import EncoderDecoderBody as EncoderDecoderBody
    from ._model import Model as Model
    from ._model import ModelState as ModelState
    from ._model import Specification as Specification
    from ._model import UnrollResult as UnrollResult
    from ._model import build as build
    from ._model import unroll as unroll
    from ._projections import InputProjection as InputProjection
    from ._projections import StateProjection as StateProjection
    from ._rollout import RolloutResult as RolloutResult
    from ._rollout import blocks_of as blocks_of
    from ._rollout import rollout as rollout
    from ._windowed import MLPAR as MLPAR
    from ._windowed import LinearAR as LinearAR
    from ._windowed import LinearBody as LinearBody
    from ._windowed import lag_order as lag_order
else:
    __getattr__, __dir__ = _door(__name__)
