"""The commands that forecast: from data, from a saved model, and with new observations; and the
steps of the first, for the app."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._bounds import Bounds as Bounds
    from ._columns import fitted_columns as fitted_columns
    from ._columns import forecast_columns as forecast_columns
    from ._fitting import FittedModel as FittedModel
    from ._fitting import remove_checkpoint as remove_checkpoint
    from ._forecast import forecast as forecast
    from ._page import stationarity_tests as stationarity_tests
    from ._page import write_page as write_page
    from ._predict import predict as predict
    from ._update import update as update
else:
    __getattr__, __dir__ = _door(__name__)
