"""The Kalman filter and smoother with exact diffuse initialisation, for many series of unequal
length at once.

All functions take a `Structure` (what the series share), `Parameters` (the numbers of each series)
and `SeriesData` (values and covariates).
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._system import Parameters as Parameters
    from ._system import SeriesData as SeriesData
    from ._system import Structure as Structure
    from ._system import whole_matrices as whole_matrices
    from ._verbs import Ahead as Ahead
    from ._verbs import Filtered as Filtered
    from ._verbs import Slopes as Slopes
    from ._verbs import Smoothed as Smoothed
    from ._verbs import kalman_end as kalman_end
    from ._verbs import kalman_filter as kalman_filter
    from ._verbs import kalman_score as kalman_score
    from ._verbs import kalman_smooth as kalman_smooth
    from ._verbs import slowly_identified as slowly_identified
    from ._verbs import states_ahead as states_ahead
else:
    __getattr__, __dir__ = _door(__name__)
