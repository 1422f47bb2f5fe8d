"""Complex exponential smoothing, fitted to many series at once."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._fit import CESFit as CESFit
    from ._fit import fit_ces as fit_ces
    from ._steps import CES_FORMS as CES_FORMS
else:
    __getattr__, __dir__ = _door(__name__)
