"""Commands on series of numbers."""

from ._backtest import backtest as backtest
from ._covariates import known_beforehand as known_beforehand
from ._covariates import with_covariates as with_covariates
from ._forecast import forecast as forecast
from ._impute import impute as impute
from ._inspect import inspect as inspect
from ._predict import predict as predict
from ._season import Season as Season
from ._season import season_of as season_of
from ._update import update as update
