"""Structural models of series: learned by exact maximum likelihood, forecast and taken apart."""

from ._components import Components as Components
from ._components import components_of as components_of
from ._components import draw_components as draw_components
from ._fit import StateSpaceMethod as StateSpaceMethod
from ._forecaster import StateSpaceForecaster as StateSpaceForecaster
