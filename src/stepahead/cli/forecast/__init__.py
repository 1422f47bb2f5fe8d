"""Commands on series of numbers."""

from ._backtest import backtest as backtest
from ._forecast import forecast as forecast
from ._impute import impute as impute
from ._inspect import inspect as inspect
from ._predict import predict as predict
from ._update import update as update
