"""Operations on models: forecasts, log likelihoods, samples, searches, and exact inference in
latent states."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._door import door as _door

if _TYPE_CHECKING:
    from .latent import Filtered as Filtered
    from .latent import Smoothed as Smoothed
    from .latent import decode as decode
    from .latent import filter as filter  # noqa: A004 - the word of the field
    from .latent import propagate as propagate
    from .latent import smooth as smooth
    from .series import LARGEST_FAN as LARGEST_FAN
    from .series import Score as Score
    from .series import bridge_trailing_gaps as bridge_trailing_gaps
    from .series import draw as draw
    from .series import keep_constant as keep_constant
    from .series import log_likelihood as log_likelihood
    from .series import one_step_ahead as one_step_ahead
    from .series import predict as predict
    from .series import predict_by_network as predict_by_network
    from .tokens import Beams as Beams
    from .tokens import BitsAhead as BitsAhead
    from .tokens import Filter as Filter
    from .tokens import FoundTokens as FoundTokens
    from .tokens import Infilling as Infilling
    from .tokens import MarkovChain as MarkovChain
    from .tokens import SampledTokens as SampledTokens
    from .tokens import ScoredTokens as ScoredTokens
    from .tokens import TokenScore as TokenScore
    from .tokens import beam_search as beam_search
    from .tokens import best_sequences as best_sequences
    from .tokens import bits_ahead as bits_ahead
    from .tokens import conditional_log_probs as conditional_log_probs
    from .tokens import draw_tokens as draw_tokens
    from .tokens import infill as infill
    from .tokens import markov_chain as markov_chain
    from .tokens import search_gaps as search_gaps
    from .tokens import source_batches as source_batches
    from .tokens import source_conditions as source_conditions
    from .tokens import token_distribution as token_distribution
    from .tokens import token_score as token_score
    from .tokens import tokens_drawn as tokens_drawn
    from .tokens import vector_conditions as vector_conditions
else:
    __getattr__, __dir__ = _door(__name__)
