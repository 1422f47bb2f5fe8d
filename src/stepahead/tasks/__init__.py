"""Tasks: the training of a model for each kind of data. A task turns data into arrays, selects the
loss, and builds the fitted object."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._door import door as _door

if _TYPE_CHECKING:
    from ._defaults import BASELINES as BASELINES
    from ._defaults import gradient_recipe as gradient_recipe
    from ._defaults import tuning_recipe as tuning_recipe
    from ._forecast import fit_forecast as fit_forecast
    from ._forecast_built import by_gradient as by_gradient
    from ._forecast_built import channels_of as channels_of
    from ._generate import fit_generator as fit_generator
    from ._impute import ImputationMethod as ImputationMethod
    from ._impute import fit_imputer as fit_imputer
    from ._impute import imputer_recipe as imputer_recipe
    from ._label import fit_label as fit_label
    from ._label import fit_label_path as fit_label_path
    from ._lag_window import context_length as context_length
    from ._lag_window import lag_window as lag_window
    from ._learn import Runner as Runner
    from ._learn import sequence_recipe as sequence_recipe
    from ._next_token import fit_next_token as fit_next_token
    from ._next_token import mix as mix
    from ._next_token_built import default_recipe as default_recipe
    from ._tag import fit_crf as fit_crf
    from ._tag import fit_tag as fit_tag
    from ._task import Task as Task
    from ._task import required_key as required_key
    from ._translate import fit_translation as fit_translation
else:
    __getattr__, __dir__ = _door(__name__)
