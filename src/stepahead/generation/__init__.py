"""Generation: drawing sequences from a fitted model."""

from ._beam import Beams as Beams
from ._beam import beam_search as beam_search
from ._best_sequences import Found as Found
from ._best_sequences import best_sequences as best_sequences
from ._chain import Chain as Chain
from ._chain import chain_of as chain_of
from ._chain import propagate as propagate
from ._draw_tokens import Drawn as Drawn
from ._draw_tokens import Filter as Filter
from ._draw_tokens import draw_tokens as draw_tokens
from ._generator import Generator as Generator
from ._infilling import Filling as Filling
from ._infilling import fill as fill
from ._language_model import Continuation as Continuation
from ._language_model import LanguageModel as LanguageModel
from ._language_model import Next as Next
from ._language_model import after as after
from ._sample import draw as draw
from ._series_generator import RowScore as RowScore
from ._series_generator import SeriesGenerator as SeriesGenerator
from ._token_score import TokenScore as TokenScore
from ._token_score import token_score as token_score
from ._translation_model import AttentionMap as AttentionMap
from ._translation_model import TranslationModel as TranslationModel
