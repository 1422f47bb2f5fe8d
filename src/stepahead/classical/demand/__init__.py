"""Intermittent demand: series that are mostly 0."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._counts import COUNT_KINDS as COUNT_KINDS
    from ._counts import CountsFit as CountsFit
    from ._counts import fit_counts as fit_counts
    from ._imapa import ImapaFit as ImapaFit
    from ._imapa import fit_imapa as fit_imapa
    from ._intermittent import INTERMITTENT_KINDS as INTERMITTENT_KINDS
    from ._intermittent import IntermittentFit as IntermittentFit
    from ._intermittent import fit_intermittent as fit_intermittent
    from ._intermittent import intermittent as intermittent
else:
    __getattr__, __dir__ = _door(__name__)
