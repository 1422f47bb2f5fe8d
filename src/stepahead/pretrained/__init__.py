"""The network to pretrain: a recurrent network that forecasts series on which it was not trained.

It reads a series in patches (`tokens`) and outputs quantiles of the next patch; `forecast` works
without JAX. `pretraining/pretrain.py` trained its weights.
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._door import door as _door

if _TYPE_CHECKING:
    from ._fit import Network as Network
    from ._fit import PretrainedFit as PretrainedFit
    from ._fit import between_levels as between_levels
    from ._fit import card as card
    from ._fit import carried as carried
    from ._fit import fit_pretrained as fit_pretrained
    from ._fit import positive as positive
    from ._fit import told_seasons as told_seasons
    from ._forecast import forecast as forecast
    from ._forecast import one_step_ahead as one_step_ahead
    from ._network import initial_weights as initial_weights
    from ._network import quantiles as quantiles
    from ._tokens import LEVELS as LEVELS
    from ._tokens import PATCH as PATCH
    from ._tokens import WIDTH as WIDTH
    from ._tokens import Scale as Scale
    from ._tokens import Tokens as Tokens
    from ._tokens import scale_of as scale_of
    from ._tokens import tokens as tokens
    from ._training import PATCHES as PATCHES
    from ._training import Batch as Batch
    from ._training import batch as batch
    from ._training import exercise as exercise
    from ._training import loss as loss
    from ._training import seasons_told as seasons_told
    from ._tuning import fine_tuned as fine_tuned
    from ._views import LONG_SEASON as LONG_SEASON
    from ._views import forecast_by_views as forecast_by_views
    from ._views import views as views
else:
    __getattr__, __dir__ = _door(__name__)
