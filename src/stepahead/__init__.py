"""Forecasts of time series and models of token sequences, with one interface.

Every public name is imported on its first use, so `import stepahead` itself is quick.

>>> import stepahead as sa
>>> sa.Refusal.__mro__[1]
<class 'ValueError'>
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ._door import door as _door

__version__ = "0.1.0"

if _TYPE_CHECKING:
    from . import data as data
    from . import evaluation as evaluation
    from . import forecasting as forecasting
    from . import generation as generation
    from . import imputation as imputation
    from . import inference as inference
    from . import labelling as labelling
    from . import models as models
    from . import plots as plots
    from . import tasks as tasks
    from . import training as training
    from . import workflow as workflow
    from ._check import Refusal as Refusal
    from ._fitted import Fitted as Fitted
    from ._types import Channels as Channels
    from ._types import Observation as Observation
    from ._types import Prediction as Prediction
    from ._types import Step as Step
    from .data import ConditionalSequences as ConditionalSequences
    from .data import Frequency as Frequency
    from .data import Labelled as Labelled
    from .data import Pairs as Pairs
    from .data import Panel as Panel
    from .data import Tagged as Tagged
    from .data import Tokens as Tokens
    from .evaluation import Backtest as Backtest
    from .forecasting import Forecaster as Forecaster
    from .generation import Generator as Generator
    from .generation import LanguageModel as LanguageModel
    from .generation import SeriesGenerator as SeriesGenerator
    from .generation import TranslationModel as TranslationModel
    from .labelling import LabelModel as LabelModel
    from .labelling import TagModel as TagModel
    from .readers import read as read
    from .readers import read_conllu as read_conllu
    from .readers import read_labelled as read_labelled
    from .readers import read_pairs as read_pairs
    from .readers import read_sql as read_sql
    from .readers import read_text as read_text
    from .readers import read_ts as read_ts
    from .store import load as load
    from .store import save as save
    from .tasks import mix as mix
    from .workflow import Auto as Auto
    from .workflow import auto as auto
    from .workflow import backtest as backtest
    from .workflow import conformal as conformal
    from .workflow import fine_tune as fine_tune
    from .workflow import fit as fit
    from .workflow import impute as impute
    from .workflow import leak_check as leak_check
    from .workflow import sample as sample
    from .workflow import score as score
    from .workflow import states as states
else:
    __getattr__, __dir__ = _door(__name__)
