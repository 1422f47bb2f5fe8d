"""Families of synthetic series for pretraining: each draws new parameters for every series."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ...._door import door as _door

if _TYPE_CHECKING:
    from ._calendar import calendar as calendar
    from ._counts import counts as counts
    from ._counts import intermittent as intermittent
    from ._draw import Draw as Draw
    from ._draw import Family as Family
    from ._draw import one_season as one_season
    from ._draw import periods as periods
    from ._gaussian import gaussian_process as gaussian_process
    from ._mixture import FAMILIES as FAMILIES
    from ._mixture import mixture as mixture
    from ._sarima import double_sarima as double_sarima
    from ._sarima import sarima as sarima
    from ._shapes import spikes as spikes
    from ._shapes import steps_and_holds as steps_and_holds
    from ._shapes import trend_season_irregular as trend_season_irregular
    from ._smoothing import smoothing as smoothing
    from ._structural import structural as structural
    from ._walks import regimes as regimes
    from ._walks import walk as walk
    from ._walks import weekdays as weekdays
    from ._weeks import weeks as weeks
else:
    __getattr__, __dir__ = _door(__name__)
