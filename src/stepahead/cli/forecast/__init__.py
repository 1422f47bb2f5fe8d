"""The commands that forecast: from data, from a saved model, and with new observations. The steps
of the first, for the app; they are loaded when used."""

from typing import TYPE_CHECKING

from ..._door import door
from ._fitting import FittedModel as FittedModel
from ._fitting import remove_checkpoint as remove_checkpoint
from ._fitting import resumable as resumable
from ._forecast import forecast as forecast
from ._predict import predict as predict
from ._update import update as update

if TYPE_CHECKING:
    from ._bounds import Bounds as Bounds
    from ._columns import fitted_columns as fitted_columns
    from ._columns import forecast_columns as forecast_columns
    from ._page import write_page as write_page
else:
    __getattr__, __dir__ = door(__name__)
