"""Operations on models of series: forecasts, fitted values, log likelihoods and samples."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._constant import keep_constant as keep_constant
    from ._draw_series import draw as draw
    from ._fitted_values import one_step_ahead as one_step_ahead
    from ._log_densities import Score as Score
    from ._network import predict_by_network as predict_by_network
    from ._predict import LARGEST_FAN as LARGEST_FAN
    from ._predict import predict as predict
    from ._score import log_likelihood as log_likelihood
    from ._trailing_gaps import bridge_trailing_gaps as bridge_trailing_gaps
else:
    __getattr__, __dir__ = _door(__name__)
