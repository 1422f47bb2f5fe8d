"""Verbs that judge: metrics, the naive guess beside, error by step ahead, and the rolling-origin backtest."""

from ._backtest import Fit as Fit
from ._backtest import OriginDone as OriginDone
from ._backtest import Predict as Predict
from ._backtest import Prediction as Prediction
from ._backtest import backtest as backtest
from ._metrics import bias as bias
from ._metrics import coverage as coverage
from ._metrics import mae as mae
from ._metrics import mape as mape
from ._metrics import mase as mase
from ._metrics import mse as mse
from ._metrics import pinball as pinball
from ._metrics import rmse as rmse
from ._metrics import smape as smape
from ._naive import last_season as last_season
from ._naive import seasonal_naive_mae as seasonal_naive_mae
from ._naive import usable_season as usable_season
from ._report import LAST_SEASON as LAST_SEASON
from ._report import LAST_VALUE as LAST_VALUE
from ._report import Backtest as Backtest
from ._report import Columns as Columns
from ._steps import error_by_step as error_by_step
from ._steps import error_law as error_law
