"""Linear Gaussian state-space models: trends, seasons, cycles and regression coefficients, each
with its own states."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._arima import SARIMA as SARIMA
    from ._component import Assembly as Assembly
    from ._component import Block as Block
    from ._component import Component as Component
    from ._component import Numbers as Numbers
    from ._component import Parameter as Parameter
    from ._cycles import AR as AR
    from ._cycles import Cycle as Cycle
    from ._joint import JointlyAssembled as JointlyAssembled
    from ._linear_gaussian import GaussianBelief as GaussianBelief
    from ._linear_gaussian import LinearGaussian as LinearGaussian
    from ._linear_gaussian import Normal as Normal
    from ._matrices import OwnMatrices as OwnMatrices
    from ._noise import Constant as Constant
    from ._noise import Noise as Noise
    from ._regression import Regression as Regression
    from ._seasons import DummySeason as DummySeason
    from ._seasons import TrigonometricSeason as TrigonometricSeason
    from ._state_space import Assembled as Assembled
    from ._state_space import StateSpace as StateSpace
    from ._state_space import basic_structural as basic_structural
    from ._ties import Apart as Apart
    from ._ties import Common as Common
    from ._trends import DampedTrend as DampedTrend
    from ._trends import LocalLevel as LocalLevel
    from ._trends import LocalLinearTrend as LocalLinearTrend
else:
    __getattr__, __dir__ = _door(__name__)
