"""Generation: fitted language models, generators and translators, with sampling and search."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._door import door as _door

if _TYPE_CHECKING:
    from ..inference import Beams as Beams
    from ..inference import BitsAhead as BitsAhead
    from ..inference import Filter as Filter
    from ..inference import FoundTokens as FoundTokens
    from ..inference import Infilling as Infilling
    from ..inference import MarkovChain as MarkovChain
    from ..inference import SampledTokens as SampledTokens
    from ..inference import ScoredTokens as ScoredTokens
    from ..inference import TokenScore as TokenScore
    from ..inference import beam_search as beam_search
    from ..inference import best_sequences as best_sequences
    from ..inference import bits_ahead as bits_ahead
    from ..inference import draw as draw
    from ..inference import draw_tokens as draw_tokens
    from ..inference import infill as infill
    from ..inference import markov_chain as markov_chain
    from ..inference import search_gaps as search_gaps
    from ..inference import token_distribution as token_distribution
    from ..inference import token_score as token_score
    from ..inference import tokens_drawn as tokens_drawn
    from ._generator import Generator as Generator
    from ._language_model import Continuation as Continuation
    from ._language_model import DrawnToken as DrawnToken
    from ._language_model import LanguageModel as LanguageModel
    from ._language_model import NextToken as NextToken
    from ._language_model import prompt_state as prompt_state
    from ._series_generator import RowScore as RowScore
    from ._series_generator import SeriesGenerator as SeriesGenerator
    from ._translation_model import AttentionMap as AttentionMap
    from ._translation_model import TranslationModel as TranslationModel
else:
    __getattr__, __dir__ = _door(__name__)
