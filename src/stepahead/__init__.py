"""Sequence models through one interface: what comes next, and how far ahead can you trust it?

Every public name is loaded on its first use, so that `import stepahead` costs nothing that is not
used.

>>> import stepahead as sa
>>> sa.Refusal.__mro__[1]
<class 'ValueError'>
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

__version__ = "0.1.0"

_HOMES: dict[str, str] = {
    "Auto": ".workflow",
    "Backtest": ".evaluation",
    "Channels": "._types",
    "ConditionalSequences": ".data",
    "Fitted": "._fitted",
    "Forecaster": ".forecasting",
    "Frequency": ".data",
    "Generator": ".generation",
    "LabelModel": ".labelling",
    "Labelled": ".data",
    "LanguageModel": ".generation",
    "Observation": "._types",
    "Pairs": ".data",
    "Panel": ".data",
    "Prediction": "._types",
    "Refusal": "._check",
    "SeriesGenerator": ".generation",
    "Step": "._types",
    "TagModel": ".labelling",
    "Tagged": ".data",
    "Tokens": ".data",
    "TranslationModel": ".generation",
    "auto": ".workflow",
    "backtest": ".workflow",
    "fine_tune": ".workflow",
    "conformal": ".workflow",
    "fit": ".workflow",
    "leak_check": ".workflow",
    "impute": ".workflow",
    "load": ".store",
    "mix": ".tasks",
    "read": ".readers",
    "read_conllu": ".readers",
    "read_labelled": ".readers",
    "read_pairs": ".readers",
    "read_sql": ".readers",
    "read_text": ".readers",
    "read_ts": ".readers",
    "sample": ".workflow",
    "save": ".store",
    "score": ".workflow",
    "states": ".workflow",
}
"""The module that each name of the top level is loaded from."""

_PACKAGES: tuple[str, ...] = (
    "data",
    "evaluation",
    "forecasting",
    "generation",
    "imputation",
    "inference",
    "labelling",
    "models",
    "plots",
    "tasks",
    "training",
    "workflow",
)
"""Packages that are reached as `stepahead.<name>`."""

__all__ = [*_HOMES, *_PACKAGES]  # noqa: PLE0604 - names, all of them


def __getattr__(name: str) -> _Any:
    if name in _PACKAGES:
        return _import_module(f".{name}", __name__)
    if name not in _HOMES:
        return _import_module("._elsewhere", __name__).elsewhere(__name__)(name)
    value = getattr(_import_module(_HOMES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


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
