"""TBATS: Fourier terms, a trend, a Box–Cox power and ARMA errors, in one recursion."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._fit import TBATSFit as TBATSFit
    from ._fit import fit_tbats as fit_tbats
else:
    __getattr__, __dir__ = _door(__name__)
