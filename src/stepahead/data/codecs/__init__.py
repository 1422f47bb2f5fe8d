"""Codecs: scalers for numbers and vocabularies for tokens, which convert a user's data to a model's
arrays and back. They are fitted to data before the origin only."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._asinh import Asinh as Asinh
    from ._asinh import FittedAsinh as FittedAsinh
    from ._asinh import asinh as asinh
    from ._covariate_scale import CovariateScale as CovariateScale
    from ._covariate_scale import covariate_scale as covariate_scale
    from ._covariate_scale import refuse_missing as refuse_missing
    from ._covariate_scale import scaled_covariates as scaled_covariates
    from ._row_scale import RowScale as RowScale
    from ._row_scale import row_scale as row_scale
    from ._scalers import Affine as Affine
    from ._scalers import FittedScaler as FittedScaler
    from ._scalers import Identity as Identity
    from ._scalers import MeanScale as MeanScale
    from ._scalers import Robust as Robust
    from ._scalers import Scaler as Scaler
    from ._scalers import Standard as Standard
    from ._scalers import identity as identity
    from ._scalers import mean_scale as mean_scale
    from ._scalers import robust as robust
    from ._scalers import standard as standard
    from ._seasonal import AdditiveSeason as AdditiveSeason
    from ._seasonal import MultiplicativeSeason as MultiplicativeSeason
    from ._seasonal import SeasonalAdditive as SeasonalAdditive
    from ._seasonal import SeasonalMultiplicative as SeasonalMultiplicative
    from ._seasonal import seasonal_additive as seasonal_additive
    from ._seasonal import seasonal_multiplicative as seasonal_multiplicative
    from ._single import refuse_too_fine as refuse_too_fine
    from ._step_scale import StepScale as StepScale
    from ._step_scale import step_scale as step_scale
    from ._tokenizers import Characters as Characters
    from ._tokenizers import Subwords as Subwords
    from ._tokenizers import Tokenizer as Tokenizer
    from ._tokenizers import Words as Words
    from ._tokenizers import WordsAndPunctuation as WordsAndPunctuation
    from ._transforms import Difference as Difference
    from ._transforms import FittedPipeline as FittedPipeline
    from ._transforms import Log as Log
    from ._transforms import Pipeline as Pipeline
    from ._transforms import difference as difference
    from ._transforms import log as log
    from ._transforms import pipeline as pipeline
    from ._vocabulary import SPECIAL as SPECIAL
    from ._vocabulary import Vocabulary as Vocabulary
else:
    __getattr__, __dir__ = _door(__name__)
