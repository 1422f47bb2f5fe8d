"""Figures of forecasts and actual values: intervals, coverage, errors."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._coverage import coverage_plot as coverage_plot
    from ._curves import Curve as Curve
    from ._curves import chosen as chosen
    from ._curves import clock as clock
    from ._curves import curves as curves
    from ._curves import horizon_of as horizon_of
    from ._errors import Errors as Errors
    from ._errors import errors_histogram as errors_histogram
    from ._errors import errors_of as errors_of
    from ._errors import errors_over_time as errors_over_time
    from ._errors import histogram as histogram
    from ._forecast import forecast_plot as forecast_plot
    from ._forecast import interval_levels as interval_levels
    from ._overlay import overlay_plot as overlay_plot
else:
    __getattr__, __dir__ = _door(__name__)
