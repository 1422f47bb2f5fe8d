"""Several seasons: as Fourier terms or by local regression, with a local method for the
remainder."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._harmonic import SeasonsFit as SeasonsFit
    from ._harmonic import fit_seasons as fit_seasons
    from ._mstl import MSTLFit as MSTLFit
    from ._mstl import fit_mstl as fit_mstl
    from ._stl import Decomposition as Decomposition
    from ._stl import mstl as mstl
else:
    __getattr__, __dir__ = _door(__name__)
