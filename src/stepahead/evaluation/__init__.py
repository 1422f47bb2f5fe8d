"""Evaluation: metrics, naive forecasts to compare with, error by step ahead, and the rolling-origin
backtest."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._door import door as _door

if _TYPE_CHECKING:
    from .._types import Prediction as Prediction
    from ._backtest import Fit as Fit
    from ._backtest import OriginDone as OriginDone
    from ._backtest import Place as Place
    from ._backtest import Predict as Predict
    from ._backtest import backtest as backtest
    from ._calibrated import calibrated as calibrated
    from ._equal_loss import EqualLoss as EqualLoss
    from ._equal_loss import Moments as Moments
    from ._equal_loss import diebold_mariano as diebold_mariano
    from ._equal_loss import holm as holm
    from ._leak import leak_check as leak_check
    from ._predictability import Predictability as Predictability
    from ._predictability import predictability as predictability
    from ._report import LAST_SEASON as LAST_SEASON
    from ._report import LAST_VALUE as LAST_VALUE
    from ._report import Backtest as Backtest
    from ._tables import intervals as intervals
    from ._tables import left_out as left_out
    from ._tables import scores as scores
    from ._totals import Totals as Totals
    from ._totals import scores_by_series as scores_by_series
    from ._trust import Trust as Trust
    from ._trust import trust_horizon as trust_horizon
    from ._trust_sums import TrustSums as TrustSums
    from .diagnostics import Direction as Direction
    from .diagnostics import Explained as Explained
    from .diagnostics import FitOrder as FitOrder
    from .diagnostics import Independence as Independence
    from .diagnostics import LevelShift as LevelShift
    from .diagnostics import OrderFit as OrderFit
    from .diagnostics import Orders as Orders
    from .diagnostics import Regress as Regress
    from .diagnostics import Stationarity as Stationarity
    from .diagnostics import Transitions as Transitions
    from .diagnostics import backwards as backwards
    from .diagnostics import bits_ahead as bits_ahead
    from .diagnostics import direction_of_time as direction_of_time
    from .diagnostics import hsic_test as hsic_test
    from .diagnostics import kernel_regression as kernel_regression
    from .diagnostics import level_shift as level_shift
    from .diagnostics import markov_orders as markov_orders
    from .diagnostics import stationarity as stationarity
    from .diagnostics import transitions as transitions
    from .metrics import TOKENIZERS as TOKENIZERS
    from .metrics import Columns as Columns
    from .metrics import bias as bias
    from .metrics import bleu as bleu
    from .metrics import bleu_counts as bleu_counts
    from .metrics import chrf as chrf
    from .metrics import chrf_counts as chrf_counts
    from .metrics import coverage as coverage
    from .metrics import crps_from_quantiles as crps_from_quantiles
    from .metrics import crps_from_samples as crps_from_samples
    from .metrics import error_by_step as error_by_step
    from .metrics import error_law as error_law
    from .metrics import judged_translations as judged_translations
    from .metrics import last_season as last_season
    from .metrics import mae as mae
    from .metrics import mape as mape
    from .metrics import mase as mase
    from .metrics import mse as mse
    from .metrics import msis as msis
    from .metrics import naive2 as naive2
    from .metrics import owa as owa
    from .metrics import pinball as pinball
    from .metrics import rmse as rmse
    from .metrics import rmsse as rmsse
    from .metrics import seasonal_naive_mae as seasonal_naive_mae
    from .metrics import seasonal_naive_mse as seasonal_naive_mse
    from .metrics import smape as smape
    from .metrics import usable_season as usable_season
    from .metrics import width as width
    from .metrics import winkler as winkler
    from .metrics import wql as wql
else:
    __getattr__, __dir__ = _door(__name__)
