"""Generation: language models, generators and translators after fitting, and sampling and search in
them."""

from ._beam import Beams as Beams
from ._beam import beam_search as beam_search
from ._best_sequences import ScoredTokens as ScoredTokens
from ._best_sequences import best_sequences as best_sequences
from ._draw_series import draw as draw
from ._draw_tokens import Filter as Filter
from ._draw_tokens import SampledTokens as SampledTokens
from ._draw_tokens import draw_tokens as draw_tokens
from ._generator import Generator as Generator
from ._infilling import Infilling as Infilling
from ._infilling import infill as infill
from ._language_model import Continuation as Continuation
from ._language_model import LanguageModel as LanguageModel
from ._language_model import NextToken as NextToken
from ._language_model import prompt_state as prompt_state
from ._markov_chain import MarkovChain as MarkovChain
from ._markov_chain import markov_chain as markov_chain
from ._markov_chain import token_distribution as token_distribution
from ._series_generator import RowScore as RowScore
from ._series_generator import SeriesGenerator as SeriesGenerator
from ._token_score import TokenScore as TokenScore
from ._token_score import token_score as token_score
from ._translation_model import AttentionMap as AttentionMap
from ._translation_model import TranslationModel as TranslationModel
