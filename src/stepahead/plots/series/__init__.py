"""Figures of series: values, components, hidden states, level shifts, direction of time."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._components import components_plot as components_plot
    from ._direction import direction_plot as direction_plot
    from ._level_shift import level_shift_plot as level_shift_plot
    from ._series import series_plot as series_plot
    from ._states import by_column as by_column
    from ._states import states_plot as states_plot
else:
    __getattr__, __dir__ = _door(__name__)
