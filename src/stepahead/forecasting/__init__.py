"""Forecasting: strategies, local methods, conformal intervals, and fitted forecasters."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._door import door as _door

if _TYPE_CHECKING:
    from .._types import Learning as Learning
    from .._types import Prediction as Prediction
    from ..inference import Score as Score
    from ..inference import log_likelihood as log_likelihood
    from ..inference import predict as predict
    from ._combination import LEVELS as LEVELS
    from ._combination import Combination as Combination
    from ._combination import toward_median as toward_median
    from ._combination import width_factors as width_factors
    from ._conformal import Calibration as Calibration
    from ._conformal import Conformal as Conformal
    from ._conformal import ConformalForecaster as ConformalForecaster
    from ._ensemble import Ensemble as Ensemble
    from ._forecaster import Forecaster as Forecaster
    from ._lower_bound import ValueRange as ValueRange
    from ._lower_bound import never_negative as never_negative
    from ._lower_bound import with_lower_bound as with_lower_bound
    from ._lower_bound import within_range as within_range
    from ._method import Method as Method
    from ._method import method_of as method_of
    from ._pool import KNOTS as KNOTS
    from ._pool import pooled_quantiles as pooled_quantiles
    from ._pool import weights_at_steps as weights_at_steps
    from ._pool import with_knots as with_knots
    from ._predictor import ForecastRequest as ForecastRequest
    from ._predictor import Predictor as Predictor
    from ._regressor import Regressor as Regressor
    from ._regressor import RegressorForecaster as RegressorForecaster
    from ._strategies import Strategy as Strategy
    from ._strategies import anchored as anchored
    from ._strategies import direct as direct
    from ._strategies import mimo as mimo
    from ._strategies import recursive as recursive
    from ._table import PERCENT as PERCENT
    from ._table import bounded_columns as bounded_columns
    from ._table import forecast_columns as forecast_columns
    from ._table import forecast_table as forecast_table
    from ._work import WorkItem as WorkItem
    from .local import CES as CES
    from .local import ETS as ETS
    from .local import FEWEST as FEWEST
    from .local import MSTL as MSTL
    from .local import TBATS as TBATS
    from .local import AutoARIMA as AutoARIMA
    from .local import Autoregression as Autoregression
    from .local import Baseline as Baseline
    from .local import ChannelFit as ChannelFit
    from .local import Harmonic as Harmonic
    from .local import Intermittent as Intermittent
    from .local import KernelRidge as KernelRidge
    from .local import Leveled as Leveled
    from .local import LocalForecaster as LocalForecaster
    from .local import LocalMethod as LocalMethod
    from .local import PerSeries as PerSeries
    from .local import Pretrained as Pretrained
    from .local import RandomWalk as RandomWalk
    from .local import Recent as Recent
    from .local import Theta as Theta
    from .local import WindowAverage as WindowAverage
    from .statespace import Components as Components
    from .statespace import JointForecaster as JointForecaster
    from .statespace import StateSpaceForecaster as StateSpaceForecaster
    from .statespace import StateSpaceMethod as StateSpaceMethod
    from .statespace import components_of as components_of
    from .statespace import draw_components as draw_components
else:
    __getattr__, __dir__ = _door(__name__)
