"""Figures that compare models: errors by step ahead, trust horizon, costs, training."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._bars import bars_plot as bars_plot
    from ._error_by_step import error_by_step_plot as error_by_step_plot
    from ._learning_curve import learning_curve_plot as learning_curve_plot
    from ._strategies import strategies_plot as strategies_plot
    from ._trust import trust_plot as trust_plot
else:
    __getattr__, __dir__ = _door(__name__)
