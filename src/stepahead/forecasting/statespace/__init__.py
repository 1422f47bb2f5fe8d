"""Structural models of series: fitted by exact maximum likelihood, forecast, and decomposed."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._components import Components as Components
    from ._components import components_of as components_of
    from ._draws import draw_components as draw_components
    from ._fit import StateSpaceMethod as StateSpaceMethod
    from ._forecaster import StateSpaceForecaster as StateSpaceForecaster
    from ._joint import JointForecaster as JointForecaster
else:
    __getattr__, __dir__ = _door(__name__)
