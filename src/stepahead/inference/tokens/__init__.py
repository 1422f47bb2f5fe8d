"""Operations on models of tokens: search, sampling, scores, infilling, and the Markov chain of an
n-gram model."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._ahead import BitsAhead as BitsAhead
    from ._ahead import bits_ahead as bits_ahead
    from ._beam import Beams as Beams
    from ._beam import beam_search as beam_search
    from ._best_sequences import ScoredTokens as ScoredTokens
    from ._best_sequences import best_sequences as best_sequences
    from ._conditional_batches import conditional_log_probs as conditional_log_probs
    from ._conditional_batches import source_batches as source_batches
    from ._conditional_batches import source_conditions as source_conditions
    from ._conditional_batches import vector_conditions as vector_conditions
    from ._draw_tokens import Filter as Filter
    from ._draw_tokens import SampledTokens as SampledTokens
    from ._draw_tokens import draw_tokens as draw_tokens
    from ._draw_tokens import tokens_drawn as tokens_drawn
    from ._gap_search import FoundTokens as FoundTokens
    from ._gap_search import search_gaps as search_gaps
    from ._infilling import Infilling as Infilling
    from ._infilling import infill as infill
    from ._markov_chain import MarkovChain as MarkovChain
    from ._markov_chain import markov_chain as markov_chain
    from ._markov_chain import token_distribution as token_distribution
    from ._token_score import TokenScore as TokenScore
    from ._token_score import token_score as token_score
else:
    __getattr__, __dir__ = _door(__name__)
