"""Metrics of point forecasts, intervals and quantiles, and the naive forecasts to compare with."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._columns import Columns as Columns
    from ._counting import Score as Score
    from ._interval_metrics import coverage as coverage
    from ._interval_metrics import msis as msis
    from ._interval_metrics import width as width
    from ._interval_metrics import winkler as winkler
    from ._metrics import bias as bias
    from ._metrics import mae as mae
    from ._metrics import mape as mape
    from ._metrics import mase as mase
    from ._metrics import mse as mse
    from ._metrics import owa as owa
    from ._metrics import rmse as rmse
    from ._metrics import rmsse as rmsse
    from ._metrics import smape as smape
    from ._naive import last_season as last_season
    from ._naive import naive2 as naive2
    from ._naive import seasonal_naive_mae as seasonal_naive_mae
    from ._naive import seasonal_naive_mse as seasonal_naive_mse
    from ._naive import usable_season as usable_season
    from ._quantile_metrics import crps_from_quantiles as crps_from_quantiles
    from ._quantile_metrics import crps_from_samples as crps_from_samples
    from ._quantile_metrics import pinball as pinball
    from ._quantile_metrics import wql as wql
    from ._steps import error_by_step as error_by_step
    from ._steps import error_law as error_law
    from ._translations import TOKENIZERS as TOKENIZERS
    from ._translations import bleu as bleu
    from ._translations import bleu_counts as bleu_counts
    from ._translations import chrf as chrf
    from ._translations import chrf_counts as chrf_counts
    from ._translations import judged_translations as judged_translations
else:
    __getattr__, __dir__ = _door(__name__)
