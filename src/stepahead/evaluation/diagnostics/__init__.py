"""Diagnostics of a series or a text: stationarity, level shifts, direction of time, order of a
Markov chain."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._direction import Direction as Direction
    from ._direction import Explained as Explained
    from ._direction import Regress as Regress
    from ._direction import backwards as backwards
    from ._direction import direction_of_time as direction_of_time
    from ._direction import kernel_regression as kernel_regression
    from ._distance import bits_ahead as bits_ahead
    from ._hsic import Independence as Independence
    from ._hsic import hsic_test as hsic_test
    from ._order import FitOrder as FitOrder
    from ._order import OrderFit as OrderFit
    from ._order import Orders as Orders
    from ._order import Transitions as Transitions
    from ._order import markov_orders as markov_orders
    from ._order import transitions as transitions
    from ._shift import LevelShift as LevelShift
    from ._shift import level_shift as level_shift
    from ._stationarity import Stationarity as Stationarity
    from ._stationarity import stationarity as stationarity
else:
    __getattr__, __dir__ = _door(__name__)
