"""Naive forecasts, random walks and means, with intervals."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._baselines import BASELINE_KINDS as BASELINE_KINDS
    from ._baselines import BaselineFit as BaselineFit
    from ._baselines import fit_baseline as fit_baseline
    from ._walk import WalkFit as WalkFit
    from ._walk import fit_walk as fit_walk
    from ._walk import relative_changes as relative_changes
    from ._walk import usual_change as usual_change
    from ._walk import usual_of as usual_of
    from ._window import WindowFit as WindowFit
    from ._window import fit_window as fit_window
else:
    __getattr__, __dir__ = _door(__name__)
