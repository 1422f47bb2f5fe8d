"""Seasonal ARIMA: fitted to many series at once by exact likelihood, with stepwise selection of the
form."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._fit import ARIMAFit as ARIMAFit
    from ._fit import fit_arima as fit_arima
    from ._orders import Orders as Orders
    from ._orders import Wanted as Wanted
else:
    __getattr__, __dir__ = _door(__name__)
